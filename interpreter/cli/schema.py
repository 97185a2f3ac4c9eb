"""The language becomes JSON Schema: for an editor the whole, for a person one node."""

from __future__ import annotations

from pathlib import Path

import click

from interpreter.cli import suggest
from interpreter.cli.command import Command


@click.command(cls=Command)
@click.argument("function", metavar="[NODE]", required=False, shell_complete=suggest.nodes)
@click.option("--write", "file", metavar="FILE", type=click.Path(path_type=Path), help="Write it there instead.")
def command(function: str | None, file: Path | None) -> None:
    """Print the JSON Schema of documents, or of one node.

    The whole is what an editor completes from: `interpreter init` sets it up for VS Code.
    """
    from interpreter.values import encode

    written = encode(_schema(function), indent=2)
    if file is None:
        print(written)
        return
    try:
        file.write_text(written + "\n", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f'"{file}" cannot be written: {(error.strerror or "").lower()}') from None


def _schema(function: str | None) -> dict[str, object]:
    if function is None:
        from interpreter.bundle import bundle

        return bundle()
    from interpreter import schemafiles, spellings
    from interpreter.catalog import did_you_mean

    name = spellings.node_name(function)
    if name is None:
        hint = did_you_mean(function, spellings.NODE_NAMES) or "interpreter explain lists every node"
        raise click.UsageError(f'"{function}" is not a node; {hint}')
    return schemafiles.filled(f"nodes/{name}")
