"""A workspace becomes a report of its health: settings, bus, database, clocks, workers, queues, work."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interpreter.cli.command import Command, output_option, workspace_of, workspace_option
from interpreter.cli.failure import FAILED, FINE
from interpreter.cli.render import Paint, paint_for
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.background.watch.health import Finding


@click.command(cls=Command)
@output_option
@workspace_option
def command(output: str | None, workspace: Path | None) -> int:
    """Check everything that background work needs, and say what to do.

    Settings, disk, bus, database, clocks, workers, queues, work that nobody looks after. Nothing is started. Exit
    code 1 where something fails.
    """
    from interpreter import execution
    from interpreter.background.watch.health import FAIL, OK, Finding, findings
    from interpreter.settings import FILE_NAME

    here = workspace_of(None, workspace)  # wrong settings are told as by every command
    file = here.root / FILE_NAME
    told = f'"{file}"' if file.exists() else f'no {FILE_NAME} in "{here.root}": every setting has its default'
    found = [Finding("settings", OK, told)]
    with closing(execution.engine(here)) as engine:
        found += findings(engine)
    counts = Counter(finding.level for finding in found)
    if output == "json":
        print(encode({"findings": [finding._asdict() for finding in found], "fails": counts[FAIL]}))
    else:
        print(_drawn(found, paint_for(sys.stdout)))
    return FAILED if counts[FAIL] else FINE


def _drawn(found: list[Finding], paint: Paint) -> str:
    colours = {"ok": paint.good, "warn": paint.warning, "fail": paint.error}
    width = max(len(finding.subject) for finding in found)
    lines = []
    for finding in found:
        lines.append(
            f"{colours[finding.level](finding.level.ljust(4))}  {finding.subject.ljust(width)}  {finding.message}"
        )
        if finding.mend:
            lines.append(f"{' ' * (width + 8)}= help: {finding.mend}")
    return "\n".join(lines)
