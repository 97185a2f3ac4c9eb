"""Celery as one would use it by hand, at its best settings for this: the task that does nothing, results in Redis.

``BENCH_BUS`` names the socket of the server.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from celery import Celery
from celery.result import ResultSet

PATIENCE = 60.0
_SERVER = f"redis+socket://{os.environ.get('BENCH_BUS', '')}?virtual_host=1"

app = Celery("raw", broker=_SERVER, backend=_SERVER)
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    worker_send_task_events=False,
    task_send_sent_event=False,
    task_track_started=False,
    task_acks_late=False,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)

WORKER = [
    sys.executable,
    *("-m", "celery", "-A", "bench.raw_celery", "worker", "--pool", "prefork", "--concurrency", "2"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"),
]
"""How its worker is started: without what costs and is not needed on one machine."""


@app.task(name="nothing")  # type: ignore[untyped-decorator,unused-ignore]
def nothing() -> Any:
    return None


def many(count: int) -> None:
    """As many calls, and all their results in the order of the calls."""
    answers = [nothing.delay() for _ in range(count)]
    for answer in answers:
        answer.get(timeout=PATIENCE)


def one_by_one(count: int) -> list[float]:
    """Seconds of each call, from dispatch to result."""

    def one() -> float:
        began = time.perf_counter()
        nothing.delay().get(timeout=PATIENCE)
        return time.perf_counter() - began

    return [one() for _ in range(count)]


def await_dispatched(count: int) -> float:
    """Seconds that Celery's own way of awaiting many takes, after as many calls."""
    answers = ResultSet([nothing.delay() for _ in range(count)])
    began = time.perf_counter()
    answers.get(timeout=PATIENCE)
    return time.perf_counter() - began
