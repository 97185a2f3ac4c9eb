"""Delays outlive workers, the bus and its impatience; none is early or doubled, and a clock that jumps harms none."""

from __future__ import annotations

import os
import signal
import statistics
import time

import pytest
from engines.conftest import LENIENCE, Place, until

from interpreter.background.upkeep import sweep
from interpreter.diagnostic import Fault

LONG = bool(os.environ.get("LONG_FAULTS"))
MOST_LATE = 0.5 * LENIENCE
"""Seconds, for 95 of 100."""


def lateness(place: Place, ids: list[str], due: float) -> list[float]:
    rows = place.engine.records.database.run(
        f"SELECT started_at FROM _executions WHERE id IN ({','.join('?' * len(ids))})", ids
    )
    return sorted(started - due for (started,) in rows)


def test_a_delay_longer_than_the_bus_is_patient(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """20 s with a visibility timeout of 5 s; in the short run 3 s with 1 s."""
    seconds, patience = (20, 5) if LONG else (3, 1)
    monkeypatch.setenv("STAND_VISIBILITY", str(patience))
    place.start_worker(2)
    place.start_worker(2)
    began = time.time()
    ids = [place.dispatch("note", {"line": str(number)}, delay=seconds) for number in range(20)]
    dispatched = time.time()
    assert {record["state"] for record in place.engine.wait(ids, seconds + 20)} == {"completed"}
    assert sorted(place.witnessed(), key=int) == [str(number) for number in range(20)]
    assert lateness(place, ids, began + seconds)[0] >= 0
    assert lateness(place, ids, dispatched + seconds)[18] < MOST_LATE


def test_many_delays_end_in_time(place: Place) -> None:
    place.start_worker(2)
    began = time.time()
    dues = [began + 3 + number / 100 for number in range(200)]
    ids = [place.dispatch("echo", delay=due - time.time()) for due in dues]
    place.engine.wait(ids, 30)
    late = [lateness(place, [execution_id], due)[0] for execution_id, due in zip(ids, dues)]
    assert min(late) > -0.01
    assert statistics.quantiles(late, n=20)[18] < MOST_LATE


def test_a_delay_survives_the_restart_of_everything(embedded: Place) -> None:
    worker = embedded.start_worker(1)
    execution_id = embedded.dispatch("note", {"line": "there"}, delay=1.5)
    embedded.engine.publisher.client.flushall()
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    embedded.engine.close()
    embedded.engine = embedded.new_engine()
    assert embedded.state(execution_id) == "delayed"
    embedded.start_worker(1)
    embedded.finish(execution_id)
    assert embedded.witnessed() == ["there"]


@pytest.mark.parametrize("delay", ["366 days", 31_622_400, "1h 30m", "0", None, ""])
def test_delays_that_are(embedded: Place, delay: object) -> None:
    assert embedded.state(embedded.dispatch("echo", delay=delay)) in ("delayed", "queued")


@pytest.mark.parametrize("delay", [-1, "-5m", "soon", "367 days", 1e300, True, [1], {"days": 1}])
def test_delays_that_are_none(embedded: Place, delay: object) -> None:
    with pytest.raises(Fault, match='"delay" is ') as raised:
        embedded.dispatch("echo", delay=delay)
    assert raised.value.code == "background/bad-option"
    assert embedded.engine.newest() == []


def test_a_clock_that_jumps_buries_nobody(embedded: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour ahead, as after a sleep of the machine, and back: the work of a living worker stays its own."""
    embedded.start_worker(1)
    execution_id = embedded.dispatch("hold")
    until(embedded.witnessed)
    sweeper = embedded.engine.sweeper
    for jump in (3600, -3600):
        monkeypatch.setattr(sweep, "_now", lambda jump=jump: time.time() + jump)
        sweeper.bury_workers()
        assert embedded.state(execution_id) == "running"
        monkeypatch.undo()
        sweeper.bury_workers()
    embedded.release()
    assert embedded.finish(execution_id)["attempt"] == 1
