"""Executions as a table: every operator means on SQLite and PostgreSQL what it means in Python."""

from __future__ import annotations

from typing import Any

import pytest

from interpreter.background.store.ids import earliest_id
from interpreter.background.store.records import Bell, Outcome
from interpreter.conditions import read
from interpreter.diagnostic import Fault
from interpreter.values import Moment

from .conftest import Place

BEGAN = 1_700_000_000.0
FUNCTIONS = ("Alpha", "alpine", "be*ta", "ga_mma")
STATES = ("completed", "error", "waiting", "queued")


@pytest.fixture
def numbers(place: Place) -> dict[str, int]:
    """Twelve executions, one a second."""
    records = place.engine.records
    found = {}
    for number in range(12):
        execution_id = earliest_id(BEGAN + number)
        records.insert(Bell(execution_id, "default", number % 3, None), "function", FUNCTIONS[number % 4], "{}", None)
        state = STATES[number // 4 % 4] if number < 8 else STATES[number % 4]
        if state != "queued":
            records.claim(execution_id, "nobody", "message")
        if state == "waiting":
            records.database.run("UPDATE _executions SET state='waiting' WHERE id=?", (execution_id,))
        elif state != "queued":
            records.end(execution_id, 1, Outcome(state, None, "run/thrown" if state == "error" else None))
        found[execution_id] = number
    return found


def of(number: int) -> str:
    return STATES[number // 4 % 4] if number < 8 else STATES[number % 4]


FILTERS: list[tuple[dict[str, Any], Any]] = [
    ({}, lambda n: True),
    ({"status": "running"}, lambda n: of(n) in ("waiting", "queued")),
    ({"state": "running"}, lambda n: of(n) == "waiting"),
    ({"status": {"$ne": "running"}}, lambda n: of(n) not in ("waiting", "queued")),
    ({"state": ["queued", "error"]}, lambda n: of(n) in ("queued", "error")),
    ({"state": {"$nin": ["queued", "error"]}}, lambda n: of(n) not in ("queued", "error")),
    ({"state": "unheard of"}, lambda n: False),
    ({"created_at": {"$lt": Moment(BEGAN + 5)}}, lambda n: n < 5),
    ({"created_at": {">=": str(Moment(BEGAN + 5))}, "priority": 1}, lambda n: n >= 5 and n % 3 == 1),
    ({"created_at": {"$between": [BEGAN + 2, BEGAN + 4]}}, lambda n: 2 <= n <= 4),
    ({"function_name": {"$like": "Al%"}}, lambda n: n % 4 == 0),
    ({"function_name": {"$ilike": "al%"}}, lambda n: n % 4 in (0, 1)),
    ({"function_name": {"$like": "be*_a"}}, lambda n: n % 4 == 2),
    ({"function_name": {"$contains": "a_m"}}, lambda n: n % 4 == 3),
    ({"error": None}, lambda n: of(n) != "error"),
    ({"error": {"$exists": True}}, lambda n: of(n) == "error"),
    ({"error": {"$ne": "run/thrown"}}, lambda n: of(n) != "error"),
    ({"$or": [{"priority": 0}, {"function_name": "alpine"}]}, lambda n: n % 3 == 0 or n % 4 == 1),
    ({"$not": {"priority": {"$in": [0, 1]}}}, lambda n: n % 3 == 2),
    ({"priority": {"$not": {"$gt": 0}}}, lambda n: n % 3 == 0),
    ({"function_name": []}, lambda n: False),
    ({"attempt": {">=": 1, "$lte": 1}}, lambda n: of(n) != "queued"),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERS, ids=lambda each: str(each) if isinstance(each, dict) else "")
def test_a_filter_finds_these(place: Place, numbers: dict[str, int], wanted: dict[str, Any], expected: Any) -> None:
    found = [numbers[record["execution_id"]] for record in place.engine.query(read(wanted), None, None, 0)]
    assert found == [number for number in range(12) if expected(number)]
    assert place.engine.count_of(read(wanted)) == len(found)


def test_in_the_order_asked(place: Place, numbers: dict[str, int]) -> None:
    def ordered(sort: Any, limit: int | None = None, offset: int = 0) -> list[int]:
        return [numbers[record["execution_id"]] for record in place.engine.query([], sort, limit, offset)]

    assert ordered("-created_at", 3) == [11, 10, 9]
    assert ordered([{"priority": "desc"}, "created_at"], 5, 2) == [8, 11, 1, 4, 7]


def test_what_is_not_there_is_said(place: Place) -> None:
    assert place.engine.records.count() == 0
    for wanted, code in (
        ({"created": 1}, "run/wrong-value"),
        ({"attempt": {"$near": 1}}, "run/unknown-operator"),
        ({"status": {"$like": "r%"}}, "run/wrong-value"),
    ):
        with pytest.raises(Fault) as told:
            place.engine.query(read(wanted), None, None, 0)
        assert told.value.code == code
