"""A cancel is final at once, reaches what was called, and needs neither a worker nor a bus."""

from __future__ import annotations

import os
import time

import pytest

from interpreter.background.upkeep.cancelling import ALONE, CALLS, FAMILY

from .conftest import LENIENCE, Place, until


def test_what_is_queued_delayed_or_waits_is_cancelled_for_good_without_a_worker(place: Place) -> None:
    queued = place.dispatch("note", {"line": "ran"})
    delayed = place.dispatch("note", {"line": "ran"}, delay=0.05)
    for record in place.engine.cancel([queued, delayed], "the owner"):
        assert (record["status"], record["state"], record["error"]) == ("error", "cancelled", "run/cancelled")
        assert record["error_message"] == "the execution was cancelled by the owner"
        assert record["error_details"] == {"type": "cancelled", "by": "the owner", "scope": "calls"}
    assert place.engine.records.database.run("SELECT id FROM _timers") == []
    place.start_worker()
    assert place.run("echo")["state"] == "completed"
    assert place.witnessed() == []
    assert place.engine.cancel([queued], "another")[0]["error_message"].endswith("the owner")


def test_what_has_ended_stays_as_it_was(place: Place) -> None:
    place.start_worker()
    record = place.run("echo")
    assert place.engine.cancel([record["execution_id"]]) == [record]


@pytest.mark.parametrize("function", ["hold", "spin", "swallow", "deaf"])
def test_what_runs_is_ended_and_its_slot_is_free(place: Place, function: str) -> None:
    place.start_worker(1)
    execution_id = place.dispatch(function)
    until(lambda: place.state(execution_id) == "running")
    (record,) = place.engine.cancel([execution_id])
    assert record["state"] == "cancelled"
    began = time.monotonic()
    assert place.run("echo")["state"] == "completed"
    assert time.monotonic() - began < 3 * LENIENCE
    assert place.state(execution_id) == "cancelled"


def test_a_cancel_needs_no_bus(embedded: Place) -> None:
    embedded.start_worker(1)
    execution_id = embedded.dispatch("count_up")
    until(embedded.witnessed)
    embedded.engine.publisher._closed_until = time.monotonic() + 1e9
    embedded.engine.cancel([execution_id])
    assert embedded.run("echo")["state"] == "completed"  # on the slot that it has left
    assert embedded.state(execution_id) == "cancelled"


def test_the_others_of_a_message_are_not_harmed(place: Place) -> None:
    held = [place.dispatch("hold", {"name": i}) for i in range(20)]
    place.engine.flush()
    place.start_worker(2)
    until(lambda: len(place.witnessed()) == 2)
    running = [record["execution_id"] for record in place.engine.newest(state="running")]
    place.engine.cancel(running[:1])
    place.release()
    states = {each: place.finish(each)["state"] for each in held}
    assert [each for each in held if states[each] != "completed"] == running[:1]
    assert {record["attempt"] for record in place.engine.look(held)} == {1}


CALLED = [["function", "hold", {}], ["task", "hold", {}], ["function", "fan", {"function": "hold", "n": 2}]]


@pytest.mark.parametrize(
    ("scope", "left"), [(ALONE, ["function"] * 3 + ["task"]), (CALLS, ["task"]), (FAMILY, [])], ids=str
)
@pytest.mark.parametrize("waits", [True, False])
def test_a_family_is_cancelled_as_far_as_it_is_meant(place: Place, scope: str, left: list[str], waits: bool) -> None:
    place.start_worker(6)
    parent = place.dispatch("parent", {"calls": CALLED, "waits": waits})
    until(lambda: len(place.witnessed()) == (4 if waits else 5))
    place.engine.cancel([parent], "the owner", scope)
    until(lambda: not place.engine.newest(parent=parent, state="queued"))
    holding = sorted(record["kind"] for record in place.engine.newest(function="hold", status="running"))
    assert holding == left
    assert place.engine.records.database.run("SELECT parent FROM _waits WHERE parent=?", (parent,)) == []
    if scope != ALONE:
        child = place.engine.newest(parent=parent, kind="function")[0]
        assert child["error_message"] == f"the execution was cancelled with {parent}, which had dispatched it"
        assert child["error_details"]["with"] == parent
    place.release()
    until(lambda: not place.engine.records.count())
    assert place.state(parent) == "cancelled"


def test_what_a_run_dispatches_before_it_hears_of_its_end_ends_with_it(place: Place) -> None:
    place.start_worker(3)
    parent = place.dispatch("breed")
    until(lambda: len(place.engine.newest(parent=parent)) > 3)
    place.engine.cancel([parent])
    until(lambda: not place.engine.records.count())
    assert {record["state"] for record in place.engine.newest(parent=parent)} <= {"cancelled", "completed"}
    assert place.state(parent) == "cancelled"


def test_a_thousand_children_are_cancelled_at_once(place: Place) -> None:
    parent = place.dispatch("fan", {"function": "hold", "n": 1000})
    place.start_worker(1)
    until(lambda: place.engine.records.count(("waiting",)))
    began = time.monotonic()
    place.engine.cancel([parent])
    assert time.monotonic() - began < 3 * LENIENCE
    until(lambda: not place.engine.records.count())
    assert len(place.engine.newest(parent=parent, state="cancelled", limit=2000)) == 1000


def test_a_process_that_is_deaf_to_a_cancel_is_ended_alone(place: Place) -> None:
    place.start_worker(2)
    held = place.dispatch("hold")
    deaf = place.dispatch("deaf")
    until(lambda: len(place.witnessed()) == 2)
    (process,) = place.engine.records.database.run("SELECT process FROM _executions WHERE id=?", (deaf,))[0]
    place.engine.cancel([deaf])
    until(lambda: not _lives(int(process)))
    place.release()
    assert place.finish(held)["attempt"] == 1


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
