"""The table of commands agrees with the commands, and help imports none of them."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from interpreter.cli import COMMANDS, commands

HEAVY = ("celery", "sqlalchemy", "redis", "lark", "jsonschema", "rich", "jinja2", "psutil", "re2", "dotenv", "asyncio")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_has_the_first_sentence_of_each_command(name: str) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    assert command.help is not None
    assert command.help.splitlines()[0] == COMMANDS[name]


def modules_after(arguments: list[str], folder: str = ".") -> set[str]:
    script = (
        "import sys; from interpreter.cli import start; code = start(sys.argv[1:]); "
        "print(code, *sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, cwd=folder, timeout=60
    )
    code, *modules = ended.stderr.split()
    assert code == "0", ended.stderr
    return set(modules)


def test_help_imports_no_command() -> None:
    modules = modules_after(["--help"])
    assert {each for each in modules if each.startswith("interpreter")} == {"interpreter", "interpreter.cli"}
    assert not modules.intersection(HEAVY)
