"""The example workspace does what stands beside its documents, with the real engine.

A run has what is given (inputs) and what comes of it: result, response, error or errors, and how the executions end
that it sent to the background. ``"*"`` stands for what cannot be foreseen: ids and times.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from interpreter import execution, finding, pipeline
from interpreter.diagnostic import Fault, Rejected
from interpreter.values import plain_value

STACKS = Path(__file__).parent.parent / "stacks"
DOCUMENTS = sorted(path for path in STACKS.rglob("*.json") if not path.name.endswith(".runs.json"))
RUNS = [
    pytest.param(file.relative_to(STACKS), run, id=f"{file.name.removesuffix('.runs.json')} {number}")
    for file in sorted(STACKS.rglob("*.runs.json"))
    for number, run in enumerate(json.loads(file.read_text(encoding="utf-8")), 1)
]
PATIENCE = 30

pytestmark = pytest.mark.xdist_group("stacks")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("shop") / "stacks"
    shutil.copytree(STACKS, folder, ignore=shutil.ignore_patterns(".interpreter", ".env"))
    return pipeline.open_workspace(folder, None, {})


@pytest.mark.parametrize(("file", "run"), RUNS)
def test_run(workspace: Any, file: Path, run: dict[str, Any]) -> None:
    document = workspace.root / file.with_name(file.name.removesuffix(".runs.json") + ".json")
    found, sent = outcome_of(workspace, document, run.get("inputs", {}))
    expected = {key: run[key] for key in ("result", "response", "error", "errors") if key in run}
    assert alike(expected, found), found
    ended = execution.engine(workspace).wait(sent, PATIENCE) if sent else []
    assert Counter(record["status"] for record in ended) == run.get("background", {}), ended


def outcome_of(workspace: Any, document: Path, inputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a run gives, and the ids of what it sent away."""
    try:
        outcome = execution.execute(workspace, finding.find(workspace, str(document)), inputs, env={})
    except Rejected as rejected:
        return {"errors": [each.message for each in rejected.diagnostics]}, []
    except Fault as fault:
        return {"error": {"code": fault.code, "message": fault.message}}, []
    response = outcome.response
    if response.status == 200 and not response.headers:
        return {"result": plain_value(response.body)}, outcome.execution_ids
    answer = {"status": response.status, "headers": response.headers, "body": plain_value(response.body)}
    return {"response": answer}, outcome.execution_ids


def alike(expected: Any, found: Any) -> bool:
    """Equal, where ``"*"`` equals anything that is there."""
    if expected == "*":
        return found is not None
    if isinstance(expected, dict) and isinstance(found, dict):
        return list(expected) == list(found) and all(alike(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(alike, expected, found))
    return bool(expected == found)


def test_the_whole_workspace_is_valid(workspace: Any) -> None:
    report = pipeline.check(workspace, [workspace.root])
    assert (report.documents, report.diagnostics) == (len(DOCUMENTS), [])


def test_a_payment_that_is_tried_again_succeeds_in_the_end(workspace: Any) -> None:
    """The chain of retries, followed from execution to execution."""
    inputs = {"order_id": "o-9", "amount": 5, "first_delay": 0.01, "answers_from": 2}
    found, _ = outcome_of(workspace, workspace.root / "tasks" / "charge_card.json", inputs)
    answers = [found["result"]]
    while "next_attempt" in answers[-1]:
        record = execution.engine(workspace).wait([answers[-1]["next_attempt"]], PATIENCE)[0]
        assert record["status"] == "completed", record
        answers.append(record["output"])
    assert [answer.get("attempts") for answer in answers] == [None, None, 3]
