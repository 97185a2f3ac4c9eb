"""Each setting, declared once: its name, its type, its default and its meaning."""

# No "from __future__ import annotations" here: the annotations of Settings choose how each value is read.

from pathlib import Path
from typing import NamedTuple

from interpreter.settings.kinds import Days, Key, LogForm, Memory, Queue, Secret, Sender


class Settings(NamedTuple):
    """How a workspace runs. Each field is a key of interpreter.toml and, in capitals, an INTERPRETER_ variable."""

    state_dir: Path = Path(".interpreter")
    """Where the database, the bus and prepared programs live; relative to the workspace."""
    broker_url: str | None = None
    """A Redis-protocol server; absent, one is started inside state_dir."""
    database_url: str | None = None
    """An SQLAlchemy URL; absent, SQLite inside state_dir."""
    await_timeout: float = 10.0
    """Seconds that a foreground await without a timeout waits."""
    timeout: float | None = None
    """Seconds that a foreground run may take."""
    step_budget: int = 100_000_000
    """Turns of loops that one run may take; a call counts as 16."""
    call_depth: int = 100
    """How deeply stacks may call one another."""
    max_document_bytes: int = 8 * 1024 * 1024
    """The largest document that is read."""
    max_payload_bytes: int = 1024 * 1024
    """The largest input or output, as JSON, of a background execution."""
    max_attempts: int = 3
    """How many processes may die while they run an execution before it is given up."""
    max_execution_time: float | None = None
    """Seconds that one attempt of a background execution may run, unless its call or definition says otherwise."""
    memory_limit: Memory | None = None
    """Memory (``"512MB"``) that a background execution may need, unless its call or definition says otherwise."""
    concurrency: int | None = None
    """Processes of a worker; absent, one for each core."""
    heartbeat: float = 1.0
    """Seconds between two signs of life of a worker."""
    worker_lost_after: float = 4.0
    """Seconds of silence after which a worker counts as dead; use 15 across hosts."""
    worker_idle: float = 30.0
    """Seconds without work after which a worker that was started by itself leaves."""
    sweep_interval: float = 0.25
    """Seconds between two rounds of the sweeper."""
    keep_completed_days: Days = Days(30.0)
    """Days after which workers remove executions that completed; 0 keeps them for ever."""
    keep_failed_days: Days = Days(90.0)
    """Days after which workers remove executions that ended in an error, timed out or were cancelled; 0: never."""
    log: LogForm = LogForm("text")
    """The lines of a worker: ``text`` for people, ``json`` for machines, ``quiet`` only where something went wrong."""
    metrics_host: str = "127.0.0.1"
    """The address at which metrics are served; ``0.0.0.0`` for every one of this machine."""
    callback_hosts: tuple[str, ...] = ()
    """Hosts (``hooks.example.com``, ``*.example.com``, ``localhost:8080``) that a callback_url may name; empty, every
    public one. What is named in full may have a private address too; ``*`` stands for every public host."""
    callback_secrets: tuple[Secret, ...] = ()
    """The ``whsec_…`` secrets that sign callbacks; each signs, so that one can be replaced while the other is valid."""
    callback_timeout: float = 10.0
    """Seconds that one delivery of a callback may take."""
    callback_retries: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    """Seconds before each further delivery of a callback that failed; after the last it is given up."""
    http_hosts: tuple[str, ...] = ()
    """Hosts that external_api_request may call, written as callback_hosts: empty, every public one; what is named in
    full may have a private address too; ``*`` stands for every public host."""
    http_timeout: float = 30.0
    """Seconds that a request may take which says nothing else."""
    http_ca: Path | None = None
    """A file (PEM) of certificate authorities to trust besides the system's; relative to the workspace."""
    http_proxy: str | None = None
    """The proxy for requests; absent, HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment."""
    http_circuit_failures: int = 5
    """How many requests to one host must fail in a row (no answer, none in time) for it to be left alone."""
    http_circuit_seconds: float = 30.0
    """For how many seconds it is left alone then."""
    max_response_bytes: int = 10 * 1024 * 1024
    """The largest body, unpacked, that a request accepts."""
    storage_dir: Path | None = None
    """The folder of stored files, relative to the workspace; absent, one inside state_dir. Workers on several hosts
    share it, and state_dir's ``files.key``."""
    max_upload_bytes: int = 10 * 1024 * 1024
    """The largest file that is stored or read."""
    smtp_url: Secret | None = None
    """The mail server: ``smtp://user:password@mail.example.com:587`` (STARTTLS required, but for localhost or with
    ``?starttls=never``) or ``smtps://…``; absent, send_email prints the mail instead."""
    smtp_timeout: float = 30.0
    """Seconds that handing in one mail may take."""
    mail_from: Sender | None = None
    """Who sends the mail that does not say it: ``Shop <shop@example.com>``."""
    queues: dict[str, Queue] = {}
    """Of each named queue (``[queues.mail]``) ``max_concurrent``, ``timeout`` and ``delay`` of its executions."""
    secret_key: Key | None = None
    """32 random bytes in base64 or hexadecimal that seal what is secret in the executions' database; absent, they are
    made inside state_dir. Hosts that share a database need the same ones."""
    env_allow: tuple[str, ...] = ()
    """Environment variables, by name or pattern (``SHOP_*``), that stacks may read besides the .env file's."""
    env_public: tuple[str, ...] = ()
    """Those of them, by name or pattern, that are no secrets; all others are masked in messages, logs and traces."""
    open_tables: bool = True
    """Whether a table that no file in ``tables/`` declares comes into being with its first record, and grows."""
    trigger_depth: int = 5
    """How often one trigger may start in a chain of triggers that set one another off."""
    direct_queries: bool = False
    """Whether stacks may run SQL of their own: the node direct_database_query."""
    strict: bool = False
    """Whether reading through something missing is an error in every stack."""

    @property
    def secrets(self) -> list[str]:
        """What no message says: the secret ones, and the passwords in the URLs of others."""
        values = [each for value in self for each in (value if isinstance(value, tuple) else (value,))]
        found = [str(each) for each in values if isinstance(each, Secret)]
        return [*found, *(each for value in values if isinstance(value, str) for each in _passwords(value))]


def _passwords(url: str) -> list[str]:
    """The password of a URL, as it stands there and as it is meant."""
    from urllib.parse import unquote, urlsplit

    try:
        written = urlsplit(url).password if "@" in url else None
    except ValueError:
        return []
    return [written, unquote(written)] if written else []
