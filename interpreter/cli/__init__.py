"""Words on a command line become calls of the pipeline; each command lives in a module of its own name.

``interpreter --help`` imports none of them: it reads the table below.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from interpreter import __version__

COMMANDS = {
    "run": "Run a stack and print its answer.",
    "validate": "Check documents without running them.",
    "explain": "Say what a filter, test, node or diagnostic code means.",
    "python": "Print the Python that a stack becomes.",
    "schema": "Print the JSON Schema of documents, or of one node.",
    "init": "Make a workspace that runs at once.",
    "worker": "Run background executions until stopped.",
    "executions": "List, show, await and cancel background executions.",
    "completion": "Print the completion script of a shell.",
}
"""Every command, in the order of the help, with the first sentence of its own help."""


class Commands(click.Group):
    """The commands by name; a command's module is imported when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"interpreter.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from interpreter.catalog import did_you_mean

        hint = did_you_mean(name, COMMANDS) or f"the commands are {', '.join(COMMANDS)}"
        raise click.UsageError(f'"{name}" is not a command; {hint}', ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="interpreter %(version)s")
def commands() -> None:
    """Function stacks: backend logic as JSON documents, run here or in the background."""


def start(arguments: list[str]) -> int:
    """Run one command line; its exit code (``cli/failure.py`` has the table)."""
    for stream in (sys.stdout, sys.stderr):
        # What cannot be encoded is written as the escape that JSON knows too.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = commands.main(arguments, prog_name="interpreter", standalone_mode=False)
        sys.stdout.flush()
        return code or 0
    except BaseException as raised:
        if isinstance(raised, SystemExit):
            raise
        from interpreter.cli.failure import report

        return report(raised)


__all__ = ["COMMANDS", "commands", "start"]
