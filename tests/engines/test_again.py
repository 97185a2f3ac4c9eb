"""What ended badly runs again under its own id: anew from the start, or from its journal; on both kinds of ground."""

from __future__ import annotations

import pytest

from interpreter.background.store.ids import new_id
from interpreter.diagnostic import Fault

from .conftest import Place, until


def repaired(place: Place) -> None:
    (place.root / "repaired").touch()


def test_a_resumed_execution_goes_on_after_its_last_action(place: Place) -> None:
    place.start_worker()
    execution_id = place.run("pay", {})["execution_id"]
    assert place.state(execution_id) == "error"
    repaired(place)
    place.engine.resume(execution_id)
    record = place.finish(execution_id)
    assert (record["state"], record["output"], record["attempt"]) == ("completed", "paid", 2)
    assert record["error"] is record["error_message"] is record["error_details"] is None
    assert place.witnessed() == ["reserved", "declined", "paid"]


def test_a_retried_execution_begins_anew(place: Place) -> None:
    place.start_worker()
    execution_id = place.run("pay", {})["execution_id"]
    repaired(place)
    place.engine.retry(execution_id)
    assert place.finish(execution_id)["output"] == "paid"
    assert place.witnessed() == ["reserved", "declined", "reserved", "paid"]
    story = place.engine.story(execution_id)
    assert [phase.name for phase in story.phases] == ["queued", "running", "ended", "running"]


def test_what_was_recorded_from_a_step_on_can_be_forgotten(place: Place) -> None:
    place.start_worker()
    execution_id = place.run("pay", {})["execution_id"]
    repaired(place)
    place.engine.resume(execution_id, 0)
    assert place.finish(execution_id)["output"] == "paid"
    assert place.witnessed() == ["reserved", "declined", "reserved", "paid"]


def test_every_attempt_is_allowed_again(place: Place) -> None:
    place.start_worker()
    policy = {"max_retries": 1, "initial_delay": 1}
    execution_id = place.run("fail", retry_policy=policy)["execution_id"]
    assert place.witnessed() == ["failed"] * 2
    place.engine.retry(execution_id)
    assert place.finish(execution_id)["attempt"] == 4
    assert place.witnessed() == ["failed"] * 4


def test_a_cancelled_run_can_be_retried_at_once(place: Place) -> None:
    place.start_worker()
    execution_id = place.dispatch("hold")
    until(place.witnessed)
    place.engine.cancel([execution_id])
    place.engine.retry(execution_id)
    until(lambda: len(place.witnessed()) == 2)
    place.release()
    assert place.finish(execution_id)["output"] == "released"


def test_an_ended_wait_is_resumed_and_waits_for_its_children_once_more(place: Place) -> None:
    place.start_worker(3)
    execution_id = place.dispatch("fan", {"function": "hold", "n": 2})
    until(lambda: len(place.witnessed()) == 2)
    waiting = "SELECT 1 FROM _executions WHERE id=? AND state='waiting'"
    until(lambda: place.engine.records.database.run(waiting, (execution_id,)))
    lonely = "UPDATE _executions SET state='cancelled', completed_at=1.0 WHERE id=?"
    place.engine.records.database.run(lonely, (execution_id,))
    place.engine.resume(execution_id)
    until(lambda: place.engine.records.database.run(waiting, (execution_id,)))
    place.release()
    assert place.finish(execution_id)["output"] == ["released", "released"]
    assert len(place.witnessed()) == 2


def test_what_waits_for_its_time_runs_now(place: Place) -> None:
    place.start_worker()
    execution_id = place.dispatch("echo", {"x": 1}, delay=3600)
    place.engine.retry(execution_id)
    assert place.finish(execution_id)["output"] == {"x": 1}


def test_where_it_makes_no_sense_it_is_refused(place: Place) -> None:
    queued = place.dispatch("hold")
    for again in (place.engine.retry, place.engine.resume):
        with pytest.raises(Fault, match="is queued: there is nothing to") as told:
            again(queued)
        assert told.value.code == "background/cannot-run-again"
        with pytest.raises(Fault, match="no execution has the id"):
            again(new_id())
        with pytest.raises(Fault, match="is not an execution id"):
            again("order-7")
    place.release()
    place.start_worker()
    place.finish(queued)
    with pytest.raises(Fault, match="is completed"):
        place.engine.retry(queued)


def test_the_story_of_a_family(place: Place) -> None:
    place.start_worker()
    execution_id = place.run("fan", {"function": "echo", "n": 3, "token": "s3cret"})["execution_id"]
    story = place.engine.story(execution_id, 2)
    assert story.details["inputs"] == {"function": "echo", "n": 3, "token": "***"}
    assert [child.record["function_name"] for child in story.children] == ["echo", "echo"]
    assert story.untold == 1
    assert [action.name for action in story.actions] == ["dispatch"] * 3 + ["async_function_await"]
    assert story.phases[0].name == "queued"
    assert story.phases[-1].name == "running"
    assert story.phases[-1].end == story.ended
    ends = [(one.end, other.begin) for one, other in zip(story.phases, story.phases[1:])]
    assert all(end == begin for end, begin in ends)
