"""The example workspace does what stands beside its documents, with the real engine and a database of its own.

A run has what is given (inputs, and under ``given`` rows by table) and what comes of it: result, response, error or
errors, how the executions end that it sent to the background, and what then stands in the tables, as far as it is
said. ``"*"`` stands for what cannot be foreseen: ids and times. The runs of one file follow one another.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from interpreter import execution, finding, pipeline
from interpreter.diagnostic import Fault, Rejected
from interpreter.execution import Session
from interpreter.values import plain_value
from interpreter.workspace import Workspace

STACKS = Path(__file__).parent.parent / "stacks"
DOCUMENTS = sorted(path for path in STACKS.rglob("*.json") if not path.name.endswith(".runs.json"))
RUNS = sorted(path.relative_to(STACKS) for path in STACKS.rglob("*.runs.json"))
PATIENCE = 30

pytestmark = pytest.mark.xdist_group("stacks")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    shutil.copytree(STACKS, tmp_path / "stacks", ignore=shutil.ignore_patterns(".interpreter", ".env"))
    return pipeline.open_workspace(tmp_path / "stacks", None, {})


@pytest.fixture
def session(workspace: Workspace) -> Iterator[Session]:
    with closing(Session(workspace)) as opened:
        yield opened


@pytest.mark.parametrize("file", RUNS, ids=str)
def test_runs(workspace: Workspace, session: Session, file: Path) -> None:
    document = workspace.root / file.with_name(file.name.removesuffix(".runs.json") + ".json")
    for run in json.loads((STACKS / file).read_text(encoding="utf-8")):
        for table, records in run.get("given", {}).items():
            session.world.tables.add_all(table, records)
        found, sent = outcome_of(workspace, session, document, run.get("inputs", {}))
        expected = {key: run[key] for key in ("result", "response", "error", "errors") if key in run}
        assert alike(expected, found), found
        ended = session.engine.wait(sent, PATIENCE) if sent else []
        assert Counter(record["status"] for record in ended) == run.get("background", {}), ended
        for table, records in run.get("tables", {}).items():
            assert in_part(records, plain_value(session.world.tables.find(table, {"sort": "id"})))


def outcome_of(
    workspace: Workspace, session: Session, document: Path, inputs: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What a run gives, and the ids of what it sent away."""
    try:
        program = finding.find(workspace, str(document))
        outcome = execution.execute(workspace, program, inputs, session=session, env={})
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


def in_part(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> bool:
    """As many records, alike in the columns that are said."""
    assert len(expected) == len(found), found
    return all(alike(each, {name: row[name] for name in each}) for each, row in zip(expected, found))


def test_the_whole_workspace_is_valid(workspace: Workspace) -> None:
    report = pipeline.check(workspace, [workspace.root])
    assert (report.documents, report.diagnostics) == (len(DOCUMENTS), [])
