"""The table of commands agrees with the commands, and help imports none of them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from interpreter.cli import COMMANDS, overview, start
from interpreter.cli.commands import commands

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
    assert not modules.intersection((*HEAVY, "click"))


def test_the_help_is_the_same_in_every_way_to_ask_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The short way prints the overview; click's own parsing, here of a second word, comes to the same."""
    for arguments in (["--help"], ["-h"], ["--help", "run"]):
        assert start(arguments) == 0
        assert capsys.readouterr().out == overview() + "\n"
    context = click.Context(commands)
    options = [record for option in commands.get_params(context) if (record := option.get_help_record(context))]
    for names, meaning in options:
        assert f"  {names:<15}{meaning}" in overview()


def test_a_kept_program_runs_without_grammar_schema_or_engine(tmp_path: Path) -> None:
    document = '{"inputs": {"n": "int"}, "function_stack": [{"function": "return_value", "value": "<< n|abs >>"}]}'
    (tmp_path / "a.json").write_text(document)
    (tmp_path / "b.json").write_text("[]")
    arguments = ["run", "a", "-i", "n=-5"]
    modules_after(arguments, str(tmp_path))
    modules = modules_after(arguments, str(tmp_path))
    assert not modules.intersection(HEAVY)
    stages = ("normalize", "validate", "parse", "resolve", "lint", "compile", "tree", "expression", "background")
    assert not {f"interpreter.{stage}" for stage in stages} & modules


def test_interrupted(tmp_path: Path) -> None:
    nodes = '[{"function": "log", "message": "begun"}, {"function": "wait", "duration": 60}]'
    (tmp_path / "a.json").write_text(nodes)
    with subprocess.Popen(
        [sys.executable, "-m", "interpreter", "run", "a.json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "begun" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "run/interrupted" in err
    assert "Traceback" not in err


def test_a_worker_tells_of_itself_on_stderr_and_ends_well(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "interpreter", "worker", "--concurrency", "1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().endswith("serves every queue with 1 process\n")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")


def test_the_reader_of_the_output_goes_away() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "interpreter", "explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=30)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (141, "")
