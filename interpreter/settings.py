"""A folder and an environment become Settings: ``interpreter.toml`` first, ``INTERPRETER_*`` variables over it."""

# No "from __future__ import annotations" here: the annotations of Settings choose how each value is read.

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NewType

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Diagnostics, Rejected
from interpreter.source import Source, Span, shown
from interpreter.values import parse_size, preview

FILE_NAME = "interpreter.toml"
PREFIX = "INTERPRETER_"


Days = NewType("Days", float)
Memory = NewType("Memory", int)


class Secret(str):
    """A text that no message shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


class Key(Secret):
    """32 random bytes as text."""

    __slots__ = ()


class Queue(NamedTuple):
    """What a workspace says of one of its queues."""

    max_concurrent: int | None = None
    """How many of its executions may run at the same time, on all workers together."""
    timeout: float | None = None
    """Seconds that an execution may take which says nothing else."""
    delay: float | None = None
    """Seconds before an execution starts which says nothing else."""


LogForm = NewType("LogForm", str)
Sender = NewType("Sender", str)


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


def find_root(start: Path, explicit: Path | None = None) -> Path:
    """The workspace's folder: the explicit one, else the nearest upward from ``start`` with an interpreter.toml.

    ``start`` is a file or folder; without an interpreter.toml it is that folder, or the file's own. Raises
    Rejected where the explicit one is no folder.
    """
    if explicit is not None:
        if not explicit.is_dir():
            raise _rejected("workspace/not-a-folder", f'the workspace "{explicit}" is not a folder')
        return explicit.resolve()
    own = start.resolve()
    if not own.is_dir():
        own = own.parent
    for folder in (own, *own.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    return own


def read_settings(root: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the workspace at ``root``; Rejected with everything that is wrong with them."""
    diagnostics = Diagnostics()
    found = _from_file(root / FILE_NAME, diagnostics)
    found.update(_from_environment(environment, diagnostics))
    if diagnostics.found:
        raise Rejected(diagnostics.found)
    settings = Settings(**found)
    storage = settings.storage_dir and root / settings.storage_dir.expanduser()
    return settings._replace(state_dir=root / settings.state_dir.expanduser(), storage_dir=storage)


def stack_environment(
    settings: Settings, root: Path, environment: Mapping[str, str], env_file: Path | None = None
) -> dict[str, str]:
    """What stacks may read under ``env``: the workspace's .env, over it ``env_file``, over both what is allowed."""
    found: dict[str, str] = {}
    for file in (root / ".env", env_file):
        if file is not None and (file is env_file or file.is_file()):
            found.update(_read_env_file(file))
    if settings.env_allow:
        from fnmatch import fnmatchcase

        for name, value in environment.items():
            if any(fnmatchcase(name, pattern) for pattern in settings.env_allow):
                found[name] = value
    return found


def _read_env_file(file: Path) -> dict[str, str]:
    from io import StringIO

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _rejected("load/unreadable", f'the environment file "{file}" cannot be read: {_reason(error)}') from None
    from dotenv.parser import parse_stream

    diagnostics = Diagnostics()
    found: dict[str, str] = {}
    source = Source(shown(file), text)
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            start = source.starts[binding.original.line - 1]
            span = Span(source, start, start + len(binding.original.string.rstrip()))
            diagnostics.error(
                "workspace/env-file", "the line sets no variable", span, 'write NAME=value or NAME="a text"'
            )
        elif binding.key is not None:
            found[binding.key] = binding.value or ""
    if diagnostics.found:
        raise Rejected(diagnostics.found)
    return found


# --- reading one value -------------------------------------------------------------------------------


def _from_file(file: Path, diagnostics: Diagnostics) -> dict[str, Any]:
    try:
        text = file.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        diagnostics.error("workspace/settings", f'"{file}" cannot be read: {_reason(error)}', None)
        return {}
    source = Source(shown(file), text)
    found: dict[str, Any] = {}
    for key, value in _parse_toml(source, diagnostics).items():
        if key not in Settings._fields:
            hint = did_you_mean(key, Settings._fields) or f"the settings are {', '.join(Settings._fields)}"
            diagnostics.error("workspace/settings", f'"{key}" is not a setting', _key_span(source, key), hint)
            continue
        try:
            found[key] = _reader(key)(value)
        except ValueError as error:
            message = f'"{key}" is {_told(key, value)}, expected {error}'
            diagnostics.error("workspace/settings", message, _key_span(source, key))
    return found


def _parse_toml(source: Source, diagnostics: Diagnostics) -> dict[str, Any]:
    import re
    import tomllib

    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
        start = len(source.text)
        if at:
            message = message[: at.start()]
            if at[1]:
                start = source.starts[int(at[1]) - 1] + int(at[2]) - 1
        span = Span(source, start, start)
        diagnostics.error("workspace/settings", f"the settings are not TOML: {message[:1].lower()}{message[1:]}", span)
        return {}


def _key_span(source: Source, key: str) -> Span | None:
    """Where a top-level key (or table) of that name stands; tomllib itself gives no places."""
    import re

    found = re.search(rf'^[ \t]*\[*[ \t]*(["\']?{re.escape(key)}["\']?)[ \t]*[.=\]]', source.text, re.MULTILINE)
    return Span(source, found.start(1), found.end(1)) if found else None


def _from_environment(environment: Mapping[str, str], diagnostics: Diagnostics) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, written in environment.items():
        if not variable.startswith(PREFIX):
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key in Settings._fields:
            try:
                found[key] = _reader(key)(written)
            except ValueError as error:
                message = f'the environment variable "{variable}" is {_told(key, written)}, expected {error}'
                diagnostics.error("workspace/settings", message, None)
        elif near := _slip_of(key):
            message = f'the environment variable "{variable}" is not a setting'
            diagnostics.error("workspace/settings", message, None, f'did you mean "{PREFIX}{near[0].upper()}"?')
    return found


def _slip_of(key: str) -> list[str]:
    """The setting that a variable surely means; other programs may have variables with our prefix too."""
    from difflib import get_close_matches

    return get_close_matches(key, Settings._fields, n=1, cutoff=0.85)


def _told(key: str, value: Any) -> str:
    """A value as a complaint shows it."""
    hidden = _reader(key) in (_secrets, _secret_url, _cipher_key)
    return "what is not shown here" if hidden else preview(value)


def _path(value: Any) -> Path:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a path")
    return Path(value)


def _url(value: Any) -> str:
    if not isinstance(value, str) or "://" not in value:
        raise ValueError("a URL")
    return value


def _seconds(value: Any) -> float:
    try:
        seconds = float("no" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise ValueError("a number of seconds") from None
    if not 0 <= seconds < 1e10:
        raise ValueError("a number of seconds, 0 or more")
    return seconds


def _days(value: Any) -> Days:
    try:
        return Days(_seconds(value))
    except ValueError:
        raise ValueError("a number of days, 0 or more") from None


def _memory(value: Any) -> Memory:
    size = parse_size(value)
    if size is None or not 1_000_000 <= size <= 2**50:
        raise ValueError('bytes or an amount such as "512MB", at least 1MB')
    return Memory(size)


def _count(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("a whole number, 1 or more")
    return value


def _switch(value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("a list of names")
    return tuple(value)


def _secrets(value: Any) -> tuple[Secret, ...]:
    from base64 import b64decode

    expected = 'secrets of the form "whsec_" and 24 to 64 random bytes in base64'
    try:
        written = _names(value)
        sizes = [len(b64decode(each.removeprefix("whsec_"), validate=True)) for each in written]
    except ValueError:
        raise ValueError(expected) from None
    if not all(each.startswith("whsec_") and 24 <= size <= 64 for each, size in zip(written, sizes)):
        raise ValueError(expected)
    return tuple(map(Secret, written))


def _secret_url(value: Any) -> Secret:
    try:
        return Secret(_url(value))
    except ValueError:
        raise ValueError("a URL, such as smtp://user:password@mail.example.com:587") from None


def _cipher_key(value: Any) -> Key:
    from interpreter.diagnostic import Fault
    from interpreter.security.keys import cipher_key

    try:
        cipher_key(value)
    except Fault:
        raise ValueError("32 bytes in base64 or hexadecimal: openssl rand -base64 32") from None
    return Key(value)


def _waits(value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        value = [each for each in value.split(",") if each.strip()]
    if not isinstance(value, list):
        raise ValueError("a list of seconds")
    return tuple(_seconds(each) for each in value)


def _queues(value: Any) -> dict[str, Queue]:
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError("a table for each queue, such as [queues.mail]")
    return {name: _queue(name, given) for name, given in value.items()}


def _queue(name: str, given: dict[str, Any]) -> Queue:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError("names of letters, digits, - and _")
    readers: dict[str, Callable[[Any], Any]] = {"max_concurrent": _count, "timeout": _seconds, "delay": _seconds}
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in readers:
            raise ValueError(f'of "{name}" only {", ".join(readers)}, not "{key}"')
        try:
            found[key] = readers[key](value)
        except ValueError as error:
            raise ValueError(f'"{key}" of "{name}" to be {error}') from None
    return Queue(**found)


def _json(written: str) -> Any:
    import json

    try:
        return json.loads(written)
    except ValueError:
        return None


def _log_form(value: Any) -> LogForm:
    if value not in ("text", "json", "quiet"):
        raise ValueError("text, json or quiet")
    return LogForm(value)


def _sender(value: Any) -> Sender:
    if not isinstance(value, str) or "@" not in value:
        raise ValueError('an e-mail address, such as "Shop <shop@example.com>"')
    return Sender(value)


def _address(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("an IP address")
    return value.strip()


_READERS: dict[Any, Callable[[Any], Any]] = {
    Path: _path,
    Path | None: _path,
    str: _address,
    str | None: _url,
    LogForm: _log_form,
    float: _seconds,
    Days: _days,
    float | None: _seconds,
    Memory | None: _memory,
    int: _count,
    int | None: _count,
    bool: _switch,
    tuple[str, ...]: _names,
    tuple[Secret, ...]: _secrets,
    Secret | None: _secret_url,
    Sender | None: _sender,
    Key | None: _cipher_key,
    tuple[float, ...]: _waits,
    dict[str, Queue]: _queues,
}


def _reader(key: str) -> Callable[[Any], Any]:
    return _READERS[Settings.__annotations__[key]]


def _rejected(code: str, message: str) -> Rejected:
    diagnostics = Diagnostics()
    diagnostics.error(code, message, None)
    return Rejected(diagnostics.found)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else (error.strerror or str(error)).lower()
