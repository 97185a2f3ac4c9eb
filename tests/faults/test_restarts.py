"""Workers are told to stop and replaced under load: a deployment loses nothing and does nothing twice."""

from __future__ import annotations

import os
import signal
from collections import Counter

from engines.conftest import PATIENCE, Place, until

LONG = "LONG_FAULTS" in os.environ
RESTARTS = 10 if LONG else 3
EACH = 300 if LONG else 100


def test_workers_restarted_under_load(place: Place) -> None:
    """Each new worker begins while the old one still ends what it has in hand."""
    worker = place.start_worker(2)
    ids = []
    for restart in range(RESTARTS):
        ids += [place.dispatch("note", {"line": f"{restart}.{number}"}) for number in range(EACH)]
        ids.append(place.dispatch("fan", {"function": "note", "n": 3, "line": f"fan {restart}"}))
        until(lambda floor=restart * EACH: len(place.witnessed()) > floor)
        os.kill(worker.pid, signal.SIGTERM)
        old, worker = worker, place.start_worker(2)
        assert old.wait(PATIENCE) == 0
    records = place.engine.wait(ids, 4 * PATIENCE)
    assert Counter(record["state"] for record in records) == {"completed": len(ids)}
    seen = Counter(place.witnessed())
    assert {seen[f"fan {restart}"] for restart in range(RESTARTS)} == {3}
    lines = [f"{restart}.{number}" for restart in range(RESTARTS) for number in range(EACH)]
    assert [line for line in lines if seen[line] != 1] == []
    assert {record["attempt"] for record in records} == {1}


def test_work_in_hand_is_ended_before_the_worker_leaves(place: Place) -> None:
    worker = place.start_worker(1)
    held = place.dispatch("hold")
    until(place.witnessed)
    os.kill(worker.pid, signal.SIGTERM)
    queued = place.dispatch("echo")
    place.release()
    assert place.finish(held)["attempt"] == 1
    assert worker.wait(PATIENCE) == 0
    assert place.state(queued) == "queued"
    place.start_worker(1)
    assert place.finish(queued)["state"] == "completed"
