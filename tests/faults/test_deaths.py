"""Real processes are killed while they work: nothing is lost, nothing recorded is done twice."""

from __future__ import annotations

import json
import os
import signal
import time

from engines.conftest import LENIENCE, Place, until


def test_a_poison_pill_is_given_up_and_harms_no_other(place: Place) -> None:
    place.start_worker(2)
    others = [place.dispatch("echo", {"i": i}) for i in range(10)]
    record = place.run("poison")
    assert (record["state"], record["error"], record["attempt"]) == ("error", "background/worker-lost", 3)
    assert place.witnessed() == ["poison"] * 3
    assert {each["state"] for each in place.engine.wait(others, 20)} == {"completed"}


def test_a_process_that_dies_with_twenty_in_its_hands_harms_one(place: Place) -> None:
    ids = [place.dispatch("poison" if i == 150 else "echo", {"i": i}) for i in range(300)]
    place.start_worker(2)
    records = place.engine.wait(ids, 60)
    poisoned = records.pop(150)
    assert poisoned["error"] == "background/worker-lost"
    assert poisoned["error_message"].startswith("its process died 3 times while it ran; at last Worker exited")
    assert "SIGKILL" in poisoned["error_message"]
    assert {(record["state"], record["attempt"]) for record in records} == {("completed", 1)}
    rows = place.engine.records.database.run("SELECT attempt, ending FROM _turns ORDER BY attempt")
    assert rows == [(1, "lost"), (2, "lost")]


def test_the_work_of_a_killed_worker_goes_to_another(place: Place) -> None:
    worker = place.start_worker(2)
    ids = [place.dispatch("hold", {"name": str(i)}) for i in range(6)]
    until(lambda: len(place.witnessed()) == 2)
    os.killpg(worker.pid, signal.SIGKILL)
    place.release()
    place.start_worker(2)
    records = place.engine.wait(ids, 30)
    assert {record["state"] for record in records} == {"completed"}
    assert sum(record["attempt"] for record in records) == 8


def test_a_killed_run_goes_on_after_its_last_recorded_action(place: Place) -> None:
    place.start_worker(1)
    record = place.run("steps_and_death")
    assert record["output"] == list(range(10))
    assert record["attempt"] == 2
    assert place.witnessed() == [f"action {number}" for number in range(10)]


def test_a_run_killed_after_each_of_its_actions_in_turn_gives_the_same_and_repeats_none(place: Place) -> None:
    place.engine.records.database.run("CREATE TABLE rows (execution INTEGER, number INTEGER)")
    place.start_worker(2)
    ids = [place.dispatch("every_kind_of_step", {"deadly": point}) for point in range(30)]
    for point, record in enumerate(place.engine.wait(ids, 60)):
        assert record["state"] == "completed", record
        assert record["attempt"] == 2
        before = json.loads((place.root / f"died-{point}").read_text())
        assert record["output"]["seen"][: len(before)] == before
        assert [line for line in place.witnessed() if line.startswith(f"{point} ")] == [
            f"{point} action {number}" for number in range(0, 30, 3)
        ]
    rows = place.engine.records.database.run("SELECT execution, count(*), count(DISTINCT number) FROM rows GROUP BY 1")
    assert sorted(rows) == [(point, 10, 10) for point in range(30)]
    assert len(place.engine.newest(function="echo", limit=1000)) == 300


def test_what_a_wiped_bus_forgot_is_run_all_the_same(embedded: Place) -> None:
    ids = [embedded.dispatch("echo", {"i": i}) for i in range(20)]
    embedded.engine.publisher.client.flushall()
    embedded.start_worker(2)
    assert {record["state"] for record in embedded.engine.wait(ids, 30)} == {"completed"}


def test_a_dispatch_with_a_dead_bus_is_quick_and_runs_later(embedded: Place) -> None:
    embedded.engine.publisher.tell(["warm"])
    embedded.engine.publisher._closed_until = time.monotonic() + 1e9
    began = time.monotonic()
    ids = [embedded.dispatch("echo", {"i": i}) for i in range(20)]
    assert time.monotonic() - began < 0.5 * LENIENCE
    embedded.start_worker(2)
    assert {record["state"] for record in embedded.engine.wait(ids, 30)} == {"completed"}
