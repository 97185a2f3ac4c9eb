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
from bench.databases import databases
from bench.table import Row, duration
from interpreter import finding, pipeline
from interpreter.background.engine import Engine
from interpreter.run import Foreground

CALLS = 2_000
AWAITED = 1_000
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
    """One way of calling: its worker, and what it took in each round.

    ``await_dispatched`` gives the seconds that awaiting took, after as many calls had been dispatched.
    """

    def __init__(
        self,
        many: Callable[[int], object],
        one_by_one: Callable[[int], list[float]],
        await_dispatched: Callable[[int], float],
        worker: int,
    ) -> None:
        self._many = many
        self._one_by_one = one_by_one
        self._await_dispatched = await_dispatched
        self._worker = psutil.Process(worker)
        self.together: Rounds = []
        self.processor: Rounds = []
        self.alone: Rounds = []
        self.slow: Rounds = []
        self.awaiting: Rounds = []

    def warm(self) -> None:
        """Once, so that connections are open and programs are kept."""
        self._many(100)
        self._one_by_one(10)

    def round(self, calls: int, awaited: int) -> None:
        """Seconds from the first call to the last result, processor seconds of caller and worker, and those that a
        call by itself takes from dispatch to result: the middle of a hundred, and the 95th."""
        busy, began = self._busy(), time.perf_counter()
        self._many(calls)
        self.together.append(time.perf_counter() - began)
        self.processor.append((self._busy() - busy) / calls)
        lone = sorted(self._one_by_one(LONE_CALLS))
        self.alone.append(middle(lone))
        self.slow.append(lone[len(lone) * 95 // 100])
        self.awaiting.append(self._await_dispatched(awaited))

    def _busy(self) -> float:
        spent = [process.cpu_times() for process in (self._worker, *self._worker.children())]
        return time.process_time() + sum(each.user + each.system for each in spent)


def measure(rounds: int = 7, calls: int = CALLS, awaited: int = AWAITED) -> list[Row]:
    with ExitStack() as opened:
        found = opened.enter_context(databases())
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        settings = {"SQLite": "", "PostgreSQL": f'database_url = "{getattr(found.get("PostgreSQL"), "url", "")}"\n'}
        ways = {name: _ours(opened, folder / name, settings[name]) for name in found}
        ways["Celery"] = _raw(opened, folder)
        for way in ways.values():
            way.warm()
        for _ in range(rounds):
            for way in ways.values():
                way.round(calls, awaited)
    return _rows(calls, awaited, ways)


def _ours(opened: ExitStack, root: Path, settings: str) -> Way:
    """Calls as a stack makes them, in a workspace with these settings and a worker."""
    root.mkdir()
    (root / "interpreter.toml").write_text(settings, encoding="utf-8")
    for stack in (NOTHING, MANY, ONE_BY_ONE):
        (root / f"{stack['name']}.json").write_text(json.dumps(stack), encoding="utf-8")
    workspace = pipeline.open_workspace(None, root, {})
    engine = opened.enter_context(closing(Engine(workspace.settings, workspace.root, automatic=False)))
    os.environ.setdefault("BENCH_BUS", engine.bus.url.removeprefix("unix://").partition("?")[0])
    command = [sys.executable, "-m", "interpreter", "worker", "--workspace", str(root), "--concurrency", "2"]
    worker = opened.enter_context(_worker(command, root))

    def run(name: str, count: int) -> Any:
        begun = Foreground(find=finding.finder(workspace), executions=engine, limits=workspace.settings)
        return begun.start(finding.find(workspace, name), {"count": count}).body

    def many(count: int) -> None:
        completed = run("many", count)
        assert completed == count, f"{completed} of {count} have completed"

    def await_dispatched(count: int) -> float:
        ids = [engine.dispatch("nothing", {}, {}) for _ in range(count)]
        began = time.perf_counter()
        records = engine.wait(ids, PATIENCE)
        assert {record["state"] for record in records} == {"completed"}
        return time.perf_counter() - began

    return Way(many, lambda count: list(run("one_by_one", count)), await_dispatched, worker)


def _raw(opened: ExitStack, folder: Path) -> Way:
    """Celery's own calls, on the bus of the first workspace."""
    from bench import raw_celery

    worker = opened.enter_context(_worker(raw_celery.WORKER, folder))
    return Way(raw_celery.many, raw_celery.one_by_one, raw_celery.await_dispatched, worker)


def _rows(calls: int, awaited: int, ways: dict[str, Way]) -> list[Row]:
    ours, raw = ways["SQLite"], ways["Celery"]
    rows = [
        _throughput(f"{calls:,} background calls from one stack, awaited", calls, ours, raw, 2.5),
        Row(
            f"awaiting {awaited:,} that were dispatched",
            duration(middle(ours.awaiting)),
            f"{duration(middle(raw.awaiting))}, Celery's ResultSet",
            ratio(ours.awaiting, raw.awaiting),
            0.5,
        ),
        Row(
            "processor time of one call, caller and worker",
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
            0.75,
        ),
        Row(
            "the same, p95",
            duration(middle(ours.slow)),
            f"{duration(middle(raw.slow))}, raw Celery",
            ratio(ours.slow, raw.slow),
            1.0,
        ),
    ]
    if "PostgreSQL" in ways:
        rows.insert(1, _throughput("the same with PostgreSQL", calls, ways["PostgreSQL"], raw, 0.8))
    return rows


def _throughput(work: str, calls: int, ours: Way, raw: Way, goal: float) -> Row:
    return Row(
        work,
        f"{calls / middle(ours.together):,.0f} a second",
        f"{calls / middle(raw.together):,.0f} a second, raw Celery",
        ratio(raw.together, ours.together),
        goal,
        least=True,
    )


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
