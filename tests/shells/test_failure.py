"""The table of exit codes, and what -o json makes of a failure."""

from __future__ import annotations

import json

import click
import pytest

from interpreter.cli.failure import exit_code, report
from interpreter.diagnostic import Diagnostic, Fault, Halt, Rejected, Step


def rejected(code: str) -> Rejected:
    return Rejected([Diagnostic(code, "it is wrong")])


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (Fault("run/missing", "x"), 1),
        (Halt("run/budget", "x"), 1),
        (click.UsageError("x"), 2),
        (Fault("background/unknown-execution", "x"), 2),
        (rejected("load/syntax"), 3),
        (rejected("workspace/settings"), 3),
        (rejected("input/invalid"), 4),
        (rejected("input/syntax"), 4),
        (Halt("run/timeout", "x"), 5),
        (Halt("run/cancelled", "x"), 5),
        (Fault("background/bus-unavailable", "x"), 6),
        (rejected("background/database-unavailable"), 6),
        (Fault("run/internal", "x"), 70),
        (ZeroDivisionError(), 70),
        (KeyboardInterrupt(), 130),
        (Halt("run/interrupted", "x"), 130),
        (BrokenPipeError(), 141),
    ],
)
def test_exit_code(raised: BaseException, code: int) -> None:
    assert exit_code(raised) == code


def test_a_fault_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    fault = Fault("run/missing", "it is not there")
    fault.trail = (Step("main", "log", "a.json", 1, 2),)
    assert report(fault, as_json=True) == 1
    out, err = capsys.readouterr()
    assert out == ""
    error = json.loads(err)["error"]
    assert (error["code"], error["message"]) == ("run/missing", "it is not there")
    assert error["trail"] == [{"stack": "main", "node": "log", "file": "a.json", "line": 1, "column": 2}]


def test_what_may_not_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(rejected("load/syntax"), as_json=True) == 3
    (found,) = json.loads(capsys.readouterr().err)["diagnostics"]
    assert found["code"] == "load/syntax"


def test_a_defect_shows_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        raise ZeroDivisionError("by zero")
    assert report(raised.value) == 70
    shown = capsys.readouterr().err
    assert "Traceback (most recent call last)" in shown
    assert "error[run/internal]: ZeroDivisionError: by zero" in shown


def test_a_defect_as_json_is_one_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        raise ZeroDivisionError("by zero")
    assert report(raised.value, as_json=True) == 70
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told["error"]["code"] == "run/internal"
    assert told["traceback"].startswith("Traceback (most recent call last)")
