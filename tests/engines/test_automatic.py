"""Nothing configured, nothing started: a run that dispatches has a bus and a worker, and both leave by themselves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from interpreter.background.bus import server as bus
from interpreter.background.engine import Engine
from interpreter.diagnostic import Fault
from interpreter.settings import read_settings

from .conftest import until

STACKS = {
    "main": [
        {"function": "create_variable", "name": "ids", "value": []},
        {
            "function": "for_loop",
            "count": 3,
            "operations": [
                {
                    "function": "custom_function",
                    "name": "double",
                    "inputs": {"x": "{{ loop_index }}"},
                    "execution_mode": "async",
                    "return_as": "id",
                },
                {"function": "update_variable", "name": "ids", "operation": "append", "value": "{{ id }}"},
            ],
        },
        {"function": "async_function_await", "execution_ids": "{{ ids }}", "timeout": 60, "return_as": "records"},
        {"function": "return_response", "body": "{{ records|map('output') }}"},
    ],
    "double": {"function_stack": [{"function": "return_value", "value": "{{ input.x * 2 }}"}]},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "interpreter.toml").write_text("worker_idle = 0.5\n")
    (tmp_path / "main.json").write_text(json.dumps(STACKS))
    return tmp_path


def interpreter(workspace: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "interpreter", *words]
    return subprocess.run(
        command, cwd=workspace, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


def workers(engine: Engine) -> list[tuple[Any, ...]]:
    return engine.records.database.run("SELECT process FROM _workers")


def test_a_run_has_a_worker_and_leaves_nothing_behind(workspace: Path) -> None:
    ran = interpreter(workspace, "run", "main.json")
    assert (ran.returncode, json.loads(ran.stdout)) == (0, [0, 2, 4]), ran.stderr
    settings = read_settings(workspace, {})
    engine = Engine(settings, workspace, automatic=False)
    path = bus.socket_path(settings.state_dir)
    until(lambda: not workers(engine) and not bus.answers(path))
    assert {record["state"] for record in engine.newest()} == {"completed"}
    engine.close()


def test_a_worker_that_cannot_start_is_told_of(workspace: Path) -> None:
    settings = read_settings(workspace, {})
    engine = Engine(settings, workspace / "nowhere")
    (workspace / "nowhere").mkdir()
    (workspace / "nowhere" / "interpreter.toml").write_text("nonsense = 1\n")
    try:
        execution_id = engine.dispatch("double", {"x": 1}, {})
        with pytest.raises(Fault, match="nonsense") as told:
            engine.wait([execution_id], 30)
        assert told.value.code == "background/no-worker"
    finally:
        engine.close()


def test_a_worker_that_was_killed_is_replaced(workspace: Path) -> None:
    (workspace / "interpreter.toml").write_text("worker_idle = 0.5\nworker_lost_after = 1\nheartbeat = 0.2\n")
    engine = Engine(read_settings(workspace, {}), workspace)
    try:
        engine.wait([engine.dispatch("double", {"x": 1}, {})], 30)
        ((killed,),) = workers(engine)
        os.killpg(killed, signal.SIGKILL)
        (record,) = engine.wait([engine.dispatch("double", {"x": 4}, {})], 30)
        assert record["output"] == 8, record
    finally:
        engine.close()


def test_nothing_outlives_the_state_folder(workspace: Path) -> None:
    """A worker stays for what is delayed; where its folder is deleted it leaves at once, and so does the bus."""
    (workspace / "interpreter.toml").write_text("worker_idle = 0.2\nheartbeat = 0.2\n")
    engine = Engine(read_settings(workspace, {}), workspace)
    try:
        engine.dispatch("double", {"x": 1}, {"delay": 3600})
        ((worker,),) = until(lambda: workers(engine))
        state = engine.settings.state_dir
        started = [process for process in psutil.process_iter(["cmdline"]) if _works_in(process, state)]
        assert len(started) >= 2  # the keeper and its server
        started.append(psutil.Process(worker))
    finally:
        engine.close()
    shutil.rmtree(state)
    until(lambda: not any(process.is_running() and process.status() != "zombie" for process in started))


def _works_in(process: psutil.Process, state: Path) -> bool:
    return bus.socket_path(state) in " ".join(process.info["cmdline"] or [])
