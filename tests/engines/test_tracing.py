"""A trace that comes in goes on: through the run, its executions and theirs, each with a span of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interpreter import execution, finding, pipeline, tracing

from .conftest import Place, until
from .test_worker_output import worker

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        (GIVEN, GIVEN),
        (f" {GIVEN} ", GIVEN),
        (GIVEN.replace("00-", "cc-", 1) + "-what-the-future-will-be-like", GIVEN),
        (GIVEN + "-more", None),
        (GIVEN.upper(), None),
        (GIVEN.replace("00-", "ff-", 1), None),
        ("00-" + "0" * 32 + GIVEN[35:], None),
        (GIVEN[:36] + "0" * 16 + "-01", None),
        ("", None),
        (7, None),
        (None, None),
    ],
)
def test_headers(header: object, parsed: str | None) -> None:
    assert tracing.parse(header) == parsed
    assert tracing.received({"TraceParent": header}, {}) == parsed
    assert tracing.received({}, {"TRACEPARENT": str(header)}) == parsed


def test_a_trace_goes_through_everything_that_a_run_sets_going(embedded: Place) -> None:
    call = {"function": "custom_function", "execution_mode": "async", "return_as": "id"}
    shown = {"function": "return_value", "value": "<< execution.traceparent >>"}
    middle = [{**call, "name": "leaf"}, {"function": "await", "ids": "<< id >>", "return_as": "leaves"}]
    middle.append({"function": "return_value", "value": ["<< execution.traceparent >>", "<< leaves[0].output >>"]})
    for name, stack in (("leaf", [shown]), ("middle", middle), ("top", [{**call, "name": "middle"}, shown])):
        (embedded.root / f"{name}.json").write_text(json.dumps({"name": name, "function_stack": stack}))
    command = [sys.executable, "-m", "interpreter", "run", "top"]
    with worker(embedded):
        until(lambda: embedded.engine.records.database.run("SELECT 1 FROM _workers"))
        environment = {**os.environ, "TRACEPARENT": GIVEN}
        told = subprocess.run(command, cwd=embedded.root, env=environment, capture_output=True, text=True, check=True)
        record = next(each for each in embedded.engine.newest() if each["function_name"] == "middle")
        record = embedded.finish(record["execution_id"])
    seen = [json.loads(told.stdout), *record["output"]]
    assert {tracing.trace_id(each) for each in (GIVEN, *seen)} == {record["trace_id"]}
    assert len({GIVEN, *seen}) == 4
    assert {each[-2:] for each in seen} == {"01"}


def test_an_execution_that_nobody_traced_has_the_trace_of_its_root(place: Place) -> None:
    place.start_worker(1)
    record = place.run("fan", {"function": "echo", "n": 2})
    assert len(record["trace_id"]) == 32
    assert {each["trace_id"] for each in place.engine.newest()} == {record["trace_id"]}


def test_a_run_in_the_foreground_begins_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACEPARENT", raising=False)
    (tmp_path / "a.json").write_text('[{"function": "return_value", "value": "<< execution.traceparent >>"}]')
    workspace = pipeline.open_workspace(tmp_path / "a.json", None, {})
    found = finding.find(workspace, str(tmp_path / "a.json"))
    first, second = (execution.execute(workspace, found, {}).response.body for _ in range(2))
    assert tracing.parse(first) == first != second
