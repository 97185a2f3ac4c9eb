"""Events on a channel: told at once, kept for a while, and followed over a bus that goes away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from engines.conftest import PATIENCE, Place, until

from interpreter.adapters.realtime import BEFORE_ALL, KEPT_EVENTS, Realtime, realtime_of
from interpreter.diagnostic import Fault

from .conftest import RunStack, command

PUBLISH = [
    {
        "function": "realtime_publish",
        "channel": "orders",
        "event": "placed",
        "data": {"id": "{{ input.id }}", "at": "{{ now }}"},
    },
    {"function": "return_value", "value": "{{ realtime_publish }}"},
]


def realtime_in(place: Place) -> Realtime:
    return realtime_of(place.settings, lambda: place.engine.bus.url)


@contextmanager
def tailing(place: Place, *words: str) -> Iterator[subprocess.Popen[str]]:
    """``interpreter realtime tail`` of the orders, which listens."""
    line = [sys.executable, "-m", "interpreter", "realtime", "tail", "orders", *words, "--workspace", str(place.root)]
    tail = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        until(lambda: listeners(place) > 0)
        yield tail
    finally:
        tail.kill()
        tail.communicate()


def listeners(place: Place) -> int:
    """How many would hear an event; asked without sending one."""
    try:
        realtime = realtime_in(place)
        counts = realtime._line.ask(lambda client: client.pubsub_numsub(realtime._place("orders")))
    except Fault:
        return 0
    return int(counts[0][1])


def lines(tail: subprocess.Popen[str], count: int) -> list[str]:
    """So many lines of its output."""
    alarm = threading.Timer(PATIENCE, tail.kill)
    alarm.start()
    try:
        assert tail.stdout
        return [tail.stdout.readline() for _ in range(count)]
    finally:
        alarm.cancel()


def test_an_event_of_a_stack_reaches_who_listens_and_who_comes_late(place: Place, run_stack: RunStack) -> None:
    with tailing(place, "-o", "json") as tail:
        answer = run_stack(place, PUBLISH, {"id": 7})
        (heard,) = map(json.loads, lines(tail, 1))
        assert answer == {"id": heard["id"], "channel": "orders", "event": "placed", "receivers": 1}
        assert heard["event"] == "placed"
        assert heard["data"]["id"] == 7
        assert heard["data"]["at"].endswith("Z")
    with tailing(place, "--since", "all", "-o", "json") as tail:
        assert list(map(json.loads, lines(tail, 1))) == [heard]


def test_ctrl_c_is_a_clean_end(place: Place) -> None:
    with tailing(place) as tail:
        realtime_in(place).publish("orders", "placed", {"text": "a\x1b[31m\x9b31mb"})
        (line,) = lines(tail, 1)
        assert line.endswith('Z  placed  {"text":"a\\u001b[31m\N{REPLACEMENT CHARACTER}31mb"}\n')
        tail.send_signal(signal.SIGINT)
        assert tail.communicate(timeout=PATIENCE) == ("", "")
        assert tail.returncode == 0


def test_since_an_event_or_a_time(place: Place) -> None:
    realtime = realtime_in(place)
    ids = [realtime.publish("orders", "placed", number)["id"] for number in range(3)]
    for since, expected in ((ids[0], [1, 2]), ("all", [0, 1, 2]), ("1h", [0, 1, 2]), ("2020-01-01", [0, 1, 2])):
        with tailing(place, "--since", since, "-o", "json") as tail:
            assert [json.loads(line)["data"] for line in lines(tail, len(expected))] == expected


def test_nothing_is_lost_or_told_twice_while_a_crowd_publishes(place: Place) -> None:
    realtime = realtime_in(place)
    with tailing(place, "-o", "json") as tail:
        crowd = [threading.Thread(target=publish_many, args=(realtime_in(place), name)) for name in range(3)]
        for each in crowd:
            each.start()
        heard = [json.loads(line) for line in lines(tail, 600)]
        for each in crowd:
            each.join()
    assert sorted(event["data"] for event in heard) == sorted([name, n] for name in range(3) for n in range(200))
    ids = [tuple(map(int, event["id"].split("-"))) for event in heard]
    assert ids == sorted(set(ids))
    assert realtime.publish("orders", "done", None)["receivers"] == 0


def publish_many(realtime: Realtime, name: int) -> None:
    for number in range(200):
        realtime.publish("orders", "placed", [name, number])


def test_what_is_kept_has_a_limit(place: Place) -> None:
    realtime = realtime_in(place)
    for number in range(KEPT_EVENTS + 5):
        realtime.publish("many", "placed", number)
    events = realtime.follow("many", BEFORE_ALL, print)
    kept = [next(events)["data"] for _ in range(KEPT_EVENTS)]
    events.close()  # type: ignore[attr-defined]
    assert kept == list(range(5, KEPT_EVENTS + 5))


def test_a_bus_that_goes_away_is_waited_for(unlucky: Place) -> None:
    realtime = realtime_in(unlucky)
    with tailing(unlucky, "-o", "json") as tail:
        realtime.publish("orders", "placed", "before")
        assert json.loads(lines(tail, 1)[0])["data"] == "before"
        with unlucky.server.away(), pytest.raises(Fault, match="realtime cannot be reached") as raised:
            realtime.publish("orders", "placed", "perhaps")  # one that stands still reads it when it goes on
        assert raised.value.code == "run/realtime-unavailable"
        until(lambda: listeners(unlucky) > 0)
        until(lambda: published(realtime, "after"))
        until(lambda: json.loads(lines(tail, 1)[0])["data"] == "after")
        os.killpg(tail.pid, signal.SIGINT)
        assert tail.wait(PATIENCE) == 0


def published(realtime: Realtime, data: str) -> bool:
    try:
        realtime.publish("orders", "placed", data)
    except Fault:
        return False
    return True


def test_an_event_at_each_moment_between_two_looks_is_heard(unlucky_on_postgresql: Place) -> None:
    """The bus dies between the events, and whoever follows hears all that were kept since."""
    place = unlucky_on_postgresql
    realtime = realtime_in(place)
    told: list[object] = []
    events = realtime.follow("orders", BEFORE_ALL, told.append)
    for number in range(3):
        realtime.publish("orders", "placed", number)
        assert next(events)["data"] == number
        place.server.kill()
    events.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["tail", "a b"], 1, '"a b" is no name of a channel'),
        (["tail", "orders", "--since", "tomorrow"], 2, "is no time"),
        (["tail"], 2, "CHANNEL"),
    ],
)
def test_wrong_words(embedded: Place, words: list[str], code: int, said: str) -> None:
    ended = command(embedded, "realtime", *words)
    assert (ended.returncode, said in ended.stderr) == (code, True), ended.stderr
