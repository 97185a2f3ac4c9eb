"""Documents and folders too large, too deep or too broken to write down: each one clear diagnostic, nothing run.

(The bad input that fits on a page stands in tests/cases/reject and tests/cases/run/limits.)
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interpreter import execution, finding, pipeline
from interpreter.cli import start

Printed = pytest.CaptureFixture[str]
PATIENCE = 20


def command(*words: str | Path) -> int:
    began = time.monotonic()
    code = start([str(word) for word in words])
    assert time.monotonic() - began < PATIENCE
    return code


def said(printed: Printed) -> str:
    captured = printed.readouterr()
    text = captured.out + captured.err
    assert "Traceback" not in text
    return text


def nested(depth: int, innermost: dict[str, Any], wrap: str = "group") -> str:
    """A node inside so many blocks."""
    inside = {
        "group": '{"function": "group", "operations": [',
        "loop": '{"function": "loop", "array": [1], "operations": [',
        "try_catch": '{"function": "try_catch", "catch_block": [], "try_block": [',
        "conditional": '{"function": "conditional", "condition": true, "true_branch": [',
    }[wrap]
    return f"[{inside * depth}{json.dumps(innermost)}{']}' * depth}]"


def test_a_document_of_ten_megabytes(tmp_path: Path, capsys: Printed) -> None:
    document = tmp_path / "large.json"
    document.write_text(json.dumps([{"function": "log", "message": "x" * 10_000_000}]))
    for word in ("validate", "run"):
        assert command(word, document) == 3
        assert "error[load/too-large]" in said(capsys)


@pytest.mark.parametrize("wrap", ["group", "loop", "try_catch", "conditional"])
@pytest.mark.parametrize("depth", [25, 60])
def test_blocks_nested_more_deeply_than_python_allows(tmp_path: Path, wrap: str, depth: int) -> None:
    document = tmp_path / "deep.json"
    document.write_text(nested(depth, {"function": "return_value", "value": "reached"}, wrap))
    workspace = pipeline.open_workspace(document, None, {})
    assert execution.execute(workspace, finding.find(workspace, str(document)), {}).response.body == "reached"


@pytest.mark.parametrize("wrap", ["group", "loop", "try_catch", "conditional"])
def test_five_hundred_nested_blocks(tmp_path: Path, capsys: Printed, wrap: str) -> None:
    document = tmp_path / "deep.json"
    document.write_text(nested(500, {"function": "return_value", "value": 1}, wrap))
    for word in ("validate", "run"):
        assert command(word, document) == 3
        found = said(capsys)
        assert "error[load/too-deep]" in found
        assert found.count("error[") == 1


MANY = 3000


def branch(number: int) -> dict[str, Any]:
    """One of many: it gives its number, and every third leaves the loop around."""
    ending = [{"function": "break_loop"}] if number % 3 == 0 else []
    set_found = {"function": "create_variable", "name": "found", "value": number}
    return {"condition": f"input.n == {number}", "branch": [set_found, *ending]}


def many_branches() -> dict[str, Any]:
    none = {"function": "create_variable", "name": "found", "value": "none"}
    branches = [branch(number) for number in range(MANY)]
    return {"function": "conditional", "condition": False, "else_if": branches, "false_branch": none}


def many_labels() -> dict[str, Any]:
    cases = {str(number): branch(number)["branch"] for number in range(MANY)}
    none = {"function": "create_variable", "name": "found", "value": "none"}
    return {"function": "switch", "value": "{{ input.n }}", "cases": cases, "default": none}


@pytest.mark.parametrize("choosing", [many_branches, many_labels])
def test_thousands_of_branches_run(tmp_path: Path, choosing: Callable[[], dict[str, Any]]) -> None:
    document = tmp_path / "many.json"
    after = {"function": "create_variable", "name": "found", "value": "{{ found ~ '.' }}"}
    stack = [
        {"function": "for_loop", "count": 2, "operations": [choosing(), after]},
        {"function": "return_value", "value": "{{ found }}"},
    ]
    document.write_text(json.dumps({"inputs": {"n": "int"}, "function_stack": stack}))
    workspace = pipeline.open_workspace(document, None, {})
    target = finding.find(workspace, str(document))
    expected = {0: 0, 100: "100.", 99: 99, 1999: "1999.", 2999: "2999.", 3000: "none.", 1: "1."}
    for number, found in expected.items():
        assert execution.execute(workspace, target, {"n": number}).response.body == found


def test_a_hundred_thousand_brackets(tmp_path: Path, capsys: Printed) -> None:
    document = tmp_path / "brackets.json"
    document.write_text("[" * 100_000)
    assert command("validate", document) == 3
    assert said(capsys).count("error[") == 1


@pytest.mark.parametrize("operator", ["+", "|upper|", "&&", "?.a?.", " ? 1 : "])
def test_an_expression_of_a_thousand_parts(tmp_path: Path, capsys: Printed, operator: str) -> None:
    document = tmp_path / "long.json"
    parts = "lower" if operator == "|upper|" else "a"
    document.write_text(json.dumps([{"function": "log", "message": "{{ a" + f"{operator}{parts}" * 3000 + " }}"}]))
    assert command("validate", document) in (0, 3)
    said(capsys)


def test_a_file_that_is_no_text(tmp_path: Path, capsys: Printed) -> None:
    document = tmp_path / "picture.json"
    document.write_bytes(b"\x89PNG\xff\xfe\x00")
    assert command("validate", document) == 3
    assert "error[load/not-text]" in said(capsys)


def test_a_file_that_cannot_be_read(tmp_path: Path, capsys: Printed) -> None:
    document = tmp_path / "gone.json"
    document.symlink_to(tmp_path / "nowhere.json")
    (tmp_path / "interpreter.toml").touch()
    assert command("validate", tmp_path) == 3
    assert "error[load/unreadable]" in said(capsys)


def test_a_state_folder_that_cannot_be_written(tmp_path: Path, capsys: Printed) -> None:
    """A run in the foreground needs none; what goes to the background says so at once."""
    (tmp_path / ".interpreter").write_text("a file stands where the folder should be")
    document = tmp_path / "sends.json"
    inner = {"function": "later", "function_stack": [{"function": "log", "message": "never"}]}
    document.write_text(json.dumps([{"function": "later", "execution_mode": "async"}, inner]))
    (tmp_path / "fine.json").write_text('[{"function": "return_value", "value": 1}]')
    assert command("run", tmp_path / "fine.json") == 0
    said(capsys)
    assert command("run", document) == 6
    assert "workspace/state-unwritable" in said(capsys)


def test_a_thousand_documents_that_call_one_another_in_a_circle(tmp_path: Path, capsys: Printed) -> None:
    for number in range(100):
        call = {"function": f"step_{(number + 1) % 100}", "return_as": "a"}
        (tmp_path / f"step_{number}.json").write_text(json.dumps([call]))
    assert command("run", tmp_path / "step_0.json") == 1
    assert "error[run/recursion]" in said(capsys)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
def test_a_document_cut_off(tmp_path: Path, capsys: Printed, cut: float) -> None:
    whole = (Path(__file__).parents[2] / "stacks" / "endpoints" / "place_order.json").read_text(encoding="utf-8")
    document = tmp_path / "cut.json"
    document.write_text(whole[: int(len(whole.rstrip()) * cut)], encoding="utf-8")
    assert command("validate", document) == 3
    said(capsys)


def test_an_environment_without_home(tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    (tmp_path / "fine.json").write_text('[{"function": "return_value", "value": 1}]')
    assert command("run", tmp_path / "fine.json") == 0
    assert said(capsys).strip() == "1"
    assert "HOME" not in os.environ
