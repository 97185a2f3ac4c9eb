"""An empty folder becomes a workspace that runs at once."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from interpreter.cli.command import Command

STARTER = Path(__file__).with_name("starter")
"""The files of a new workspace; a name that begins with ``_`` begins with a dot there."""
SCHEMAS = (Path(".vscode", "stack.schema.json"), Path(".vscode", "table.schema.json"))


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Make a workspace that runs at once.

    Two example stacks, settings, and completion in VS Code. Nothing that exists is overwritten.
    """
    files = dict(_starter_files())
    there = [str(path) for path in [*files, *SCHEMAS] if (folder / path).exists()]
    if there:
        raise click.UsageError(f'"{folder}" has {", ".join(there)} already; nothing was written')
    try:
        for path, text in [*files.items(), *zip(SCHEMAS, _schemas())]:
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f'"{error.filename}" cannot be written: {(error.strerror or "").lower()}') from None
    print(_next_steps(folder, [*files, *SCHEMAS]))


def _starter_files() -> Iterator[tuple[Path, str]]:
    for file in sorted(STARTER.rglob("*")):
        if file.is_file():
            parts = file.relative_to(STARTER).parts
            path = Path(*(f".{part[1:]}" if part.startswith("_") else part for part in parts))
            yield path, file.read_text(encoding="utf-8")


def _schemas() -> tuple[str, str]:
    from interpreter import schemafiles
    from interpreter.bundle import bundle
    from interpreter.values import encode

    return encode(bundle()) + "\n", encode(schemafiles.written("table")) + "\n"


def _next_steps(folder: Path, files: list[Path]) -> str:
    steps = [
        "interpreter run hello -i name=Ada",
        "interpreter run greet_everyone",
        "interpreter validate",
        "interpreter explain",
    ]
    if folder != Path("."):
        steps.insert(0, f"cd {shlex.quote(str(folder))}")
    made = "\n".join(f"  {path}" for path in files)
    return f"Made a workspace in {folder}:\n{made}\n\nNext:\n" + "\n".join(f"  {step}" for step in steps)
