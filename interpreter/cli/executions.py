"""Background executions become lines and records; ids become ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli import record, suggest
from interpreter.cli.command import CommandGroup, output_option, workspace_of, workspace_option
from interpreter.cli.failure import FAILED, FINE, TIMED_OUT, WRONG_USAGE, report
from interpreter.cli.render import paint_for
from interpreter.cli.since import Length, When
from interpreter.cli.timeline import draw_timeline
from interpreter.diagnostic import Fault, Rejected
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.background.engine import Engine
    from interpreter.background.story import Story
    from interpreter.workspace import Workspace

STATES = ("delayed", "queued", "running", "retrying", "completed", "error", "timeout", "cancelled")
STATUSES = ("running", "completed", "error")
ENDED = ("completed", "error", "timeout", "cancelled")
KINDS = ("function", "task", "node", "schedule", "callback")
SHOWN_CHILDREN = 20
FOLLOW_SECONDS = 0.5
"""Between two drawings of what still runs."""
DEFAULT_AGE = 30 * 86_400.0


@click.group(cls=CommandGroup)
def command() -> None:
    """List, show, trace, await, cancel, retry, resume and prune background executions."""


@command.command("list")
@click.option("--state", type=click.Choice(STATES), metavar="STATE", help=f"Only these: {', '.join(STATES)}.")
@click.option("--status", type=click.Choice(STATUSES), metavar="STATUS", help="Only running, completed or error.")
@click.option(
    "--function", metavar="NAME", shell_complete=suggest.definitions, help="Only executions of this function."
)
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help=f"Only one of {', '.join(KINDS)}.")
@click.option("--queue", metavar="NAME", help="Only of this queue.")
@click.option("--since", type=When(), metavar="TIME", help="Made since then: 2026-11-21T15:30, or 2h ago.")
@click.option("--until", type=When(), metavar="TIME", help="Made before then.")
@click.option("--parent", metavar="ID", help="Only what this execution dispatched.")
@click.option("--root", metavar="ID", help="This execution and everything below it.")
@click.option("--id", "prefix", metavar="TEXT", help="Only ids that begin with it.")
@click.option("--before", metavar="ID", help="Only older ones: the page after the one that ends with ID.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@output_option
@workspace_option
def list_executions(output: str | None, workspace: Path | None, **chosen: Any) -> None:
    """List the newest executions."""
    for option in ("parent", "root", "before"):
        if chosen[option] is not None:
            chosen[option] = _id(chosen[option])
    if chosen["prefix"] is not None:
        chosen["prefix"] = chosen["prefix"].upper()
    with _engine(workspace) as engine:
        records = engine.newest(**chosen)
    if output == "json":
        print(encode(records))
    elif not records:
        print(f"no executions in {engine.root}")
    else:
        print(record.draw_table(records, paint_for(sys.stdout)))
        if len(records) == chosen["limit"] and sys.stderr.isatty():
            print(f"older ones: --before {records[-1]['execution_id']}", file=sys.stderr)


@command.command("show")
@click.argument("execution_id", metavar="ID|NAME", shell_complete=suggest.executions)
@output_option
@workspace_option
def show_execution(execution_id: str, output: str | None, workspace: Path | None) -> None:
    """Show all that is known of an execution, or of a function's newest: inputs, attempts, children, result."""
    with _engine(workspace) as engine:
        story = engine.story(_newest(engine, execution_id), SHOWN_CHILDREN, deep=False)
        _hide_secrets(workspace_of(None, workspace), story)
        queue = story.details["queue"]
        unserved = story.record["state"] == "queued" and not engine.has_worker(queue)
    if unserved:
        print(f'warning: no worker that runs serves the queue "{queue}"', file=sys.stderr)
    if output == "json":
        children = [child.record for child in story.children]
        print(encode({**story.record, **story.details, "children": children}))
    else:
        print(record.draw_story(story, paint_for(sys.stdout)))


@command.command("trace")
@click.argument("execution_id", metavar="ID|NAME", shell_complete=suggest.executions)
@click.option("--children", metavar="N", type=click.IntRange(min=0), default=20, show_default=True, help="At most.")
@click.option("--follow", is_flag=True, help="Draw it anew until the execution has ended.")
@output_option
@workspace_option
def trace_execution(execution_id: str, children: int, follow: bool, output: str | None, workspace: Path | None) -> None:
    """Draw the timeline of an execution, or of a function's newest: queued, attempts, waits, actions, children.

    A bar shows running as \u2588, waiting as \u2591, queued and retrying as \u2592, delayed as \u00b7.
    """
    from interpreter.background.story import plain

    with _engine(workspace) as engine:
        execution_id = _newest(engine, execution_id)
        story = engine.story(execution_id, children)
        paint = paint_for(sys.stdout)
        drawn = 0
        while follow and story.ended is None and output != "json" and sys.stdout.isatty():
            text = draw_timeline(story, paint)
            print("\x1b[F\x1b[2K" * drawn + text, flush=True)
            drawn = text.count("\n") + 1
            engine.wait([execution_id], FOLLOW_SECONDS)
            story = engine.story(execution_id, children)
        if follow and story.ended is None:
            engine.wait([execution_id], None)
            story = engine.story(execution_id, children)
        print("\x1b[F\x1b[2K" * drawn, end="")
    print(encode(plain(story)) if output == "json" else draw_timeline(story, paint))


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
@click.option("--only", "scope", flag_value="alone", help="Only these, and none of what they dispatched.")
@click.option("--family", "scope", flag_value="family", help="Also the background tasks that they dispatched.")
@output_option
@workspace_option
def cancel_executions(ids: tuple[str, ...], scope: str | None, output: str | None, workspace: Path | None) -> int:
    """Cancel executions that have not ended, with the calls that they dispatched, and print the records as JSON."""
    import socket

    who = os.environ.get("USER") or f"user {os.getuid()}"
    with _engine(workspace) as engine:
        records = engine.cancel(list(ids), f"{who}@{socket.gethostname()} on the command line", scope or "calls")
    print(encode(records, indent=None if output == "json" else 2))
    return WRONG_USAGE if any(each["state"] == "not_found" for each in records) else FINE


@command.command("retry")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=suggest.executions)
@output_option
@workspace_option
def retry_executions(ids: tuple[str, ...], output: str | None, workspace: Path | None) -> int:
    """Run executions anew that ended badly, and at once what is delayed or waits for its next attempt.

    The id stays; what was recorded of the run is forgotten, and all attempts are allowed again. Prints the records.
    """
    return _again(ids, output, workspace, lambda engine, execution_id: engine.retry(execution_id))


@command.command("resume")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=suggest.executions)
@click.option("--from", "step", metavar="STEP", type=click.IntRange(min=0), help="Forget this action and all after it.")
@output_option
@workspace_option
def resume_executions(ids: tuple[str, ...], step: int | None, output: str | None, workspace: Path | None) -> int:
    """Let executions go on that ended badly, after their last recorded action; the one that failed is done again.

    The numbers of actions are those that `executions trace` shows. Prints the records.
    """
    return _again(ids, output, workspace, lambda engine, execution_id: engine.resume(execution_id, step))


@command.command("prune")
@click.option("--older-than", type=Length(), metavar="TIME", help="Ended longer ago than: 30d, 12h.  [default: 30d]")
@click.option(
    "--state", "states", type=click.Choice(ENDED), metavar="STATE", multiple=True, help=f"Only {', '.join(ENDED)}."
)
@click.option("--keep", metavar="N", type=click.IntRange(min=0), default=0, help="Keep the newest N of these states.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--shrink", is_flag=True, help="Make SQLite's file smaller afterwards; others wait meanwhile.")
@output_option
@workspace_option
def prune_executions(
    older_than: float | None,
    states: tuple[str, ...],
    keep: int,
    dry_run: bool,
    shrink: bool,
    output: str | None,
    workspace: Path | None,
) -> None:
    """Remove executions that ended long ago, with all that was recorded of them.

    What is open stays, and so does what an open execution dispatched. Workers do the same by themselves: settings
    keep_completed_days and keep_failed_days.
    """
    days = DEFAULT_AGE if older_than is None else older_than
    with _engine(workspace) as engine:
        gone = engine.prune(states or ENDED, days, keep, dry_run=dry_run, shrink=shrink)
    if output == "json":
        print(encode({"removed": 0 if dry_run else gone.total(), "found": gone.total(), "states": dict(gone)}))
        return
    told = ", ".join(f"{count:,} {state}" for state, count in gone.most_common())
    verb = "would go" if dry_run else "removed"
    print(f"{gone.total():,} execution{'' if gone.total() == 1 else 's'} {verb}{': ' if told else ''}{told}")


def _again(
    ids: tuple[str, ...], output: str | None, workspace: Path | None, again: Callable[[Engine, str], None]
) -> int:
    """Do it with each; what cannot be is told on stderr, and does not keep the others from it."""
    refused: list[Fault] = []
    with _engine(workspace) as engine:
        for execution_id in ids:
            try:
                again(engine, execution_id)
            except Fault as fault:
                refused.append(fault)
        records = engine.look(ids)
    print(encode(records, indent=None if output == "json" else 2))
    return max([FINE, *(report(fault, output == "json") for fault in refused)])


def _hide_secrets(workspace: Workspace, story: Story) -> None:
    """Mask the inputs that the definition declares secret."""
    from interpreter.masking import HIDDEN

    inputs = story.details["inputs"]
    if story.record["kind"] not in ("function", "task", "schedule") or not isinstance(inputs, dict):
        return
    try:
        signature = workspace.find(story.record["kind"], story.record["function_name"])
    except Rejected:  # its documents contradict one another at the moment; secrets by name are masked all the same
        return
    secret = [each.name for each in (signature.inputs or ()) if each.is_secret] if signature else []
    inputs.update((name, HIDDEN) for name in secret if inputs.get(name) is not None)


def _newest(engine: Engine, written: str) -> str:
    """An id as it is; for a function's name the id of its newest execution."""
    from interpreter.background.store.ids import parse_id

    found = None if parse_id(written) else engine.newest(function=written, limit=1)
    return str(found[0]["execution_id"]) if found else written


def _id(written: str) -> str:
    from interpreter.background.store.ids import parse_id

    found = parse_id(written)
    if found is None:
        raise Fault("background/bad-id", f'"{written[:40]}" is not an execution id')
    return found


@contextmanager
def _engine(workspace: Path | None) -> Iterator[Engine]:
    from interpreter import execution

    with closing(execution.engine(workspace_of(None, workspace))) as engine:
        yield engine


def _end_of(records: list[dict[str, Any]], any_one: bool) -> int:
    """The exit code of awaited records; of several reasons the one that is most the caller's business."""
    states = {each["state"] for each in records}
    if "not_found" in states:
        return WRONG_USAGE
    if "error" in states:
        return FAILED
    if states == {"completed"} or (any_one and "completed" in states):
        return FINE
    return TIMED_OUT
