"""A stack and its inputs become its answer on stdout; then what it sent to the background is waited for."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli import suggest
from interpreter.cli.command import Command, output_option, workspace_of, workspace_option
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.context import Response
    from interpreter.execution import Rehearsed
    from interpreter.program import Program
    from interpreter.rehearsal.rehearsal import Told
    from interpreter.workspace import Workspace


LONGEST_ANSWER = 200
"""Characters of an answer in a dry run's line."""


@click.command(cls=Command)
@click.argument("target", metavar="FILE|NAME", shell_complete=suggest.documents)
@click.option(
    "-i",
    "--set",
    "arguments",
    metavar="NAME=VALUE",
    multiple=True,
    help="An input: name=text (read as its declared type), name:=json, name=@file, name:=@file.",
)
@click.option("--input", "input_file", metavar="FILE", help="A JSON object of inputs; - reads stdin.")
@click.option("--full", is_flag=True, help="Print status, headers, body and execution ids.")
@output_option
@click.option(
    "--env-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="More variables that this run may read; its background work reads .env and env_allow only.",
)
@click.option("--strict", is_flag=True, help="Reading through something missing is an error.")
@click.option("--dry-run", is_flag=True, help="Do nothing to the world: print on stderr what would be done.")
@click.option(
    "--mock",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Answers, as JSON, that stand for those of nodes and functions, by name or place.",
)
@click.option("--trace", is_flag=True, help="Show on stderr what the run does to the world: background calls, waits, …")
@workspace_option
@click.option("--detach", is_flag=True, help="Do not wait for background executions.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(min=0, min_open=True), help="The most to wait.")
@click.option("--python-traceback", is_flag=True, help="Show Python's own traceback of an error too.")
def command(
    target: str,
    arguments: tuple[str, ...],
    input_file: str | None,
    full: bool,
    output: str | None,
    env_file: Path | None,
    strict: bool,
    dry_run: bool,
    mock: Path | None,
    trace: bool,
    workspace: Path | None,
    detach: bool,
    timeout: float | None,
    python_traceback: bool,
) -> int:
    """Run a stack and print its answer.

    The answer is JSON: indented, or on one line with -o json; -o text prints a text as it is. Nothing else goes to
    stdout. If background executions are open when the stack has answered, the command waits for them, unless
    --detach is given; how they end is told on stderr and does not change the exit code.
    """
    from interpreter import execution, finding

    began = time.monotonic()
    here = workspace_of(target, workspace)
    program = finding.find(here, target)
    with closing(execution.Session(here)) as session:
        outcome = execution.execute(
            here,
            program,
            given_inputs(input_file, arguments),
            session=session,
            env=_environment(here, env_file),
            strict=strict,
            timeout=timeout,
            trace=print_step if trace else None,
            rehearsed=_rehearsed(here, program, mock, dry_run, output == "json"),
        )
        print(_answer(outcome.response, outcome.execution_ids, full, output), flush=True)
        if not outcome.execution_ids or detach:
            return 0
        from interpreter.cli.progress import watch

        left = None if timeout is None else max(0.0, timeout - (time.monotonic() - began))
        return watch(session.engine, outcome.execution_ids, left, quiet=output == "json")


def _rehearsed(workspace: Workspace, program: Program, file: Path | None, dry: bool, as_json: bool) -> Rehearsed | None:
    if not dry and file is None:
        return None
    from interpreter.execution import Rehearsed
    from interpreter.rehearsal.mocks import Mocks

    mocks = Mocks()
    if file is not None:
        from interpreter.rehearsal.reading import read_mocks

        mocks = read_mocks(file, workspace, program)
    return Rehearsed(mocks, dry, (print_told_as_json if as_json else print_told) if dry else None)


def print_told(told: Told) -> None:
    """One action of a dry run on stderr: where, what, with what, and what was answered in its stead."""
    from interpreter.values import preview

    came = f"error: {told.error}" if told.error is not None else preview(told.answer, LONGEST_ANSWER)
    print(f"would: {told.place} {told.node} {encode(told.parameters)} → {came}", file=sys.stderr)


def print_told_as_json(told: Told) -> None:
    print(encode({"would": told._asdict()}), file=sys.stderr)


def given_inputs(input_file: str | None, arguments: tuple[str, ...]) -> dict[str, Any]:
    """What ``--input`` and, over it, ``-i`` give."""
    from interpreter.inputs import parse_argument, parse_inputs, read_text

    given: dict[str, Any] = {}
    if input_file == "-":
        given = parse_inputs(sys.stdin.buffer.read().decode("utf-8-sig", "replace"), "<stdin>")
    elif input_file is not None:
        given = parse_inputs(read_text(Path(input_file)), input_file)
    given.update(map(parse_argument, arguments))
    return given


def _environment(workspace: Any, env_file: Path | None) -> dict[str, str] | None:
    if env_file is None:
        return None
    from interpreter.settings import stack_environment

    return stack_environment(workspace.settings, workspace.root, os.environ, env_file)


def _answer(response: Response, executions: list[str], full: bool, output: str | None) -> str:
    shown = response.body
    if full:
        shown = {
            "status": response.status,
            "headers": response.headers,
            "body": response.body,
            "executions": executions,
        }
    if output == "text" and isinstance(shown, str):
        return shown
    return encode(shown, indent=None if output == "json" else 2)


def print_step(place: str, name: str, state: str, result: Any, seconds: float) -> None:
    """One action of a run on stderr: where, what, how long, and the beginning of its result."""
    from interpreter.values import preview

    print(f"trace: {place} {name} {state} in {seconds * 1000:.2f} ms: {preview(result)}", file=sys.stderr)
