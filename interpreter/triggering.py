"""Changes of records become executions of the functions that their tables' triggers name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from interpreter.diagnostic import Fault
from interpreter.finding import find_callable, finder
from interpreter.pipeline import programs_of
from interpreter.program import Program
from interpreter.values import plain_value
from interpreter.workspace import FUNCTION, Workspace

if TYPE_CHECKING:
    from interpreter.adapters.tables.model import Table
    from interpreter.adapters.tables.watched import Change
    from interpreter.database import Database
    from interpreter.run import Foreground

BATCH = 1000
"""Records that one execution of a trigger with ``batch`` is told of."""

Dispatch = Callable[..., str]
"""(function, inputs, options, kind, secret) → the execution's id."""
Told = dict[str, Any]
"""What ``trigger`` is in a stack: {table, action, old, new}."""


class Triggers:
    """What starts triggers for one run: ``run`` is set once there is one, ``dispatch`` records an execution."""

    run: Foreground

    def __init__(self, workspace: Workspace, dispatch: Dispatch) -> None:
        self._workspace = workspace
        self._dispatch = dispatch

    def fire(self, table: Table, action: str, changes: Sequence[Change], database: Database) -> None:
        """Start what a table's triggers name for these changes, in the transaction that makes them.

        Fault run/trigger-depth where triggers set one another off without end.
        """
        programs: dict[str, Program] | None = None
        for number, trigger in enumerate(table.triggers):
            if action not in _listed(trigger["on"]):
                continue
            concerned = [each for each in changes if _concerns(trigger, action, each)]
            told = [_told(table, action, each.old, each.new) for each in concerned]
            if told and programs is None:
                programs = self._programs(table)
            if "when" in trigger:
                told = [each for each in told if self._answer(programs, f"when {number}", each)]
            if told and trigger.get("batch"):
                told = [_together(told[start : start + BATCH]) for start in range(0, len(told), BATCH)]
            for each in told:
                given = self._answer(programs, f"given {number}", each) or {}
                execution_id = self._start(table, trigger["function"], each, given)
                database.when_committed(partial(self.run.dispatched.append, execution_id))

    def _start(self, table: Table, name: str, told: Told, given: dict[str, Any]) -> str:
        from interpreter.run import DISPATCH_OPTIONS

        run = self.run
        program = find_callable(self._workspace, FUNCTION, name)
        own = {key: program.options[key] for key in DISPATCH_OPTIONS if key in program.options}
        chosen = {key: value for key, value in given.items() if key != "inputs" and value is not None}
        options = {**own, **chosen, "triggered": True, "trigger_chain": self._chain(table, told["action"], name)}
        if run.auth:
            options["auth"] = plain_value(run.auth)
        inputs = {"trigger": told, **(given.get("inputs") or {})}
        said = run.said_in(plain_value(inputs))
        secret = said if said or table.secrets else None
        return self._dispatch(program.name, inputs, options, program.kind, secret=secret)

    def _chain(self, table: Table, action: str, function: str) -> list[str]:
        """What led here, and this."""
        link = f"{action} of {table.name} → {function}"
        chain = [*self.run.trigger_chain, link]
        most = self._workspace.settings.trigger_depth
        if chain.count(link) > most:
            message = f'the triggers of "{table.name}" start one another without end: {", ".join(chain)}'
            hint = f"let one fire under a condition only; trigger_depth allows each {most} times"
            raise Fault("run/trigger-depth", message, hint, details={"table": table.name, "chain": chain})
        return chain

    def _programs(self, table: Table) -> dict[str, Program]:
        """The conditions and givings of a table's triggers, by name; compiled once."""
        if not any(set(each) - {"on", "function", "columns", "batch"} for each in table.triggers):
            return {}
        assert table.file is not None, "only declared tables have triggers"
        return {each.name: each for each in programs_of(self._workspace, table.file)}

    def _answer(self, programs: dict[str, Program] | None, name: str, told: Told) -> Any:
        """What a trigger's own expression gives for a change; None where it has none."""
        program = (programs or {}).get(name)
        if program is None:
            return None
        from interpreter.run import Foreground

        run = self.run
        asked = Foreground(
            find=finder(self._workspace),
            executions=run.executions,
            limits=self._workspace.settings,
            world=run.world,
            env=run.env,
            auth=run.auth,
            execution=run.execution,
            trigger=told,
            workspace_root=run.workspace_root,
            deadline=run.deadline,
        )
        return plain_value(asked.start(program, {}).body)

    def hide_secrets(self, trigger: Told) -> None:
        """What a table keeps secret is a secret of the run that its trigger started."""
        assert self.run.world is not None
        names = self.run.world.tables.secrets(trigger["table"])
        records = [record for each in ("old", "new") for record in _listed(trigger[each]) if record]
        self.run.keep_result_secret([record[name] for record in records for name in names if record.get(name)])


def inputs_of_trigger(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    """What a function that a trigger starts has as its inputs: table, action, old, new, and what the trigger adds.

    Where it declares inputs, it is given those that it declares.
    """
    found = {**given["trigger"], **given}
    if program.inputs is None:
        del found["trigger"]
        return found
    declared = {each.name for each in program.inputs}
    return {name: value for name, value in found.items() if name in declared}


def _concerns(trigger: dict[str, Any], action: str, change: Change) -> bool:
    columns = trigger.get("columns")
    return columns is None or action != "update" or not change.columns.isdisjoint(columns)


def _told(table: Table, action: str, old: Any, new: Any) -> Told:
    return {"table": table.name, "action": action, "old": plain_value(old), "new": plain_value(new)}


def _together(told: Sequence[Told]) -> Told:
    """Several changes of one kind as one, with lists."""
    return {**told[0], "old": [each["old"] for each in told], "new": [each["new"] for each in told]}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)
