"""Background calls of a function that does nothing, from one stack, beside Celery's own on the same bus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.clock import Rounds, middle, ratio
from bench.table import Row, duration
from interpreter import finding, pipeline
from interpreter.background.engine import Engine
from interpreter.run import Foreground
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


class Way:
    """One way of calling: its worker, and what it took in each round."""

    def __init__(self, many: Callable[[int], object], one_by_one: Callable[[int], list[float]], worker: int) -> None:
        self._many = many
        self._one_by_one = one_by_one
        self._worker = psutil.Process(worker)
        self.together: Rounds = []
        self.processor: Rounds = []
        self.alone: Rounds = []

    def warm(self) -> None:
        """Once, so that connections are open and programs are kept."""
        self._many(100)
        self._one_by_one(10)

    def round(self, calls: int) -> None:
        """Seconds from the first call to the last result, processor seconds of caller and worker, and those that a
        call by itself takes from dispatch to result: the middle of a hundred."""
        busy, began = self._busy(), time.perf_counter()
        self._many(calls)
        self.together.append(time.perf_counter() - began)
        self.processor.append((self._busy() - busy) / calls)
        self.alone.append(middle(self._one_by_one(LONE_CALLS)))

    def _busy(self) -> float:
        spent = [process.cpu_times() for process in (self._worker, *self._worker.children())]
        return time.process_time() + sum(each.user + each.system for each in spent)


def measure(rounds: int = 7, calls: int = CALLS) -> list[Row]:
    with ExitStack() as opened:
        root = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        for stack in (NOTHING, MANY, ONE_BY_ONE):
            (root / f"{stack['name']}.json").write_text(json.dumps(stack), encoding="utf-8")
        workspace = pipeline.open_workspace(None, root, {})
        engine = opened.enter_context(closing(Engine(workspace.settings, workspace.root, automatic=False)))
        os.environ["BENCH_BUS"] = engine.bus.url.removeprefix("unix://").partition("?")[0]
        from bench import raw_celery

        ours = [sys.executable, "-m", "interpreter", "worker", "--workspace", str(root), "--concurrency", "2"]
        ways = (
            _ours(workspace, engine, opened.enter_context(_worker(ours, root))),
            Way(raw_celery.many, raw_celery.one_by_one, opened.enter_context(_worker(raw_celery.WORKER, root))),
        )
        for way in ways:
            way.warm()
        for _ in range(rounds):
            for way in ways:
                way.round(calls)
    return _rows(calls, *ways)


def _ours(workspace: Workspace, engine: Engine, worker: int) -> Way:
    """Calls as a stack makes them."""

    def run(name: str, count: int) -> Any:
        begun = Foreground(find=finding.finder(workspace), executions=engine, limits=workspace.settings)
        return begun.start(finding.find(workspace, name), {"count": count}).body

    def many(count: int) -> None:
        completed = run("many", count)
        assert completed == count, f"{completed} of {count} have completed"

    return Way(many, lambda count: list(run("one_by_one", count)), worker)


def _rows(calls: int, ours: Way, raw: Way) -> list[Row]:
    return [
        Row(
            f"{calls:,} background calls from one stack",
            f"{calls / middle(ours.together):,.0f} a second",
            f"{calls / middle(raw.together):,.0f} a second, raw Celery",
            ratio(raw.together, ours.together),
            0.9,
            least=True,
        ),
        Row(
            "processor time of one of them, caller and worker",
            duration(middle(ours.processor)),
            f"{duration(middle(raw.processor))}, raw Celery",
            ratio(ours.processor, raw.processor),
            1.0,
        ),
        Row(
            "a background call by itself, p50",
            duration(middle(ours.alone)),
            f"{duration(middle(raw.alone))}, raw Celery",
            ratio(ours.alone, raw.alone),
            1.0,
        ),
    ]


@contextmanager
def _worker(command: list[str], root: Path) -> Iterator[int]:
    """A worker as a process of its own, whose words go to a file; its process id."""
    with (root / "workers.log").open("ab") as log:
        worker = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ)
    try:
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait(PATIENCE)
