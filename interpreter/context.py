"""What a running stack can see and touch, as Protocols: the one seam between compiled code and the world.

A foreground run has a plain context; a background run one that journals every action. Node functions and
generated code know nothing beyond this page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

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

    def dispatch(self, function: str, inputs: dict[str, Any], options: dict[str, Any], kind: str = "function") -> str:
        """Record an execution, ring the bell, and give its id at once.

        ``kind`` is function, task or node (one action node with ``inputs`` as its parameters). ``options``: delay,
        priority, queue, retry_policy, resource_limits, timeout_handling, timeout, callback_url, idempotency_key.
        """

    def wait(self, ids: list[str], timeout: float | None, mode: str = "all") -> list[dict[str, Any]]:
        """The records in the order asked, once all (or any) have ended or the time is up."""

    def cancel(self, ids: list[str]) -> list[dict[str, Any]]:
        """Cancel what has not ended; the records."""

    def query(self, wanted: dict[str, Any], sort: Any, limit: int | None, offset: int) -> list[dict[str, Any]]:
        """The records that a filter finds: ``async_executions`` as a table."""

    def count_of(self, wanted: dict[str, Any]) -> int:
        """How many records a filter finds."""

    def active(self) -> int:
        """How many executions run at this moment."""


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
    def executions(self) -> Executions: ...
    @property
    def workspace_root(self) -> str: ...

    def now(self) -> Moment:
        """The time of this node; replayed as it was."""

    def random(self) -> float:
        """A number from 0 up to 1; replayed as it was."""

    def uuid(self) -> str:
        """A new UUID text (version 4); replayed as it was."""

    def act(self, place: int, node: str, parameters: dict[str, Any]) -> Any:
        """Run an action node and give its result."""

    def act_later(self, place: int, node: str, parameters: dict[str, Any], options: dict[str, Any]) -> str:
        """Dispatch one action node to the background; its execution id."""

    def call(self, place: int, function: str, inputs: Any) -> Any:
        """Run another stack of the workspace now; its answer's body."""

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
