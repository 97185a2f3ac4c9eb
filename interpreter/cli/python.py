"""A stack becomes the Python that it runs as, for reading."""

from __future__ import annotations

from pathlib import Path

import click

from interpreter.cli import suggest
from interpreter.cli.command import Command, workspace_of, workspace_option


@click.command(cls=Command)
@click.argument("target", metavar="FILE|NAME", shell_complete=suggest.documents)
@workspace_option
def command(target: str, workspace: Path | None) -> None:
    """Print the Python that a stack becomes.

    It is generated as a syntax tree whose positions are those of the document, and never read as text: this is for
    people.
    """
    from interpreter import finding, pipeline

    here = workspace_of(target, workspace)
    print(pipeline.python_source(here, finding.document_of(here, target)).rstrip("\n"))
