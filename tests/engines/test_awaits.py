"""An execution that awaits others holds no worker: everything here must finish on one slot."""

from __future__ import annotations

from .conftest import Place, until


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
