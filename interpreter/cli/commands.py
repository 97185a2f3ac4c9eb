"""The table of commands becomes a click group; a command's module is imported when the command is called."""

from __future__ import annotations

from importlib import import_module

import click

from interpreter import __version__
from interpreter.cli import COMMANDS, overview


class Commands(click.Group):
    """The commands by name."""

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

    def get_help(self, ctx: click.Context) -> str:
        return overview()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="interpreter %(version)s")
def commands() -> None:
    """What ``overview`` says."""
