"""A program and its inputs become a response.

``Foreground`` is one run: what all its stacks share. ``Frame`` is one stack of it: the ``Context`` that the
generated code is given. Every effect goes through ``Foreground.step`` and every unpredictable value through
``Foreground.observe``: the seam for journal, trace and limits, which a background run overrides.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from interpreter import inputs as declared_inputs
from interpreter.catalog import NODES
from interpreter.context import Executions, Response, World
from interpreter.control import PULSE, set_header
from interpreter.diagnostic import Fault, Halt, Rejected
from interpreter.linking import link
from interpreter.program import Program
from interpreter.progress import Progress
from interpreter.trail import as_fault, error_object, locate
from interpreter.values import Moment, absent, encode, integer, number, plain_value, preview, text

if TYPE_CHECKING:
    from interpreter.masking import Secrets

DISPATCH_OPTIONS = (
    "retry_policy",
    "resource_limits",
    "timeout_handling",
    "timeout",
    "priority",
    "queue",
    "max_concurrent",
    "delay",
    "callback_url",
    "idempotency_key",
)
"""Options that may stand on a call or on the definition that it calls; the call wins."""

LONGEST_WAIT = 100 * 366 * 86_400
"""Seconds that a ``wait`` node may ask for."""
MOST_RESULTS = 200
"""Texts of secret nodes that a run keeps from being said."""
TURNS_OF_A_CALL = 16
"""What a call costs of the step budget, so that stacks calling one another end too."""

Secret = bool | Callable[[Any], Any]
"""Whether a step's result is a secret, or what in it is."""
Trace = Callable[[str, str, str, Any, float], None]
Log = Callable[[str, str, Any], None]


class Limits(Protocol):
    """The settings that bound a run (``settings.Settings`` has them)."""

    @property
    def await_timeout(self) -> float: ...
    @property
    def step_budget(self) -> int: ...
    @property
    def call_depth(self) -> int: ...
    @property
    def strict(self) -> bool: ...
    @property
    def env_public(self) -> tuple[str, ...]: ...
    @property
    def secrets(self) -> list[str]: ...


class Foreground:
    """One run in this process.

    ``find`` gives the program of a kind and name, or raises Fault ``run/unknown-function``. ``deadline`` is a
    ``time.monotonic()`` value. ``dispatched`` gathers the ids of the executions that the run sent away. ``trigger``:
    the change of a record that it runs for; ``trigger_chain``: that, and those that led to it.
    """

    def __init__(
        self,
        *,
        find: Callable[[str, str], Program],
        executions: Executions,
        limits: Limits,
        world: World | None = None,
        env: dict[str, Any] | None = None,
        auth: dict[str, Any] | None = None,
        request: dict[str, Any] | None = None,
        execution: dict[str, Any] | None = None,
        trigger: dict[str, Any] | None = None,
        trigger_chain: tuple[str, ...] = (),
        workspace_root: str = ".",
        deadline: float | None = None,
        trace: Trace | None = None,
        log: Log | None = None,
    ) -> None:
        self.find = find
        self.executions = executions
        self.limits = limits
        self.world = world
        self.env = env or {}
        self.auth = auth or {}
        self.request = request or {}
        self.execution = execution or {}
        self.trigger = trigger
        self.trigger_chain = trigger_chain
        self.workspace_root = workspace_root
        self.deadline = deadline
        self.trace = trace
        self.write_log = log or write_log
        self.turns_left = limits.step_budget
        self.dispatched: list[str] = []
        self.progress = Progress(self.write_progress)
        self.transactions = 0
        self._told: set[str] = set()
        self._results: deque[str] = deque(maxlen=MOST_RESULTS)
        self._secrets: Secrets | None = None

    @property
    def secrets(self) -> Secrets:
        """What no message, log, trace or record of this run says."""
        if self._secrets is None:
            from fnmatch import fnmatchcase

            from interpreter.masking import Secrets

            public = self.limits.env_public
            hidden = [value for name, value in self.env.items() if not any(fnmatchcase(name, each) for each in public)]
            self._secrets = Secrets([*hidden, *self.limits.secrets, *self._told, *self._results])
        return self._secrets

    def keep_secret(self, program: Program, inputs: dict[str, Any]) -> None:
        """The inputs that a stack declares secret are secrets of the whole run from now on."""
        secret = secret_inputs(program, inputs)
        if secret:
            from interpreter.masking import texts

            self.keep_told(text for value in secret for text in texts(value))

    def keep_told(self, secrets: Iterable[str]) -> None:
        """Texts that are secrets of the whole run from now on."""
        told = set(secrets)
        if not told <= self._told:
            self._told |= told
            self._secrets = None

    def said_in(self, *values: Any) -> list[str]:
        """Which secrets of this run some values hold that are to be stored."""
        if all(self.secrets.hidden_in(value) == value for value in values):
            return []
        return self.secrets.said_in(encode(list(values)))

    def keep_result_secret(self, result: Any) -> None:
        """What a node gave is a secret from now on; the latest MOST_RESULTS of them are."""
        from interpreter.masking import texts

        found = list(texts(plain_value(result)))
        if found:
            self._results.extend(found)
            self._secrets = None

    @contextmanager
    def transaction(self, place: str) -> Iterator[None]:
        """Around nodes whose changes to records are all written, or none of them."""
        assert self.world is not None, "this run was given no world"
        self.transactions += 1
        try:
            with self.world.tables.transaction():
                yield
        finally:
            self.transactions -= 1

    def refuse_to_wait(self, what: str) -> None:
        """A transaction keeps others from its rows: whoever waits inside one may wait for them."""
        if self.transactions:
            message = f'"{what}" would wait inside a database_transaction, while it keeps others from its records'
            raise Fault("run/wait-in-transaction", message, "wait before the transaction, or behind it")

    def start(self, program: Program, inputs: dict[str, Any]) -> Response:
        """Run a program to its end.

        Raises Rejected (``input/invalid``), Fault, or Halt; the latter two with place and trail.
        """
        given = inputs if program.inputs is None else declared_inputs.coerce(program.inputs, inputs)
        frame = self.frame(program, given, 0)
        try:
            return frame.run()
        except Exception as raised:
            fault = as_fault(raised)
            locate(fault, raised.__traceback__)
            self.secrets.hide_in_fault(fault)
            if fault is raised:
                raise
            raise fault from raised
        except Halt as halt:
            locate(halt, halt.__traceback__)
            raise
        finally:
            self.progress.finish()

    def frame(self, program: Program, inputs: dict[str, Any], depth: int) -> Frame:
        """What a stack's code sees of this run."""
        return Frame(self, program, inputs, depth)

    def write_progress(self, told: dict[str, Any]) -> None:
        """One line of the log."""
        message = f": {told['message']}" if told["message"] else ""
        self.write_log("progress", f"{told['percent']:g} %{message}", None)

    def step(
        self, place: str, name: str, perform: Callable[[], Any], *, stored: bool = False, secret: Secret = False
    ) -> Any:
        """Do one thing that touches the world. ``place`` names stack and node.

        ``stored``: all that it touches is rows in the workspace's own database. ``secret``: its result is one.
        """
        return self.look(place, name, perform, secret=secret)

    def look(self, place: str, name: str, perform: Callable[[], Any], *, secret: Secret = False) -> Any:
        """Do one thing that changes nothing and that no journal keeps: what it finds may be a secret."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise too_late()
        if self.trace is None and not secret:
            return perform()
        began = time.perf_counter()
        result = perform()
        if secret:
            self.keep_result_secret(result if secret is True else secret(result))
        if self.trace is None:
            return result
        self.trace(place, name, "done", self.secrets.hidden_in(result), time.perf_counter() - began)
        return result

    def step_id(self) -> str:
        """What names the present action; here no action is ever repeated."""
        import uuid

        return uuid.uuid4().hex

    def observe(self, place: str, name: str, look: Callable[[], Any]) -> Any:
        """A value that cannot be foreseen, and that changes nothing."""
        return look()

    def wait(self, place: str, ids: list[str], timeout: float | None, mode: str) -> list[dict[str, Any]]:
        """The records of executions once they have ended, or the time is up."""
        allowed = self.limits.await_timeout if timeout is None else timeout
        if self.deadline is not None:
            allowed = min(allowed, max(0.0, self.deadline - time.monotonic()))
        return self.step(place, "async_function_await", lambda: self.executions.wait(ids, allowed, mode))  # type: ignore[no-any-return]

    def sleep(self, place: str, seconds: float) -> None:
        """The ``wait`` node; never beyond the deadline."""
        if self.deadline is not None:
            seconds = min(seconds, max(0.0, self.deadline - time.monotonic()))
        self.step(place, "wait", lambda: time.sleep(seconds))
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise too_late()

    def pulse(self) -> int:
        """A loop has made ``PULSE`` turns: charge them, and look at the clock."""
        self.charge(PULSE)
        return PULSE

    def charge(self, turns: int) -> None:
        """Take turns from the budget and look at the clock; Halt where either is spent."""
        self.turns_left -= turns
        if self.turns_left < 0:
            raise Halt(
                "run/budget",
                f"the run has made {self.limits.step_budget:,} turns of loops, which is all it may",
                "mend the loop that does not end, or raise step_budget in interpreter.toml",
            )
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise too_late()


def too_late() -> Halt:
    return Halt("run/timeout", "the run took longer than it may", "make it faster, or raise the timeout")


def write_log(level: str, message: str, data: Any) -> None:
    """One line on stderr, data as JSON behind the message; what would begin another line, or colour it, is escaped."""
    from interpreter.values import encode

    line = f"{level}: {message}{'' if absent(data) else ' ' + encode(data)}"
    sys.stderr.write("".join(map(_visible, line)) + "\n" if not line.isprintable() else f"{line}\n")


def _visible(sign: str) -> str:
    return sign if sign.isprintable() or sign in "\t\u00a0\u200d" else sign.encode("unicode_escape").decode()


class Frame:
    """One stack of a run: what its generated code sees (``context.Context``)."""

    __slots__ = ("depth", "foreground", "inputs", "program", "request", "response_headers")

    def __init__(
        self,
        foreground: Foreground,
        program: Program,
        inputs: dict[str, Any],
        depth: int,
        request: dict[str, Any] | None = None,
    ) -> None:
        self.foreground = foreground
        self.program = program
        self.inputs = inputs
        self.depth = depth
        self.request = foreground.request if request is None else request
        self.response_headers: dict[str, str] = {}
        if program.inputs:
            foreground.keep_secret(program, inputs)

    def run(self) -> Response:
        answer = link(self.program)(self)
        response = answer if answer.__class__ is Response else Response(answer)
        if self.response_headers:
            answered, response.headers = response.headers, self.response_headers
            for name, value in answered.items():
                set_header(response.headers, name, value)
        return response

    @property
    def env(self) -> dict[str, Any]:
        return self.foreground.env

    @property
    def auth(self) -> dict[str, Any]:
        return self.foreground.auth

    @property
    def execution(self) -> dict[str, Any]:
        return self.foreground.execution

    @property
    def trigger(self) -> Any:
        """The change that the run was started for; a function that is tried by hand has it as an input."""
        trigger = self.foreground.trigger
        return self.inputs.get("trigger") if trigger is None else trigger

    @property
    def executions(self) -> Executions:
        return self.foreground.executions

    @property
    def world(self) -> World:
        assert self.foreground.world is not None, "this run was given no world"
        return self.foreground.world

    @property
    def workspace_root(self) -> str:
        return self.foreground.workspace_root

    def place(self, number: int) -> str:
        return f"{self.program.name}#{number}"

    # --- what cannot be foreseen ---

    def now(self) -> Moment:
        seconds = self.foreground.observe(self.program.name, "now", time.time)
        return Moment(seconds)

    def random(self) -> float:
        import random

        return float(self.foreground.observe(self.program.name, "random", random.random))

    def uuid(self) -> str:
        import uuid

        return str(self.foreground.observe(self.program.name, "uuid", lambda: str(uuid.uuid4())))

    # --- actions ---

    def act(self, place: int, node: str, parameters: dict[str, Any]) -> Any:
        import_module(self.program.actions[node])
        entry = NODES[node]
        perform = entry.function
        where, run, secret = self.place(place), self.foreground, entry.secret
        if not isinstance(secret, bool):
            secret = partial(secret, self, parameters)
        if not entry.recorded:
            return run.look(where, node, lambda: perform(self, **parameters), secret=secret)
        return run.step(where, node, lambda: perform(self, **parameters), stored=entry.stored, secret=secret)

    def step_id(self) -> str:
        return self.foreground.step_id()

    def transaction(self, place: int) -> AbstractContextManager[None]:
        return self.foreground.transaction(self.place(place))

    def hide(self, values: Any) -> None:
        self.foreground.keep_result_secret(list(values))

    def act_later(self, place: int, node: str, parameters: dict[str, Any], options: dict[str, Any]) -> str:
        return self.dispatch(place, "node", node, parameters, options)

    def report(self, value: Any, total: Any, message: Any) -> None:
        done = number(value, "progress")
        whole = 100 if absent(total) else number(total, "total")
        if whole <= 0 or not 0 <= done <= whole:
            raise Fault("run/wrong-value", f"a progress of {preview(value)} of {preview(whole)} is not possible")
        said = None if absent(message) else self.foreground.secrets.hidden(text(message))
        told = {"value": done, "total": whole, "percent": round(100 * done / whole, 1), "message": said}
        self.foreground.progress.tell(told)

    def log(self, level: str, message: str, data: Any) -> None:
        secrets = self.foreground.secrets
        self.foreground.write_log(level, secrets.hidden(message), secrets.hidden_in(data))

    def sleep_at(self, place: int, seconds: Any) -> None:
        self.foreground.refuse_to_wait("wait")
        duration = number(seconds, "wait")
        if duration < 0:
            raise Fault("run/wrong-value", f"a wait of {preview(seconds)} seconds is not possible")
        if duration > LONGEST_WAIT:
            raise Fault("run/too-large", f"a wait of {preview(seconds)} seconds is longer than a hundred years")
        self.foreground.sleep(self.place(place), duration)

    # --- calls ---

    def call(self, place: int, function: str, inputs: Any) -> Any:
        """Run another stack now, in a scope of its own; its answer's body."""
        return self._run(self.foreground.find("function", function), inputs, self.request).body

    def ask(self, endpoint: str, inputs: dict[str, Any], request: dict[str, Any]) -> Response:
        """Run an endpoint now, in a scope of its own; its answer."""
        return self._run(self.foreground.find("endpoint", endpoint), inputs, request)

    def _run(self, program: Program, inputs: Any, request: dict[str, Any]) -> Response:
        if self.depth >= self.foreground.limits.call_depth:
            most = self.foreground.limits.call_depth
            message = f'"{program.name}" is called {self.depth + 1} stacks deep, and {most} are allowed'
            raise Fault("run/recursion", message, "end the recursion, or raise call_depth in interpreter.toml")
        self.foreground.charge(TURNS_OF_A_CALL)
        given = called_inputs(program, inputs)
        return type(self)(self.foreground, program, given, self.depth + 1, request).run()

    def invoke(self, place: int, function: str, arguments: tuple[Any, ...], keywords: dict[str, Any] | None) -> Any:
        """A call from an expression: arguments go to the declared inputs in their order."""
        program = self.foreground.find("function", function)
        names = [each.name for each in program.inputs or ()]
        if len(arguments) > len(names) and arguments:
            if len(arguments) == 1 and isinstance(arguments[0], dict) and not names:
                return self.call(place, function, {**arguments[0], **(keywords or {})})
            message = f'"{function}" takes {len(names)} inputs and was given {len(arguments)}'
            raise Fault("run/wrong-value", message, "declare its inputs, or call it with custom_function")
        return self.call(place, function, {**dict(zip(names, arguments)), **(keywords or {})})

    def function(self, place: int, name: str) -> Callable[..., Any]:
        """A stack as a value that filters can call."""
        names = [each.name for each in self.foreground.find("function", name).inputs or ()]
        return lambda *arguments: self.invoke(place, name, arguments[: len(names)], None)

    def call_later(self, place: int, kind: str, function: str, inputs: Any, options: dict[str, Any]) -> str:
        program = self.foreground.find(kind, function)
        given = called_inputs(program, inputs)
        own = {key: program.options[key] for key in DISPATCH_OPTIONS if key in program.options}
        declared = bool(program.inputs and secret_inputs(program, given))
        return self.dispatch(place, program.kind, function, given, {**own, **options}, declared)

    def dispatch(
        self, place: int, kind: str, function: str, inputs: Any, options: dict[str, Any], declared: bool = False
    ) -> str:
        """``declared``: whether some of the inputs are declared secret."""
        run = self.foreground
        wanted = {key: value for key, value in plain_value(options).items() if value is not None}
        if run.auth:  # who asked is who asks in the background too
            wanted["auth"] = plain_value(run.auth)
        if run.trigger_chain:
            wanted["trigger_chain"] = list(run.trigger_chain)
        payload = plain_value(inputs)
        said = run.said_in(payload, wanted)
        secret = said if said or declared else None
        name = {"node": function}.get(kind, "custom_function" if kind == "function" else "background_task")
        execution_id: str = run.step(
            self.place(place), name, lambda: run.executions.dispatch(function, payload, wanted, kind, secret=secret)
        )
        run.dispatched.append(execution_id)
        return execution_id

    # --- waiting ---

    def wait(self, place: int, ids: Any, timeout: Any, mode: str, on_timeout: str) -> list[dict[str, Any]]:
        self.foreground.refuse_to_wait("async_function_await")
        wanted = [each for each in (ids if isinstance(ids, list) else [ids]) if not absent(each)]
        seconds = None if absent(timeout) else float(number(timeout, "timeout"))
        records = self.foreground.wait(self.place(place), [text(each) for each in wanted], seconds, mode)
        unfinished = [each["execution_id"] for each in records if each["status"] == "running"]
        in_time = not unfinished or (mode == "any" and len(unfinished) < len(records))
        if in_time or on_timeout == "return":
            return records
        if on_timeout == "cancel":
            return self.cancel(place, [each["execution_id"] for each in records])
        message = f"{len(unfinished)} of {len(records)} executions have not ended in time"
        raise Fault("background/await-timeout", message, type="timeout", details={"execution_ids": unfinished})

    def cancel(self, place: int, ids: Any) -> list[dict[str, Any]]:
        wanted = [text(each) for each in (ids if isinstance(ids, list) else [ids]) if not absent(each)]
        run = self.foreground
        return run.step(self.place(place), "cancel_execution", lambda: run.executions.cancel(wanted))  # type: ignore[no-any-return]

    # --- control ---

    def pulse(self) -> int:
        return self.foreground.pulse()

    def caught(self, raised: Exception) -> dict[str, Any]:
        if isinstance(raised, MemoryError):  # to go on without memory helps nobody
            raise Halt("run/out-of-memory", "there is not enough memory for the result") from raised
        fault = as_fault(raised)
        if fault is not raised:
            fault.__cause__ = raised
        locate(fault, raised.__traceback__, sys._getframe(1).f_back)
        return error_object(fault)

    def respond(self, status: Any, body: Any, headers: Any) -> Response:
        """The answer of return_response; status 100 to 599."""
        code = 200 if absent(status) else integer(status, "status")
        if not 100 <= code <= 599:
            raise Fault("run/wrong-value", f"{preview(status)} is no HTTP status", "use a number from 100 to 599")
        given = {} if absent(headers) else headers
        if not isinstance(given, dict):
            raise Fault("run/wrong-type", f"headers must be an object, not {preview(headers)}")
        answer = Response(body, code, {})
        for name, value in given.items():
            if not absent(value):
                set_header(answer.headers, name, value)
        return answer


def secret_inputs(program: Program, inputs: dict[str, Any]) -> list[Any]:
    """The values of those inputs that the stack declares secret."""
    found = [inputs.get(each.name) for each in program.inputs or () if each.is_secret]
    return [value for value in found if not absent(value)]


def called_inputs(program: Program, given: Any) -> dict[str, Any]:
    """The inputs that a called stack sees; a fault that lists every bad field where it declares them."""
    inputs = {} if absent(given) else given
    if not isinstance(inputs, dict):
        raise Fault("run/wrong-type", f'the inputs of "{program.name}" must be an object, not {preview(given)}')
    if program.inputs is None:
        return inputs
    try:
        return declared_inputs.coerce(program.inputs, inputs)
    except Rejected as rejected:
        found = "; ".join(diagnostic.message for diagnostic in rejected.diagnostics)
        raise Fault("input/invalid", f'"{program.name}" was called with bad inputs: {found}') from None
