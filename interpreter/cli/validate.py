"""Documents become the list of what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from interpreter.cli.command import Command, output_option, workspace_of, workspace_option


@click.command(cls=Command)
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(exists=True, path_type=Path))
@output_option
@workspace_option
def command(paths: tuple[Path, ...], output: str | None, workspace: Path | None) -> int:
    """Check documents without running them.

    PATH is a file or a folder; without one, the whole workspace is checked. Warnings alone do not fail.
    """
    from interpreter import pipeline
    from interpreter.cli.failure import FINE, INVALID_DOCUMENT

    here = workspace_of(str(paths[0]) if paths else None, workspace)
    report = pipeline.check(here, list(paths) or [here.root])
    found = sorted(report.diagnostics, key=lambda diagnostic: diagnostic.sort_key)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    counts = {"documents": report.documents, "errors": errors, "warnings": len(found) - errors}
    print(_as_json(counts, found) if output == "json" else _as_text(counts, found))
    return INVALID_DOCUMENT if errors else FINE


def _as_json(counts: dict[str, int], found: list[Any]) -> str:
    from interpreter.values import encode

    return encode({**counts, "diagnostics": [diagnostic.as_dict() for diagnostic in found]})


def _as_text(counts: dict[str, int], found: list[Any]) -> str:
    from interpreter.cli.render import draw_report, paint_for

    paint = paint_for(sys.stdout)
    told = [_plural(counts[kind], kind) for kind in ("errors", "warnings") if counts[kind]]
    colour = paint.error if counts["errors"] else paint.warning if told else paint.good
    summary = f"{_plural(counts['documents'], 'documents')}: {colour(', '.join(told) or 'nothing to complain about')}"
    return f"{draw_report(found, paint)}\n\n{summary}" if found else summary


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun if count != 1 else noun.removesuffix('s')}"
