"""A workspace's schedules become lines: when each runs, when next, and what became of its last time."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli.command import CommandGroup, output_option, workspace_of, workspace_option
from interpreter.values import Moment, encode

if TYPE_CHECKING:
    from interpreter.workspace import Workspace

_HEADINGS = ("schedule", "when", "zone", "next", "last", "execution", "state")


@click.group(cls=CommandGroup)
def command() -> None:
    """List schedules and run one now."""


@command.command("list")
@click.option(
    "--next", "count", metavar="N", type=click.IntRange(1, 1000), default=1, help="How many of the next times to show."
)
@output_option
@workspace_option
def list_schedules(count: int, output: str | None, workspace: Path | None) -> None:
    """List the schedules: when they run, when next, and what became of the last time.

    They run as long as a worker of the workspace does.
    """
    here = workspace_of(None, workspace)
    found, looked_after = _overviews(here, count)
    if output == "json":
        print(encode(found))
    elif not found:
        print(f"no schedules in {here.shown(here.root)}")
    else:
        print(_table(found))
        if not looked_after and any(each["next"] for each in found):
            print("note: no worker is running, and nothing is fired before one is: interpreter worker", file=sys.stderr)


@command.command("run")
@click.argument("name", metavar="NAME")
@output_option
@workspace_option
def run_schedule(name: str, output: str | None, workspace: Path | None) -> None:
    """Run a schedule's stack in the background now, and print the execution's id."""
    from interpreter import execution
    from interpreter.catalog import did_you_mean
    from interpreter.diagnostic import Diagnostic, Rejected

    here = workspace_of(None, workspace)
    known = {each.name: each for each in execution.schedules(here)}
    if name not in known:
        hint = did_you_mean(name, known) or (f"it has {', '.join(known)}" if known else None)
        message = f'the workspace has no schedule named "{name}"'
        raise Rejected([Diagnostic("workspace/unknown-definition", message, None, hint)])
    with closing(execution.engine(here)) as engine:
        execution_id = engine.run_schedule(known[name])
    print(encode({"execution_id": execution_id}) if output == "json" else execution_id)


def _overviews(workspace: Workspace, count: int) -> tuple[list[dict[str, Any]], bool]:
    """Everything about each schedule as plain data, and whether a worker looks after them."""
    from interpreter import execution

    with closing(execution.engine(workspace)) as engine:
        found = engine.schedules(execution.schedules(workspace), time.time(), count)
        return found, engine.has_worker()


def _table(found: list[dict[str, Any]]) -> str:
    rows = [_HEADINGS, *(_row(each, at) for each in found for at in _next_of(each))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def _next_of(each: dict[str, Any]) -> list[str]:
    if each["problem"]:
        return [each["problem"]]
    return each["next"] or ["never again" if each["enabled"] else "not enabled"]


def _row(each: dict[str, Any], at: str) -> tuple[str, ...]:
    """One line; of several next times all but the first stand alone."""
    if each["next"] and at != each["next"][0]:
        return "", "", "", _local(at, each["timezone"]), "", "", ""
    last = each["last"] or {}
    shown = _local(at, each["timezone"]) if each["next"] else at
    came = _local(last["at"], each["timezone"]) if last else ""
    became = last.get("state") or (f"skipped: {last['skipped']}" if last else "")
    return each["name"], each["when"] or "", each["timezone"], shown, came, last.get("execution_id") or "", became


def _local(at: str, zone: str) -> str:
    """A time as the clock of its schedule's zone shows it."""
    from zoneinfo import ZoneInfo

    moment = Moment.parse(at)
    assert moment is not None
    return f"{moment.datetime.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M:%S}"
