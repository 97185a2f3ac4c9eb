"""Open background executions become a display on stderr, until all have ended or the time is up."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from interpreter.cli.failure import FINE, INTERRUPTED, TIMED_OUT
from interpreter.cli.record import progress_of
from interpreter.cli.render import Paint, paint_for

if TYPE_CHECKING:
    from interpreter.background.engine import Engine

INTERVAL = 0.25
"""Seconds between two looks while a display is drawn."""
TOLD_ONE_BY_ONE = 20
"""So many executions are told one by one; of more, only those that failed."""


class Display(Protocol):
    """Something that is told how many of the executions have ended, and how far one of the others is."""

    def update(self, ended: int, told: str) -> None: ...


def watch(engine: Engine, ids: list[str], timeout: float | None, quiet: bool = False) -> int:
    """Wait for executions and tell how they ended; an exit code: fine, timed out or interrupted.

    Where all have ended already, only those that failed are told. Ctrl-C leaves them running.
    """
    records = {record["execution_id"]: record for record in engine.look(dict.fromkeys(ids))}
    open_ids = [each for each, record in records.items() if record["status"] == "running"]
    paint = paint_for(sys.stderr)
    if not quiet:
        _tell([record for record in records.values() if record["status"] == "error"], paint)
    if not open_ids:
        return FINE
    try:
        ended = _wait(engine, open_ids, timeout, paint, quiet)
    except KeyboardInterrupt:
        _say(quiet, "interrupted; the executions go on: interpreter executions list")
        return INTERRUPTED
    finally:
        sys.stderr.flush()
    left = len(open_ids) - len(ended)
    if not quiet:
        _tell(ended, paint)
    if left:
        _say(quiet, f"time is up; {_count(left)} still open: interpreter executions list")
        return TIMED_OUT
    return FINE


def _wait(engine: Engine, ids: list[str], timeout: float | None, paint: Paint, quiet: bool) -> list[dict[str, Any]]:
    deadline = None if timeout is None else time.monotonic() + timeout
    drawn = not quiet and sys.stderr.isatty() and paint.coloured
    if not drawn:
        _say(quiet, f"waiting for {_count(len(ids))}")
    with Bar(len(ids)) if drawn else nullcontext() as display:
        while True:
            rest = None if deadline is None else max(0.0, deadline - time.monotonic())
            pause = rest if not drawn else INTERVAL if rest is None else min(INTERVAL, rest)
            records = engine.wait(ids, pause)
            ended = [record for record in records if record["status"] != "running"]
            if display is not None:
                display.update(len(ended), _told(records))
            if len(ended) == len(ids) or rest == 0:
                return ended


class Bar:
    """A bar by rich, which is imported only here: it draws on a terminal and nowhere else."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.progress.add_task("background executions", total=total)

    def __enter__(self) -> Display:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def update(self, ended: int, told: str) -> None:
        self.progress.update(self.task, completed=ended, description=f"background executions  {told}".rstrip())


def _told(records: list[dict[str, Any]]) -> str:
    """What the first of those that run says of its progress."""
    going = (progress_of(record) for record in records if record["status"] == "running")
    return next((told for told in going if told), "")


def _tell(ended: list[dict[str, Any]], paint: Paint) -> None:
    every = len(ended) <= TOLD_ONE_BY_ONE
    for record in ended:
        if every or record["status"] != "completed":
            print(describe(record, paint), file=sys.stderr)
    if not every:
        states = Counter(record["state"] for record in ended)
        told = ", ".join(f"{count:,} {state}" for state, count in states.most_common())
        print(f"{_count(len(ended))} ended: {told}", file=sys.stderr)


def describe(record: dict[str, Any], paint: Paint) -> str:
    """One execution on one line."""
    colour = {"completed": paint.good, "error": paint.error}.get(record["status"], paint.warning)
    line = f"{colour(record['state'].ljust(9))} {record['function_name']}  {paint.faint(record['execution_id'])}"
    return f"{line}  {record['error_message']}" if record["error_message"] else line


def _count(number: int) -> str:
    return f"{number:,} background execution{'' if number == 1 else 's'}"


def _say(quiet: bool, sentence: str) -> None:
    if not quiet:
        print(sentence, file=sys.stderr, flush=True)
