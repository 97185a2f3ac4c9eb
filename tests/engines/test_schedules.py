"""Schedules on real workers: each fire once, however many look; what was missed, and what overlaps."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise
from typing import Any

from engines.conftest import Place, until
from interpreter.background.upkeep.scheduling import Schedule, Scheduler, last_fire


def fires(place: Place, name: str) -> list[tuple[Any, ...]]:
    query = "SELECT at, execution_id, skipped FROM _fires WHERE schedule=? ORDER BY at"
    return place.engine.records.database.run(query, (name,))


def decided(place: Place, name: str, at: float) -> None:
    """As if the last worker had looked at that time."""
    place.engine.records.database.run("UPDATE _schedules SET decided_at=? WHERE name=?", (at, name))


def scheduler(place: Place, *schedules: Schedule) -> Scheduler:
    engine = place.engine
    return Scheduler(engine.records, engine.publisher, engine.settings, lambda: schedules)


def test_two_workers_fire_each_time_once(place: Place) -> None:
    place.schedule(tick={"every": 1})
    place.start_worker(1)
    place.start_worker(1)
    until(lambda: len(place.witnessed()) >= 5)
    times = Counter(place.witnessed())
    assert set(times.values()) == {1}
    on_record = fires(place, "tick")
    assert {at - on_record[0][0] for at, _, _ in on_record} == set(range(len(on_record)))
    assert len({execution_id for _, execution_id, _ in on_record}) == len(on_record)


def test_a_schedule_that_comes_goes_and_changes(place: Place) -> None:
    place.start_worker(1)
    place.schedule(tick={"every": 1}, never={"schedule": "0 0 30 2 *"}, paused={"every": 1, "enabled": False})
    until(place.witnessed)
    place.schedule(ranks={"schedule": "* * * * * *", "priority": "low"})
    until(lambda: "9" in place.witnessed())
    place.schedule()
    assert not fires(place, "paused")
    assert not fires(place, "never")


def test_missed_fires(embedded: Place) -> None:
    """Nobody was there for three hours."""
    once, skipped = Schedule("tick", {"every": 3600}), Schedule("echo", {"every": 3600, "missed": "skip"})
    now = time.time()
    scheduler(embedded, once, skipped).round()
    assert not fires(embedded, "tick")
    for name in ("tick", "echo"):
        decided(embedded, name, now - 3 * 3600)
    last = now // 3600 * 3600
    if now - last < 70:  # the last hour has just come: it counts as in time
        return
    for _ in range(3):
        scheduler(embedded, once, skipped).round()
    ((at, execution_id, why),) = fires(embedded, "tick")
    assert (at, why) == (last, None)
    assert embedded.state(execution_id) == "queued"
    assert fires(embedded, "echo") == [(last, None, "missed")]


def test_a_schedule_that_is_new_or_changed_fires_nothing_of_the_past(embedded: Place) -> None:
    scheduler(embedded, Schedule("tick", {"every": 3600})).round()
    decided(embedded, "tick", time.time() - 3 * 3600)
    scheduler(embedded, Schedule("tick", {"schedule": "0 0 1 1 *"})).round()
    assert not fires(embedded, "tick")


def test_a_clock_that_was_set_back_neither_silences_nor_doubles(embedded: Place) -> None:
    schedule = Schedule("tick", {"every": 1, "overlap": "allow"})
    keeper = scheduler(embedded, schedule)
    until(lambda: keeper.round() or len(fires(embedded, "tick")) >= 2)
    decided(embedded, "tick", time.time() + 86_400)
    before = len(fires(embedded, "tick"))
    until(lambda: keeper.round() or len(fires(embedded, "tick")) >= before + 2)
    times = [at for at, _, _ in fires(embedded, "tick")]
    assert times == sorted(set(times))


def test_overlap(place: Place) -> None:
    """The first run of each goes on while the next times come."""
    place.schedule(
        hold={"every": 1, "overlap": "skip"},
        hold_queued={"every": 1, "overlap": "queue"},
        hold_all={"every": 1, "overlap": "allow"},
    )
    place.start_worker(8)
    until(lambda: all(len(fires(place, name)) >= 3 for name in ("hold", "hold_queued", "hold_all")))
    place.schedule()
    assert [why for _, _, why in fires(place, "hold")[:3]] == [None, "overlap", "overlap"]
    queued = [place.state(execution_id) for _, execution_id, _ in fires(place, "hold_queued")[:3]]
    assert queued == ["running", "queued", "queued"]
    together = [execution_id for _, execution_id, _ in fires(place, "hold_all")[:3]]
    until(lambda: {place.state(execution_id) for execution_id in together} == {"running"})
    place.release()
    waiting = [execution_id for _, execution_id, _ in fires(place, "hold_queued")]
    records = place.engine.wait(waiting, 30)
    assert {record["state"] for record in records} == {"completed"}
    assert all(one["completed_at"] <= next_["started_at"] for one, next_ in pairwise(records))


def test_a_stack_knows_for_when_it_runs(place: Place) -> None:
    """A real workspace: a document with a schedule is all it takes."""
    stack = '[{"function": "return_value", "value": "{{ execution.scheduled_at }} {{ region }}"}]'
    inputs = '{"region": {"type": "text", "default": "north"}}'
    (place.root / "by_itself.json").write_text(
        f'{{"task": "by_itself", "every": 1, "inputs": {inputs}, "function_stack": {stack}}}'
    )
    place.start_interpreter(1)
    fire = until(lambda: last_fire(place.engine.records, "by_itself"))
    record = place.finish(fire["execution_id"])
    assert record["output"].endswith("Z north")
    assert record["kind"] == "schedule"
