"""An execution that awaits others holds no worker: everything here must finish on one slot."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from .conftest import Place, until

CHILDREN = 1000 if os.environ.get("LONG_FAULTS") else 200


def test_a_parent_and_its_children_finish_on_one_slot(place: Place) -> None:
    place.start_worker(1)
    record = place.run("fan", {"function": "echo", "n": 20})
    assert [output["i"] for output in record["output"]] == list(range(20))
    assert record["attempt"] == 1


def test_a_chain_of_awaits_finishes_on_one_slot(place: Place) -> None:
    place.start_worker(1)
    assert place.run("deepen", {"depth": 25})["output"] == 25


def test_four_parents_with_grandchildren_finish_on_one_slot(place: Place) -> None:
    place.start_worker(1)
    inputs = {"function": "deepen", "n": 5, "depth": 2}
    ids = [place.dispatch("fan", inputs) for _ in range(4)]
    assert [record["output"] for record in place.engine.wait(ids, 30)] == [[2] * 5] * 4


@pytest.mark.timeout(240)
def test_a_thousand_children_and_grandchildren_wait_at_once_and_hold_no_slot(place: Place) -> None:
    """On one slot. All of them wait for one execution, which is delayed until it is told to run."""
    place.start_worker(1)
    gate = place.dispatch("echo", delay=3600)
    parent = place.dispatch("generations", {"gate": gate, "sizes": [CHILDREN, 1]})
    all_of_them = 1 + 2 * CHILDREN
    until(lambda: place.engine.records.count(("waiting",)) == all_of_them, patience=90)
    assert place.engine.records.count(("running", "queued")) == 0
    assert place.run("echo", {"the slot": "is free"})["state"] == "completed"
    place.engine.retry(gate)
    record = place.engine.wait([parent], 90)[0]
    assert (record["state"], record["output"], record["attempt"]) == ("completed", CHILDREN, 1)
    of_each = Counter(
        (row["state"], row["attempt"]) for row in place.engine.newest(function="generations", limit=all_of_them + 1)
    )
    assert of_each == {("completed", 1): all_of_them}


def test_a_waiting_execution_shows_running_and_holds_no_slot(place: Place) -> None:
    place.start_worker(2)
    parent = place.dispatch("fan", {"function": "hold", "n": 1})
    until(place.witnessed)
    until(lambda: place.engine.records.count(("waiting",)))
    assert place.state(parent) == "running"
    assert place.run("echo")["state"] == "completed"
    place.release()
    assert place.finish(parent)["output"] == ["released"]


def test_a_cancelled_child_ends_the_wait(place: Place) -> None:
    place.start_worker(2)
    parent = place.dispatch("fan", {"function": "hold", "n": 1})
    until(place.witnessed)
    (child,) = place.engine.newest(function="hold")
    place.engine.cancel([child["execution_id"]])
    assert place.finish(parent)["output"] == [None]


def test_an_await_that_is_out_of_time_goes_on(place: Place) -> None:
    place.start_worker(2)
    record = place.run("fan", {"function": "hold", "n": 1, "timeout": 0.3})
    assert record["output"] == [None]
    place.release()


def test_any_goes_on_with_the_first(place: Place) -> None:
    place.start_worker(3)
    record = place.run("fan", {"function": "hold", "n": 2, "mode": "any", "timeout": 0.3})
    assert record["output"] == [None, None]
    place.release()
    assert "released" in place.run("fan", {"function": "hold", "n": 2, "mode": "any"})["output"]


def test_a_pause_holds_no_slot(place: Place) -> None:
    place.start_worker(1)
    resting = place.dispatch("nap", {"seconds": 0.5})
    until(lambda: place.engine.records.count(("waiting",)))
    assert place.run("echo")["state"] == "completed"
    assert place.finish(resting)["output"] == "rested"
