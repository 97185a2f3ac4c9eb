"""A shell's name becomes the script that completes our commands in it."""

from __future__ import annotations

import click

from interpreter.cli.command import Command

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    For bash, put this into ~/.bashrc: eval "$(interpreter completion bash)"
    """
    from click.shell_completion import get_completion_class

    from interpreter.cli.commands import commands

    completer = get_completion_class(shell)
    assert completer is not None, f"click no longer completes in {shell}"
    print(completer(commands, {}, "interpreter", "_INTERPRETER_COMPLETE").source().rstrip("\n"))
