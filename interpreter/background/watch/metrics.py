"""What the database knows becomes Prometheus' text format: what is open now, and what has ended since the beginning.

Nothing here counts rows that have ended: their sums are kept (``tally``), and what is open is found by its index.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from interpreter.background.store.records import OPEN, QUEUED
from interpreter.background.store.tally import BOUNDS, ENDED, RAN, WAITED, tally
from interpreter.database import Database, marks
from interpreter.settings import Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_UPPER = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")

Sample = tuple[str, Mapping[str, str], float]
"""The end of the name, the labels, the value."""


def metrics(database: Database, settings: Settings) -> str:
    """All metrics, as Prometheus reads them."""
    while tally(database):
        pass
    now = time.time()
    return "".join(
        (
            *_open_executions(database, now),
            *_workers(database, now - settings.worker_lost_after),
            *_ended(database),
            *_histogram(
                database, WAITED, "wait", "Time from being ready to run until a worker took it, at the last turn."
            ),
            *_histogram(database, RAN, "run", "Time from the first start to the end, waits included."),
        )
    )


def _open_executions(database: Database, now: float) -> Iterator[str]:
    rows = database.run(
        "SELECT queue, state, count(*), min(coalesce(published_at, created_at)) FROM _executions"
        f" WHERE state IN ({marks(len(OPEN))}) GROUP BY queue, state ORDER BY queue, state",
        OPEN,
    )
    depths = [("", {"queue": queue, "state": state}, number) for queue, state, number, _ in rows]
    yield from _written("executions", "gauge", "Executions that have not ended.", depths)
    ages = [("", {"queue": queue}, max(0.0, now - oldest)) for queue, state, _, oldest in rows if state == QUEUED]
    yield from _written("queue_oldest_seconds", "gauge", "Age of what has been queued for longest.", ages)


def _workers(database: Database, alive_since: float) -> Iterator[str]:
    ((workers, slots),) = database.run(
        "SELECT count(*), coalesce(sum(concurrency), 0) FROM _workers WHERE beat_at>=?", (alive_since,)
    )
    yield from _written("workers", "gauge", "Workers that gave a sign of life.", [("", {}, workers)])
    yield from _written("worker_slots", "gauge", "Executions that these can run at once.", [("", {}, slots)])


def _ended(database: Database) -> Iterator[str]:
    rows = database.run(
        "SELECT function, kind, state, number FROM _tallies WHERE measure=? ORDER BY function, kind, state", (ENDED,)
    )
    samples = [
        ("", {"function": function, "kind": kind, "state": state}, number) for function, kind, state, number in rows
    ]
    yield from _written("executions_ended_total", "counter", "Executions that have ended.", samples)


def _histogram(database: Database, measure: str, name: str, meaning: str) -> Iterator[str]:
    buckets: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
    seconds: dict[tuple[str, str, str], float] = defaultdict(float)
    for function, kind, state, bucket, number, total in database.run(
        "SELECT function, kind, state, bucket, number, seconds FROM _tallies WHERE measure=?", (measure,)
    ):
        buckets[function, kind, state][bucket] = number
        seconds[function, kind, state] += total
    samples = [sample for key in sorted(buckets) for sample in _series(key, buckets[key], seconds[key])]
    yield from _written(f"execution_{name}_seconds", "histogram", meaning, samples)


def _series(key: tuple[str, str, str], buckets: dict[int, int], seconds: float) -> Iterator[Sample]:
    labels = {name: value for name, value in zip(("function", "kind", "state"), key) if value}
    number = 0
    for bucket, upper in enumerate(_UPPER):
        number += buckets.get(bucket, 0)
        yield "_bucket", {**labels, "le": upper}, number
    yield "_sum", labels, seconds
    yield "_count", labels, number


def _written(name: str, kind: str, meaning: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP interpreter_{name} {meaning}\n# TYPE interpreter_{name} {kind}\n"
    for end, labels, value in samples:
        written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        shown = str(value) if isinstance(value, int) else f"{value:.6f}"
        yield f"interpreter_{name}{end}{{{written}}} {shown}\n" if written else f"interpreter_{name}{end} {shown}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
