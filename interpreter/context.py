"""What a running stack can see and touch, as Protocols: the one seam between compiled code and the world.

A foreground run has a plain context; a background run one that journals every action. Node functions and
generated code know nothing beyond this page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from interpreter.conditions import Conditions
from interpreter.values import Moment


class Response:
    """What a stack answers: HTTP status, headers, and the body that custom_function and ``run`` give."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.body = body
        self.status = status
        self.headers = headers if headers is not None else {}


class Executions(Protocol):
    """The background engine, as a stack sees it. Ids are 26-character ULID texts; times in seconds."""

    def dispatch(
        self,
        function: str,
        inputs: dict[str, Any],
        options: dict[str, Any],
        kind: str = "function",
        *,
        secret: Collection[str] | None = None,
    ) -> str:
        """Record an execution, ring the bell, and give its id at once.

        ``kind`` is function, task or node (one action node with ``inputs`` as its parameters). ``options``: delay,
        priority, queue, retry_policy, resource_limits, timeout_handling, timeout, callback_url, idempotency_key.
        ``secret``: the secrets that inputs or options hold: they are kept sealed.
        """

    def wait(self, ids: list[str], timeout: float | None, mode: str = "all") -> list[dict[str, Any]]:
        """The records in the order asked, once all (or any) have ended or the time is up."""

    def cancel(self, ids: list[str]) -> list[dict[str, Any]]:
        """Cancel what has not ended; the records."""

    def query(self, wanted: Conditions, sort: Any, limit: int | None, offset: int) -> list[dict[str, Any]]:
        """The records that a filter finds: ``async_executions`` as a table."""

    def count_of(self, wanted: Conditions) -> int:
        """How many records a filter finds."""

    def active(self) -> int:
        """How many executions run at this moment."""


class Tables(Protocol):
    """The workspace's tables, as record nodes see them. Records are objects; every value is a bound parameter.

    Faults: run/unknown-table, run/unknown-column, run/wrong-value, run/wrong-type, and the types of a database's
    refusals (unique_violation, foreign_key_violation, …), all catchable.
    """

    def add(self, table: str, record: dict[str, Any], on_conflict: Any = None) -> dict[str, Any] | None:
        """Write one record; the record as it now stands, with ``id`` and ``created_at``."""

    def add_all(self, table: str, records: list[dict[str, Any]], on_conflict: Any = None) -> list[Any]:
        """Write many records, all or none; their ids."""

    def find(self, table: str, query: dict[str, Any]) -> Any:
        """The records of a query (filter, sort, limit, offset, page, after, select, join, includes); or one page."""

    def first(self, table: str, query: dict[str, Any]) -> dict[str, Any] | None:
        """The first record of a query."""

    def count(self, table: str, filter: Conditions) -> int:
        """How many records a filter finds."""

    def has(self, table: str, filter: Conditions) -> bool:
        """Whether a filter finds a record."""

    def aggregate(self, table: str, query: dict[str, Any]) -> Any:
        """Sums, counts and averages, by group where asked."""

    def edit(self, table: str, filter: Conditions, changes: dict[str, Any], *, expected: Any = None) -> dict[str, Any]:
        """Change the one record of a filter, if it has the ``expected`` values; the record as it now stands."""

    def patch(self, table: str, filter: Conditions, changes: dict[str, Any], *, expected: Any = None) -> dict[str, Any]:
        """The same, with objects merged into those of its JSON columns."""

    def add_or_edit(
        self, table: str, filter: Conditions, data: dict[str, Any], named: dict[str, Any], on_conflict: Any = None
    ) -> Any:
        """Change the one record of a filter, or add one with the data and what it is named by."""

    def edit_all(self, table: str, filter: Conditions, changes: dict[str, Any]) -> int:
        """Change every record of a filter; how many."""

    def edit_each(self, table: str, records: list[dict[str, Any]]) -> int:
        """Change each record of a list by its id, all or none; how many."""

    def delete(self, table: str, filter: Conditions) -> dict[str, Any]:
        """Remove the one record of a filter; the record as it was."""

    def delete_all(self, table: str, filter: Conditions) -> int:
        """Remove every record of a filter; how many."""

    def sql(self, statement: str, parameters: Any) -> Any:
        """Run SQL of the author's own, where the workspace allows it; its rows as objects."""

    def secrets(self, table: Any, query: dict[str, Any] | None = None) -> tuple[str, ...]:
        """The columns of a table whose values no message may say; of the results of a query the paths to them."""

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is written, or none of it; inside another one it can be undone by itself."""


class Http(Protocol):
    """Other services over HTTP."""

    def request(self, wanted: dict[str, Any], added: dict[str, str]) -> Any:
        """Send one request (the parameters of external_api_request) and give its answer's body.

        ``added``: headers that the author's own ones win over. Beside the body stand status_code, headers and ok.
        Faults of type http_error, network_error, timeout, response_too_large, refused_address, circuit_open, …
        """


class Cache(Protocol):
    """Values kept for a while, shared by all runs of a workspace; times to live in seconds, None or 0 for ever.

    Faults: run/cache-unavailable where it cannot be reached, run/wrong-value, run/wrong-type, run/too-large.
    """

    def get(self, key: str) -> Any:
        """The value, or None where there is none."""

    def has(self, key: str) -> bool:
        """Whether anything is kept under the key."""

    def set(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Keep a value."""

    def delete(self, keys: Iterable[str]) -> int:
        """Forget values; how many there were."""

    def delete_like(self, pattern: str) -> int:
        """Forget every key that a pattern (``users:*``) finds; how many there were."""

    def increment(self, key: str, by: int | float, ttl: float | None = None) -> int | float:
        """Count up in one step; ``ttl`` counts from the first time."""

    def ttl(self, key: str) -> float | None:
        """Seconds until the key is forgotten; None for one that never is, or is not there."""

    def rate(self, key: str, most: int, seconds: float) -> dict[str, Any]:
        """Count one use in one step; {allowed, limit, remaining, retry_after, reset_after}, times in seconds."""

    def push(self, key: str, value: Any, *, first: bool = False) -> int:
        """Add to the end, or the front, of a list that is kept; how many it has now."""

    def pop(self, key: str, *, first: bool = False) -> Any:
        """Take the last item, or the first; None where there is none."""

    def count(self, key: str) -> int:
        """How many items the list has."""

    def items(self, key: str, start: int = 0, stop: int = -1) -> list[Any]:
        """The items from one position up to another, both included, counted from 0, or from the end below 0."""


class Realtime(Protocol):
    """Events to whoever listens now, or looks a little later. Faults: run/realtime-unavailable, run/wrong-value."""

    def publish(self, channel: str, event: str, data: Any) -> dict[str, Any]:
        """Send an event; {id, channel, event, receivers}."""


class Mail(Protocol):
    """Mail to people."""

    def send(self, given: dict[str, Any], step_id: str, log: Callable[[str, str, Any], None]) -> dict[str, Any]:
        """Send a message (the parameters of send_email); {id, accepted, refused, printed}.

        ``step_id`` becomes a part of its id; ``log`` writes it down where there is no server to send it to. Faults of
        type mail_error.
        """


class Files(Protocol):
    """Files of the workspace's storage, named by paths inside it; private ones are apart, under paths of their own.

    A description is {path, name, size, type, private, modified_at}. Faults: run/bad-path, run/no-file,
    run/file-too-large, run/storage-unavailable.
    """

    def write(
        self, path: str, content: bytes | Iterable[bytes], *, private: bool = False, unique_by: str | None = None
    ) -> dict[str, Any]:
        """Keep a file, whole or not at all; its description. What comes in pieces is never held as a whole.

        ``unique_by``: its name gets a part that nobody can guess, always the same for the same text.
        """

    def read_bytes(self, path: str, *, private: bool = False) -> bytes:
        """A file's content."""

    def read_signed(self, signed: str) -> bytes:
        """The content of the private file of a signed name; Faults run/bad-signature, run/signature-expired."""

    def describe(self, path: str, *, private: bool = False) -> dict[str, Any]:
        """A file's description."""

    def delete(self, path: str, *, private: bool = False) -> bool:
        """Remove a file; whether there was one."""

    def list(
        self, folder: str = "", *, private: bool = False, deep: bool = True, limit: int = 1000, after: str = ""
    ) -> list[dict[str, Any]]:
        """The descriptions of a folder's files, sorted by path; those that come after one, for the next page."""

    def sign(self, path: str, seconds: float) -> str:
        """A name by which a private file can be read until the time is up."""


class World(Protocol):
    """What lies outside of a run. Nothing is opened before a node asks for it."""

    @property
    def tables(self) -> Tables: ...
    @property
    def http(self) -> Http: ...
    @property
    def cache(self) -> Cache: ...
    @property
    def realtime(self) -> Realtime: ...
    @property
    def mail(self) -> Mail: ...
    @property
    def files(self) -> Files: ...


class Context(Protocol):
    """One run of one stack. A called stack gets a context of its own from ``call``.

    ``place`` is always the node's number in its program.
    """

    inputs: dict[str, Any]
    response_headers: dict[str, str]

    @property
    def env(self) -> dict[str, Any]: ...
    @property
    def auth(self) -> dict[str, Any]: ...
    @property
    def request(self) -> dict[str, Any]: ...
    @property
    def execution(self) -> dict[str, Any]: ...
    @property
    def trigger(self) -> dict[str, Any] | None: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def world(self) -> World: ...
    @property
    def workspace_root(self) -> str: ...

    def now(self) -> Moment:
        """The time of this node; replayed as it was."""

    def random(self) -> float:
        """A number from 0 up to 1; replayed as it was."""

    def uuid(self) -> str:
        """A new UUID text (version 4); replayed as it was."""

    def transaction(self, place: int) -> AbstractContextManager[None]:
        """Around nodes whose changes to records are all written, or none of them."""

    def hide(self, values: Iterable[Any]) -> None:
        """These values are secrets of the run from now on."""

    def act(self, place: int, node: str, parameters: dict[str, Any]) -> Any:
        """Run an action node and give its result."""

    def step_id(self) -> str:
        """What names the action that is performed now: the same if a background run has to repeat it."""

    def act_later(self, place: int, node: str, parameters: dict[str, Any], options: dict[str, Any]) -> str:
        """Dispatch one action node to the background; its execution id."""

    def call(self, place: int, function: str, inputs: Any) -> Any:
        """Run another stack of the workspace now; its answer's body."""

    def ask(self, endpoint: str, inputs: dict[str, Any], request: dict[str, Any]) -> Response:
        """Run an endpoint of the workspace now, by its path or ``METHOD path``; ``request`` is what it sees of it."""

    def invoke(self, place: int, function: str, arguments: tuple[Any, ...], keywords: dict[str, Any] | None) -> Any:
        """The same, as an expression calls it: arguments go to the declared inputs in their order."""

    def function(self, place: int, name: str) -> Callable[..., Any]:
        """A stack as a value that filters can call."""

    def call_later(self, place: int, kind: str, function: str, inputs: Any, options: dict[str, Any]) -> str:
        """Dispatch a function or task (``kind``) to the background; its execution id."""

    def wait(self, place: int, ids: Any, timeout: Any, mode: str, on_timeout: str) -> list[dict[str, Any]]:
        """async_function_await: the records in the order asked."""

    def cancel(self, place: int, ids: Any) -> list[dict[str, Any]]:
        """cancel_execution: the records."""

    def sleep_at(self, place: int, seconds: Any) -> None:
        """The wait node."""

    def pulse(self) -> int:
        """Called on a loop's back-edge every so many turns: charges the step budget, looks at the deadline, and
        says how many turns until the next call."""

    def caught(self, raised: Exception) -> dict[str, Any]:
        """The error object of a catch block."""

    def respond(self, status: Any, body: Any, headers: Any) -> Response:
        """The answer of return_response."""

    def report(self, value: Any, total: Any, message: Any) -> None:
        """How far the run is, for those who watch it: set_progress."""

    def log(self, level: str, message: str, data: Any) -> None:
        """One line of the run's log (stderr)."""
