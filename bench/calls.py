"""Background calls of a function that does nothing, from one stack, beside Celery's own on the same bus."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.table import Row, duration
from interpreter import execution, finding, pipeline
from interpreter.background import bus
from interpreter.workspace import Workspace

CALLS = 1_000
LONE_CALLS = 100
PATIENCE = 60.0

NOTHING = {"name": "nothing", "inputs": {}, "function_stack": [{"function": "return_value", "value": None}]}
CALL = {"function": "custom_function", "name": "nothing", "execution_mode": "async", "return_as": "id"}
MANY = {
    "name": "many",
    "inputs": {"count": "int"},
    "function_stack": [
        {
            "function": "for_loop",
            "count": "{{ input.count }}",
            "operations": [
                CALL,
                {"function": "update_variable", "name": "ids", "operation": "append", "value": "{{ id }}"},
            ],
        },
        {"function": "async_function_await", "execution_ids": "{{ ids }}", "timeout": PATIENCE, "return_as": "records"},
        {"function": "return_value", "value": "{{ records|filter(each => each.status == 'completed')|length }}"},
    ],
}
ONE_BY_ONE = {
    "name": "one_by_one",
    "inputs": {"count": "int"},
    "function_stack": [
        {
            "function": "for_loop",
            "count": "{{ input.count }}",
            "operations": [
                {"function": "create_variable", "name": "began", "value": "{{ now }}"},
                CALL,
                {"function": "async_function_await", "execution_ids": "{{ id }}", "timeout": PATIENCE},
                {
                    "function": "update_variable",
                    "name": "seconds",
                    "operation": "append",
                    "value": "{{ now - began }}",
                },
            ],
        },
        {"function": "return_value", "value": "{{ seconds }}"},
    ],
}


def measure(rounds: int = 7, calls: int = CALLS) -> list[Row]:
    with ExitStack() as opened:
        root = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        for stack in (NOTHING, MANY, ONE_BY_ONE):
            (root / f"{stack['name']}.json").write_text(json.dumps(stack), encoding="utf-8")
        workspace = pipeline.open_workspace(None, root, {})
        joined = bus.join(workspace.state, None)
        opened.callback(joined.leave)
        os.environ["BENCH_BUS"] = bus.socket_path(workspace.state.resolve())
        opened.enter_context(
            _worker(
                [sys.executable, "-m", "interpreter", "worker", "--workspace", str(root), "--concurrency", "2"], root
            )
        )
        from bench import raw_celery

        opened.enter_context(_worker(raw_celery.WORKER, root))
        ours, raw = Ours(workspace), Raw(raw_celery.nothing)
        for each in (ours, raw):  # warmed: connections are open, programs are kept
            each.many(50)
            each.one_by_one(10)
        together: dict[str, list[float]] = {"ours": [], "raw": []}
        alone: dict[str, list[float]] = {"ours": [], "raw": []}
        for _ in range(rounds):
            for name, each in (("ours", ours), ("raw", raw)):
                together[name].append(each.many(calls))
                alone[name] += each.one_by_one(LONE_CALLS)
    rate = {name: calls / statistics.median(seconds) for name, seconds in together.items()}
    middle = {name: statistics.median(seconds) for name, seconds in alone.items()}
    return [
        Row(
            f"{calls:,} background calls from one stack",
            f"{rate['ours']:.0f} a second",
            f"{rate['raw']:.0f} a second, raw Celery",
            rate["ours"] / rate["raw"],
            0.9,
            least=True,
        ),
        Row(
            "one background call, p50",
            duration(middle["ours"]),
            f"{duration(middle['raw'])}, raw Celery",
            middle["ours"] / middle["raw"],
            1.0,
        ),
    ]


class Ours:
    """Calls as a stack makes them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def many(self, count: int) -> float:
        """Seconds from the first call to the last result."""
        began = time.perf_counter()
        completed = self._run("many", count)
        assert completed == count, f"{completed} of {count} have completed"
        return time.perf_counter() - began

    def one_by_one(self, count: int) -> list[float]:
        """Seconds of each call, from dispatch to result."""
        return list(self._run("one_by_one", count))

    def _run(self, name: str, count: int) -> Any:
        program = finding.find(self._workspace, name)
        return execution.execute(self._workspace, program, {"count": count}, env={}).response.body


class Raw:
    """The same with Celery alone."""

    def __init__(self, nothing: Any) -> None:
        self._nothing = nothing

    def many(self, count: int) -> float:
        from celery.result import ResultSet

        began = time.perf_counter()
        answers = ResultSet([self._nothing.delay() for _ in range(count)]).get(timeout=PATIENCE)
        assert len(answers) == count
        return time.perf_counter() - began

    def one_by_one(self, count: int) -> list[float]:
        return [_seconds(lambda: self._nothing.delay().get(timeout=PATIENCE)) for _ in range(count)]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _worker(command: list[str], root: Path) -> Iterator[None]:
    """A worker as a process of its own, whose words go to a file."""
    with (root / "workers.log").open("ab") as log:
        worker = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(PATIENCE)
