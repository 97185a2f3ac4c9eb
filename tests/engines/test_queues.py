"""Queues of which only so many executions run at once, on however many workers; the urgent ones first."""

from __future__ import annotations

import time

import pytest

from engines.conftest import Place, until
from interpreter.background.bus.publish import gathered
from interpreter.background.store.records import Bell
from interpreter.background.upkeep.queues import unserved
from interpreter.diagnostic import Fault


def peak(place: Place, names: list[str]) -> int:
    """The most that ran at the same moment, as the file of what happened says."""
    going = most = 0
    for line in place.witnessed():
        going += {"begin": 1, "end": -1}[line.split()[0]]
        most = max(most, going)
    assert sorted(line.split()[1] for line in place.witnessed()) == sorted(names * 2)
    return most


def test_no_more_than_so_many_run_at_once(place: Place) -> None:
    place.limit(narrow={"max_concurrent": 2})
    place.start_worker(3)
    place.start_worker(3)
    names = [str(number) for number in range(24)]
    ids = [place.dispatch("span", {"name": name, "seconds": 0.02}, queue="narrow") for name in names]
    assert {record["state"] for record in place.engine.wait(ids, 30)} == {"completed"}
    assert peak(place, names) == 2


def test_a_definition_limits_itself(place: Place) -> None:
    place.start_worker(4)
    names = [str(number) for number in range(8)]
    ids = [place.dispatch("span", {"name": name, "seconds": 0.02}, max_concurrent=1) for name in names]
    assert {record["state"] for record in place.engine.wait(ids, 30)} == {"completed"}
    assert peak(place, names) == 1


def test_a_full_queue_holds_up_no_other(place: Place) -> None:
    place.limit(narrow={"max_concurrent": 1})
    place.start_worker(2)
    held = [place.dispatch("hold", {"name": str(number)}, queue="narrow") for number in range(3)]
    until(place.witnessed)
    assert place.run("echo", {"i": 1})["state"] == "completed"
    states = sorted(record["state"] for record in place.engine.look(held))
    assert states == ["queued", "queued", "running"]
    place.release()
    assert {record["state"] for record in place.engine.wait(held, 30)} == {"completed"}


def test_the_urgent_ones_first(place: Place) -> None:
    place.limit(narrow={"max_concurrent": 1})
    place.start_worker(2)
    place.dispatch("hold", queue="narrow")
    until(place.witnessed)
    order = [5, 9, 0, 7, 0, 3]
    ids = [place.dispatch("ranks", priority=priority, queue="narrow") for priority in order]
    place.release()
    place.engine.wait(ids, 30)
    assert place.witnessed()[1:] == [str(priority) for priority in sorted(order)]


def test_a_cancelled_one_makes_room(place: Place) -> None:
    place.limit(narrow={"max_concurrent": 1})
    place.start_worker(2)
    first = place.dispatch("hold", queue="narrow")
    until(place.witnessed)
    second = place.dispatch("echo", queue="narrow")
    place.engine.cancel([first])
    assert place.finish(second)["state"] == "completed"


def test_one_that_waits_takes_no_place(place: Place) -> None:
    """A parent and its children in one queue with a single place."""
    place.limit(narrow={"max_concurrent": 1})
    place.start_worker(2)
    assert place.run("fan", {"function": "echo", "n": 3}, queue="narrow")["output"] == [
        {"function": "echo", "n": 3, "i": number} for number in range(3)
    ]


def test_a_queue_says_how_long_and_when(place: Place) -> None:
    place.limit(slow={"timeout": 0.3, "delay": 0.2})
    place.start_worker(1)
    began = time.time()
    record = place.run("swallow", queue="slow")
    assert (record["state"], record["error"]) == ("timeout", "run/timeout")
    assert time.time() - began >= 0.5
    assert place.run("echo", queue="slow", delay=0, timeout=5)["state"] == "completed"


def test_a_timeout_from_1000_on_is_in_milliseconds(place: Place) -> None:
    place.start_worker(1)
    assert "of 1.2 seconds" in place.run("swallow", timeout=1200)["error_message"]


@pytest.mark.parametrize("limit", [0, -1, 1.5, "two", True])
def test_a_limit_that_is_none(embedded: Place, limit: object) -> None:
    with pytest.raises(Fault, match="max_concurrent") as raised:
        embedded.dispatch("echo", max_concurrent=limit)
    assert raised.value.code == "background/bad-option"


def test_a_queue_that_nobody_serves_is_known(place: Place) -> None:
    settings = place.settings
    execution_id = place.dispatch("echo", queue="forgotten")
    assert unserved(place.engine.records, settings.worker_lost_after) == ["forgotten"]
    place.start_worker(1)
    assert place.finish(execution_id)["state"] == "completed"
    assert unserved(place.engine.records, settings.worker_lost_after) == []


def test_a_worker_of_named_queues_leaves_the_others_alone(place: Place) -> None:
    place.write("greet", [{"function": "return_value", "value": "hello"}])
    place.start_interpreter(1, "--queues=mail,post")
    other, own = place.dispatch("greet"), place.dispatch("greet", queue="post")
    assert place.finish(own)["output"] == "hello"
    assert place.state(other) == "queued"
    assert place.engine.has_worker("mail")
    assert not place.engine.has_worker("default")
    assert unserved(place.engine.records, place.settings.worker_lost_after) == ["default"]


def test_few_bells_ring_alone_and_many_together() -> None:
    def bells(count: int, **about: object) -> list[Bell]:
        return [Bell(str(number), "q", 5, None)._replace(**about) for number in range(count)]

    assert [len(each) for each in gathered(bells(3))] == [1, 1, 1]
    assert max(len(each) for each in gathered(bells(500))) == 20
    mixed = [*bells(100), *bells(100, priority=0), *bells(100, queue="p")]
    groups = gathered(mixed)
    assert sorted(bell for group in groups for bell in group) == sorted(mixed)
    assert all(len({(bell.queue, bell.priority) for bell in group}) == 1 for group in groups)
