"""A function becomes a command whose failures are reported in one way, and whose options are spelt in one way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from interpreter.workspace import Workspace

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Command(click.Command):
    """A command that ends with the exit code of what ended it, whatever its ``--output``."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, SystemExit):
            raise
        except BaseException as raised:
            from interpreter.cli.failure import report

            as_json = ctx.params.get("output") == "json"
            return report(raised, as_json, ctx.params.get("python_traceback", False))


class CommandGroup(click.Group):
    """A command of several words."""

    command_class = Command


def workspace_option(function: Decorated) -> Decorated:
    return click.option(
        "--workspace",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="The workspace; else the nearest folder upward with an interpreter.toml, else the file's own.",
    )(function)


def output_option(function: Decorated) -> Decorated:
    """``-o``; None where it is not given, so that a command has a form of its own for people."""
    return click.option(
        "-o", "--output", metavar="json|text", type=click.Choice(["json", "text"]), help="The form of the output."
    )(function)


def workspace_of(target: str | None, explicit: Path | None) -> Workspace:
    """The workspace of a file, or of the current folder where the target is a name."""
    from interpreter import pipeline

    start = Path(target) if target and Path(target).exists() else Path.cwd()
    return pipeline.open_workspace(start, explicit, os.environ)
