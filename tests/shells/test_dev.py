"""One terminal for a workspace: what its executions do is told, changes are taken up, and Ctrl-C leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.engines.conftest import until

HELLO = [{"function": "set_progress", "value": 50, "message": "half"}, {"function": "return_value", "value": "hello"}]
CALL = [{"function": "custom_function", "name": "hello", "execution_mode": "async"}]


def written(folder: Path) -> None:
    (folder / "interpreter.toml").write_text("heartbeat = 0.2\nworker_idle = 0.5\nconcurrency = 1\n")
    (folder / "hello.json").write_text(json.dumps({"name": "hello", "function_stack": HELLO}))
    (folder / "call.json").write_text(json.dumps({"name": "call", "function_stack": CALL}))


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "interpreter", *words], cwd=folder, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def run(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "interpreter", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout


def out(folder: Path) -> str:
    return (folder / "out").read_text()


def workers_of(folder: Path) -> set[int]:
    found = psutil.process_iter(["pid", "cmdline"])
    return {each.info["pid"] for each in found if {"worker", str(folder)} <= set(each.info["cmdline"] or [])}


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_executions_are_told_of_and_nothing_is_left(tmp_path: Path, told: signal.Signals) -> None:
    written(tmp_path)
    with started(tmp_path, "dev") as dev:
        until(lambda: "Ctrl-C ends them" in out(tmp_path))
        run(tmp_path, "run", "call", "--detach")
        until(lambda: "completed hello" in out(tmp_path))
        dev.send_signal(told)
        assert dev.wait(30) == 0, out(tmp_path)
    assert "Traceback" not in out(tmp_path)
    until(lambda: not workers_of(tmp_path) and not _servers(tmp_path))


def _servers(folder: Path) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(each.info["cmdline"] or [])]


def test_a_new_worker_takes_over_when_documents_change(tmp_path: Path) -> None:
    written(tmp_path)
    with started(tmp_path, "dev") as dev:
        until(lambda: "Ctrl-C ends them" in out(tmp_path))
        (tmp_path / "hello.json").write_text('[{"function": "nope"}]')
        until(lambda: "the worker goes on with what it knows" in out(tmp_path))
        (tmp_path / "hello.json").write_text(json.dumps({"name": "hello", "function_stack": HELLO[1:]}))
        until(lambda: "a new worker takes over" in out(tmp_path))
        run(tmp_path, "run", "call", "--detach")
        until(lambda: "completed hello" in out(tmp_path))
        dev.send_signal(signal.SIGINT)
        assert dev.wait(30) == 0
    assert "nope" in out(tmp_path)


def test_a_reloading_worker_is_one_that_can_be_told_to_stop(tmp_path: Path) -> None:
    written(tmp_path)
    words = ("worker", "--reload", "--workspace", str(tmp_path))
    with started(tmp_path, *words) as worker:
        first = until(lambda: {pid for pid in workers_of(tmp_path) if pid != worker.pid and _beats(tmp_path, pid)})
        (tmp_path / "interpreter.toml").write_text("heartbeat = 0.2\nconcurrency = 1\ncall_depth = 50\n")
        until(lambda: "a new worker takes over" in out(tmp_path))
        until(lambda: not any(psutil.pid_exists(pid) and _beats(tmp_path, pid) for pid in first))
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(30) == 0, out(tmp_path)


def _beats(folder: Path, process: int) -> bool:
    from interpreter.database import Database

    if not (folder / ".interpreter" / "workspace.db").exists():
        return False
    database = Database(None, folder / ".interpreter")
    try:
        return bool(database.run("SELECT 1 FROM _workers WHERE process=?", (process,)))
    except Exception:  # its tables are being made
        return False
    finally:
        database.close()
