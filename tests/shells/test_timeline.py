"""An execution's story as it is drawn: to scale, in colour only where wanted, within the terminal's width."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from interpreter.background.store.ids import earliest_id
from interpreter.background.store.records import COLUMNS, record
from interpreter.background.story import Action, Phase, Story, plain
from interpreter.cli.record import draw_story, draw_table, progress_of
from interpreter.cli.render import Paint
from interpreter.cli.timeline import draw_timeline, duration

T = 1_700_000_000.0
DETAILS: dict[str, Any] = {
    **dict.fromkeys(("time_limit", "parent_id", "idempotency_key", "traceparent", "claimed_at")),
    "queue": "default",
    "priority": 5,
    "root_id": earliest_id(T),
    "worker": "w",
    "inputs": {"n": 1},
    "options": {},
}


def told(execution_id: str, function: str, state: str, ended: float | None, error: str | None = None) -> dict[str, Any]:
    details = '{"place": "a.json:3:4", "hint": "give a number", "stack": ["a: wait (a.json:3:4)"]}' if error else None
    values = {
        "id": execution_id,
        "function": function,
        "kind": "function",
        "state": state,
        "attempt": 1,
        "created_at": T,
        "started_at": T + 1,
        "completed_at": ended,
        "root_id": earliest_id(T),
        **({"error": error, "error_message": "it broke", "error_details": details} if error else {"output": "[1]"}),
        "progress": '{"value": 3, "total": 4, "percent": 75.0, "message": "read"}',
    }
    return record(tuple(values.get(column) for column in re.split(r",\s*", COLUMNS)))


CHILD = Story(
    told(earliest_id(T + 2), "part", "error", T + 8, "run/wrong-type"),
    DETAILS,
    T + 2,
    T + 8,
    [Phase("delayed", T + 2, T + 6), Phase("queued", T + 6, T + 7), Phase("running", T + 7, T + 8, 1, "w")],
    [Action(0, "part#0", "add_record", T + 8, "failed", "no such table")],
    [],
)
FAMILY = Story(
    told(earliest_id(T), "order", "running", None),
    DETAILS,
    T,
    None,
    [
        Phase("queued", T, T + 1),
        Phase("running", T + 1, T + 2, 1, "w"),
        Phase("waiting", T + 2, T + 9),
        Phase("running", T + 9, None, 1, "w"),
    ],
    [Action(0, "order#1", "custom_function", T + 2, "done", None)],
    [CHILD],
    7,
)


DRAWN = {
    "to scale": lambda: draw_timeline(FAMILY, Paint(width=80), T + 10),
    "on a narrow terminal": lambda: draw_timeline(FAMILY, Paint(width=50), T + 10),
    "one that runs": lambda: draw_story(FAMILY, Paint()),
    "one that failed": lambda: draw_story(CHILD, Paint()),
    "as a table": lambda: draw_table([FAMILY.record, CHILD.record], Paint()),
}


def test_stories_are_drawn_so() -> None:
    drawn = "\n\n".join(f"--- {name}\n{draw()}" for name, draw in DRAWN.items())
    assert drawn + "\n" == Path(__file__).with_name("timeline.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", range(20, 130, 7))
def test_lines_fit_and_colours_change_nothing_else(width: int) -> None:
    plainly, coloured = (draw_timeline(FAMILY, Paint(each, width), T + 10) for each in (False, True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plainly
    if width >= 64:
        assert max(map(len, plainly.splitlines())) <= width


def test_as_data_it_says_the_same() -> None:
    data = plain(FAMILY, T + 10)
    assert (data["seconds"], data["completed_at"], data["children_not_shown"]) == (10, None, 7)
    assert [(phase["phase"], phase["seconds"]) for phase in data["phases"]] == [
        ("queued", 1),
        ("running", 1),
        ("waiting", 7),
        ("running", 1),
    ]
    assert data["children"][0]["actions"][0]["error"] == "no such table"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0001, "0.1 ms"),
        (0.5, "500 ms"),
        (0.9996, "1 s"),
        (99.6, "1m 40s"),
        (3600, "1h 00m"),
        (86_400 * 400, "400d 0h"),
    ],
)
def test_lengths_of_time(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_progress_in_words() -> None:
    assert progress_of({"progress": {"percent": 40.0, "value": 40, "total": 100, "message": None}}) == "40 %"
    assert progress_of({"progress": None}) == ""
