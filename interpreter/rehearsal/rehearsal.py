"""A program and its inputs become a response, and a line for each action that was told instead of done.

The same ``Frame`` runs the same code; only its ways out into the world are others. What a mock answers is never done.
Of the rest a dry run does nothing either: it tells what it would do, and goes on with a plausible answer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.catalog import NODES
from interpreter.diagnostic import Fault
from interpreter.masking import masked_by_name
from interpreter.program import Place, Program
from interpreter.rehearsal.answers import plausible
from interpreter.rehearsal.mocks import Answer, Mocks
from interpreter.run import Foreground, Frame
from interpreter.values import plain_value

if TYPE_CHECKING:
    from interpreter.adapters.tables.model import Table


class Told(NamedTuple):
    """An action that was not done: where it stands, what it is, and what was answered in its stead."""

    place: str
    node: str
    parameters: Any
    answer: Any
    error: str | None


Tell = Callable[[Told], None]


class Rehearsal(Foreground):
    """A run in which no action is done that a mock answers, and in a dry run none at all."""

    def __init__(self, *, mocks: Mocks, dry: bool, tell: Tell | None = None, **run: Any) -> None:
        super().__init__(**run)
        self.mocks = mocks
        self.dry = dry
        self.tell = tell
        self.told = 0
        self.records: dict[str, dict[str, Any]] = {}
        """The executions that nobody runs, by id."""
        self.nowhere = NoWorld(Path(self.workspace_root), self.limits)
        if dry:
            self.world = self.nowhere

    def frame(self, program: Program, inputs: dict[str, Any], depth: int) -> Frame:
        return RehearsedFrame(self, program, inputs, depth)

    def wait(self, place: str, ids: list[str], timeout: float | None, mode: str) -> list[dict[str, Any]]:
        real = [] if self.dry else [each for each in ids if each not in self.records]
        found = dict(zip(real, super().wait(place, real, timeout, mode))) if real else {}
        return [self.records.get(each) or found.get(each) or _record(each, state="not_found") for each in ids]


class RehearsedFrame(Frame):
    """One stack of a rehearsal."""

    __slots__ = ()
    foreground: Rehearsal

    def act(self, place: int, node: str, parameters: dict[str, Any]) -> Any:
        import_module(self.program.actions[node])
        done = (
            None
            if self.foreground.dry and NODES[node].touches
            else lambda: super(RehearsedFrame, self).act(place, node, parameters)
        )
        return self._answered(
            place,
            node,
            (node,),
            parameters,
            done,
            lambda number: plausible(node, parameters, number),
            lambda given: self._hide(node, parameters, given),
        )

    def _hide(self, node: str, parameters: dict[str, Any], given: Any) -> None:
        """Keep secret what the node would: its result, or what secret columns hold."""
        secret = NODES[node].secret
        if not isinstance(secret, bool):
            self.hide(secret(SimpleNamespace(world=self.foreground.nowhere), parameters, parameters.get("data"), given))
        elif secret:
            self.hide([given])

    def call(self, place: int, function: str, inputs: Any) -> Any:
        names = (function, "custom_function")
        return self._answered(
            place, function, names, inputs, lambda: super(RehearsedFrame, self).call(place, function, inputs)
        )

    def sleep_at(self, place: int, seconds: Any) -> None:
        done = None if self.foreground.dry else lambda: super(RehearsedFrame, self).sleep_at(place, seconds)
        self._answered(place, "wait", ("wait",), {"duration": seconds}, done)

    def dispatch(
        self, place: int, kind: str, function: str, inputs: Any, options: dict[str, Any], declared: bool = False
    ) -> str:
        run = self.foreground
        answer = self._mocked(place, (function, *_DISPATCHED.get(kind, ())), inputs)
        if answer is None and not run.dry:
            return super().dispatch(place, kind, function, inputs, options, declared)
        execution_id = f"rehearsed-{len(run.records) + 1}"
        run.records[execution_id] = _record(execution_id, function, kind, answer)
        chosen = {key: value for key, value in plain_value(options).items() if value is not None}
        self._tell(place, f"{function} in the background", {**plain_value(inputs), **chosen}, execution_id, None)
        return execution_id

    def wait(self, place: int, ids: Any, timeout: Any, mode: str, on_timeout: str) -> list[dict[str, Any]]:
        name, given = "async_function_await", {"execution_ids": ids}
        done = lambda: super(RehearsedFrame, self).wait(place, ids, timeout, mode, on_timeout)  # noqa: E731
        return self._answered(place, name, (name,), given, done)  # type: ignore[no-any-return]

    def cancel(self, place: int, ids: Any) -> list[dict[str, Any]]:
        name, given = "cancel_execution", {"execution_ids": ids}
        done = None if self.foreground.dry else lambda: super(RehearsedFrame, self).cancel(place, ids)
        return self._answered(place, name, (name,), given, done, lambda _: [])  # type: ignore[no-any-return]

    def _answered(
        self,
        place: int,
        shown: str,
        names: tuple[str, ...],
        parameters: Any,
        done: Callable[[], Any] | None,
        otherwise: Callable[[int], Any] = lambda number: None,
        hide: Callable[[Any], None] = lambda given: None,
    ) -> Any:
        """What a mock says; else what comes of doing it, or in a dry run of not doing it."""
        run = self.foreground
        answer = self._mocked(place, names, parameters)
        if answer is None and done is not None:
            return done()
        run.told += 1
        try:
            given = otherwise(run.told) if answer is None else answer.given()
        except Fault as fault:
            hide(None)
            self._tell(place, shown, parameters, None, fault.message)
            raise
        hide(given)
        self._tell(place, shown, parameters, given, None)
        return run.step(self.place(place), shown, lambda: given)

    def _mocked(self, place: int, names: tuple[str, ...], parameters: Any) -> Answer | None:
        where = self.program.places[place]
        keys = (*keys_of(self.program, place, where), *names)
        return self.foreground.mocks.find(keys, plain_value(parameters))

    def _tell(self, place: int, node: str, parameters: Any, answer: Any, error: str | None) -> None:
        run = self.foreground
        if run.tell is None:
            return
        where = self.program.places[place]
        hidden = run.secrets.hidden_in
        given, answered = (masked_by_name(hidden(plain_value(each))) for each in (parameters, answer))
        place_shown = f"{self.program.shown}:{where.line}"
        run.tell(Told(place_shown, node, given, answered, error and run.secrets.hidden(error)))


_DISPATCHED = {"function": ("custom_function",), "task": ("background_task",)}


def keys_of(program: Program, number: int, place: Place) -> tuple[str, ...]:
    """The keys by which a mock file means this one node: line, number, result."""
    by_result = () if place.result is None else (f"={place.result}",)
    return (f"{program.file}:{place.line}", f"{program.name}#{number}", *by_result)


def _record(
    execution_id: str,
    function: str | None = None,
    kind: str | None = None,
    answer: Answer | None = None,
    state: str = "",
) -> dict[str, Any]:
    """The record of an execution that nobody runs: it has ended with its mock's answer, or with nothing."""
    from interpreter.background.store.records import absent_record

    record = absent_record(execution_id, "background/unknown-execution", "a dry run looks for no executions")
    if state:
        return record
    record.update(function_name=function, kind=kind, attempt=1, error=None, error_message=None)
    record.update(status="completed", state="completed")
    try:
        record.update(output=None if answer is None else answer.given())
    except Fault as fault:
        details = {"type": fault.type, "code": fault.error_code, "status": fault.status, "details": fault.details}
        record.update(status="error", state="error", error=fault.code, error_message=fault.message)
        record.update(error_details=details)
    return record


class NoWorld:
    """The world of a dry run: nothing of it is reached, but blocks that hold other nodes are gone through."""

    def __init__(self, root: Path, settings: Any) -> None:
        self._root = root
        self._settings = settings

    @property
    def tables(self) -> Any:
        return self

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()

    def secrets(self, table: Any, query: dict[str, Any] | None = None) -> tuple[str, ...]:
        """The secret columns of a table, as it is declared."""
        known = self._declared().get(table)
        return () if known is None else known.secrets

    @cached_property
    def _declared(self) -> Callable[[], dict[str, Table]]:
        from interpreter.adapters.tables.kept import reader

        return reader(self._root, self._settings)

    def __getattr__(self, name: str) -> Any:
        raise Fault("run/internal", f'a dry run has no "{name}"')
