"""A workspace becomes one terminal for its background: bus, worker and sweeper run, executions tell of themselves."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli.command import Command, output_option, workspace_of, workspace_option
from interpreter.cli.record import of_status, remark
from interpreter.cli.render import paint_for
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.background.engine import Engine
    from interpreter.workspace import Workspace

SHOWN_AT_ONCE = 200
"""The newest so many are looked at, and all that are known to be open."""


@click.command(cls=Command)
@click.option("--concurrency", metavar="N", type=click.IntRange(min=1), help="Processes; else the setting, else cores.")
@click.option("--no-reload", is_flag=True, help="Do not start the worker anew when documents change.")
@output_option
@workspace_option
def command(concurrency: int | None, no_reload: bool, output: str | None, workspace: Path | None) -> int:
    """Run bus, worker, sweeper and schedules in one terminal, with a line for each change of an execution.

    Changed documents are checked, and a new worker takes over. Ctrl-C ends everything: what is in hand has 15 seconds.
    """
    from interpreter import execution
    from interpreter.cli.supervise import Documents, keep_worker

    here = workspace_of(None, workspace)
    words = ["worker", "--workspace", str(here.root), "--log", "quiet"]
    words += ["--concurrency", str(concurrency)] if concurrency else []
    documents = None if no_reload else Documents(here)
    with closing(execution.engine(here)) as engine:
        changes = Changes(engine, as_json=output == "json")
        print(f"bus, worker and sweeper of {here.root}; Ctrl-C ends them", file=sys.stderr, flush=True)
        return keep_worker(words, documents, lambda paths: is_valid(here, paths), changes.tell)


def is_valid(workspace: Workspace, paths: list[Path]) -> bool:
    """Tell what changed and what is wrong with it; a workspace with errors is not started anew."""
    import os

    from interpreter import pipeline
    from interpreter.cli.render import draw_report
    from interpreter.diagnostic import Rejected

    names = ", ".join(workspace.shown(path) for path in paths)
    try:
        fresh = pipeline.open_workspace(None, workspace.root, os.environ)
        documents = [path for path in paths if path in set(fresh.documents())]
        found = pipeline.check(fresh, documents or [fresh.root]).diagnostics
    except Rejected as rejected:
        found = rejected.diagnostics
    if found:
        print(draw_report(found, paint_for(sys.stderr)), file=sys.stderr)
    valid = not any(each.severity == "error" for each in found)
    told = "a new worker takes over" if valid else "the worker goes on with what it knows"
    print(f"changed: {names}; {told}", file=sys.stderr, flush=True)
    return valid


class Changes:
    """The executions of a workspace, each told when its state, or what it says of itself, changes."""

    def __init__(self, engine: Engine, as_json: bool) -> None:
        self._engine = engine
        self._as_json = as_json
        self._since = time.time()
        self._known: dict[str, tuple[str, str]] = {}
        self._open: set[str] = set()

    def tell(self) -> None:
        """A line for each that changed since the last call."""
        newest = self._engine.newest(since=self._since, limit=SHOWN_AT_ONCE)
        older = self._engine.look(self._open - {record["execution_id"] for record in newest})
        for record in sorted((*older, *newest), key=lambda record: record["execution_id"]):
            self._tell_of(record)
        recent = self._open.union(record["execution_id"] for record in newest)
        self._known = {execution_id: said for execution_id, said in self._known.items() if execution_id in recent}

    def _tell_of(self, record: dict[str, Any]) -> None:
        said = (record["state"], remark(record))
        execution_id = record["execution_id"]
        if self._known.get(execution_id) == said:
            return
        if record["status"] == "running":
            self._open.add(execution_id)
        else:
            self._open.discard(execution_id)
        self._known[execution_id] = said
        print(self._line(record), flush=True)

    def _line(self, record: dict[str, Any]) -> str:
        if self._as_json:
            return encode(record)
        paint = paint_for(sys.stdout)
        state = of_status(record, paint)(record["state"].ljust(9))
        at = time.strftime("%H:%M:%S")
        line = f"{paint.faint(at)} {state} {record['function_name']}  {paint.faint(record['execution_id'])}"
        return f"{line}  {remark(record)}".rstrip()
