"""Executions are listed by what they are, newest first, a page at a time, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from interpreter.background.store.ids import earliest_id, time_of
from interpreter.background.store.records import Bell, Outcome

from .conftest import Place

FUNCTIONS = ("alpha", "beta", "gamma")
STATES = ("queued", "completed", "error", "cancelled", "waiting")
BEGAN = 1_700_000_000.0


@pytest.fixture
def ids(place: Place) -> list[str]:
    """Thirty executions, one a second: functions in turn, states in turn; each third is the child of the one before."""
    records = place.engine.records
    found: list[str] = []
    for number in range(30):
        execution_id = earliest_id(BEGAN + number)
        parent = (found[-1], 0, found[-1]) if number % 3 == 2 else None
        kind, queue = ("task", "mail") if number % 10 == 0 else ("function", "default")
        bell = Bell(execution_id, queue, 5, None)
        records.insert(bell, kind, FUNCTIONS[number % 3], "{}", None, parent=parent)
        state = STATES[number % 5]
        if state != "queued":
            records.claim(execution_id, "nobody", "message")
        if state == "waiting":
            records.database.run("UPDATE _executions SET state='waiting' WHERE id=?", (execution_id,))
        elif state != "queued":
            records.end(execution_id, 1, Outcome(state))
        found.append(execution_id)
    return found


CHOICES: list[tuple[dict[str, Any], Any]] = [
    ({}, lambda n: True),
    ({"state": "completed"}, lambda n: n % 5 == 1),
    ({"state": "running"}, lambda n: n % 5 == 4),
    ({"status": "running"}, lambda n: n % 5 in (0, 4)),
    ({"status": "error", "function": "beta"}, lambda n: n % 5 in (2, 3) and n % 3 == 1),
    ({"function": "gamma"}, lambda n: n % 3 == 2),
    ({"kind": "task"}, lambda n: n % 10 == 0),
    ({"queue": "mail", "function": "alpha"}, lambda n: n % 30 == 0),
    ({"since": BEGAN + 10, "until": BEGAN + 20}, lambda n: 10 <= n < 20),
    ({"state": "error", "since": BEGAN + 10}, lambda n: n >= 10 and n % 5 == 2),
    ({"limit": 7}, lambda n: n >= 23),
    ({"function": "alpha", "limit": 3}, lambda n: n % 3 == 0 and n >= 21),
]


@pytest.mark.parametrize(("chosen", "expected"), CHOICES, ids=lambda each: str(each) if isinstance(each, dict) else "")
def test_a_selection_means_these(place: Place, ids: list[str], chosen: dict[str, Any], expected: Any) -> None:
    listed = [record["execution_id"] for record in place.engine.newest(**chosen)]
    assert listed == [execution_id for number, execution_id in reversed(list(enumerate(ids))) if expected(number)]


def test_pages_follow_one_another_and_families_and_prefixes_are_found(place: Place, ids: list[str]) -> None:
    seen: list[str] = []
    while page := place.engine.newest(limit=7, before=seen[-1] if seen else None):
        seen += [record["execution_id"] for record in page]
    assert seen == ids[::-1]
    assert [record["execution_id"] for record in place.engine.newest(parent=ids[1])] == [ids[2]]
    assert [record["execution_id"] for record in place.engine.newest(root=ids[1])] == [ids[2], ids[1]]
    assert [record["execution_id"] for record in place.engine.newest(prefix=ids[5][:10])] == [ids[5]]
    assert time_of(ids[5]) == BEGAN + 5
