"""Background executions become lines and records; ids become ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli import suggest
from interpreter.cli.command import CommandGroup, output_option, workspace_of, workspace_option
from interpreter.cli.failure import FAILED, FINE, TIMED_OUT, WRONG_USAGE
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.background.engine import Engine

STATES = ("delayed", "queued", "running", "retrying", "completed", "error", "timeout", "cancelled")
_COLUMNS = ("execution_id", "state", "function_name", "created_at", "error_message")


@click.group(cls=CommandGroup)
def command() -> None:
    """List, show, await and cancel background executions."""


@command.command("list")
@click.option("--state", type=click.Choice(STATES), metavar="STATE", help=f"Only these: {', '.join(STATES)}.")
@click.option(
    "--function", metavar="NAME", shell_complete=suggest.definitions, help="Only executions of this function."
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@output_option
@workspace_option
def list_executions(
    state: str | None, function: str | None, limit: int, output: str | None, workspace: Path | None
) -> None:
    """List the newest executions."""
    with _engine(workspace) as engine:
        records = engine.newest(state=state, function=function, limit=limit)
    print(encode(records) if output == "json" else _table(records) or f"no executions in {engine.root}")


@command.command("show")
@click.argument("execution_id", metavar="ID", shell_complete=suggest.executions)
@output_option
@workspace_option
def show_execution(execution_id: str, output: str | None, workspace: Path | None) -> None:
    """Print one execution's record as JSON."""
    with _engine(workspace) as engine:
        print(encode(engine.get(execution_id), indent=None if output == "json" else 2))


@command.command("await")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=suggest.executions)
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(min=0), help="The most to wait; else until done.")
@click.option("--any", "any_one", is_flag=True, help="Until one has ended instead of all.")
@output_option
@workspace_option
def await_executions(
    ids: tuple[str, ...], timeout: float | None, any_one: bool, output: str | None, workspace: Path | None
) -> int:
    """Wait for executions to end and print their records as JSON.

    Exit code 0: all completed; 1: one ended in an error; 2: an id is unknown; 5: one timed out, was cancelled, or is
    still open.
    """
    with _engine(workspace) as engine:
        records = engine.wait(list(ids), timeout, "any" if any_one else "all")
    print(encode(records, indent=None if output == "json" else 2))
    return _end_of(records, any_one)


@command.command("cancel")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=suggest.executions)
@output_option
@workspace_option
def cancel_executions(ids: tuple[str, ...], output: str | None, workspace: Path | None) -> int:
    """Cancel executions that have not ended, and print the records as JSON."""
    with _engine(workspace) as engine:
        records = engine.cancel(list(ids))
    print(encode(records, indent=None if output == "json" else 2))
    return WRONG_USAGE if any(record["state"] == "not_found" for record in records) else FINE


@contextmanager
def _engine(workspace: Path | None) -> Iterator[Engine]:
    from interpreter import execution

    with closing(execution.engine(workspace_of(None, workspace))) as engine:
        yield engine


def _end_of(records: list[dict[str, Any]], any_one: bool) -> int:
    """The exit code of awaited records; of several reasons the one that is most the caller's business."""
    states = {record["state"] for record in records}
    if "not_found" in states:
        return WRONG_USAGE
    if "error" in states:
        return FAILED
    if states == {"completed"} or (any_one and "completed" in states):
        return FINE
    return TIMED_OUT


def _table(records: list[dict[str, Any]]) -> str:
    if not records:
        return ""
    from interpreter.cli.render import paint_for

    paint = paint_for(sys.stdout)
    rows = [[str(record[column] or "") for column in _COLUMNS] for record in records]
    widths = [max(map(len, column)) for column in zip(*rows)]
    colours = {"completed": paint.good, "error": paint.error}
    lines = []
    for record, row in zip(records, rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        cells[1] = colours.get(record["status"], paint.warning)(cells[1])
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
