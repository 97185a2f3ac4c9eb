"""Schedules: timetable.json says when each fires, what is decided when time has passed, and which mean no time."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from interpreter.timetable import NoTime, timetable
from interpreter.values import Moment, parse_duration

CASES: dict[str, list[Any]] = json.loads(Path(__file__).with_name("timetable.json").read_text())


def seconds(written: str) -> float:
    moment = Moment.parse(written)
    assert moment is not None
    return moment.seconds


def claims(kind: str) -> Any:
    return pytest.mark.parametrize("case", CASES[kind], ids=lambda case: case.get("claim", json.dumps(case["when"])))


@claims("fires")
def test_fires(case: dict[str, Any]) -> None:
    expected = [each for each in case["fires"] if each is not None]
    wanted = len(expected) + (None in case["fires"])
    found = islice(timetable(case["when"]).after(seconds(case["after"])), wanted)
    assert [str(Moment(each)) for each in found] == expected


@claims("decides")
def test_decides(case: dict[str, Any]) -> None:
    decision = timetable(case["when"]).decide(seconds(case["since"]), seconds(case["now"]))
    runs = [str(Moment(each)) for each in decision.fires]
    assert (len(runs) if isinstance(case["runs"], int) else runs) == case["runs"]
    assert (decision.missed and str(Moment(decision.missed))) == case.get("missed")


@claims("means no time")
def test_means_no_time(case: dict[str, Any]) -> None:
    with pytest.raises(NoTime) as raised:
        timetable(case["when"])
    assert (raised.value.key, raised.value.message) == (case["key"], case["says"])
    if "hint" in case:
        assert raised.value.hint == case["hint"]


@claims("words")
def test_words(case: dict[str, Any]) -> None:
    assert timetable(case["when"]).words == case["words"]


@pytest.mark.parametrize(("written", "length"), CASES["durations"])
def test_durations(written: Any, length: float | None) -> None:
    assert parse_duration(written) == length
