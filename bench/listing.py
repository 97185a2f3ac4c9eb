"""Listing the newest 50 of a million records, by function and state: milliseconds, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.table import Row
from interpreter.background.store import schema
from interpreter.background.store.ids import earliest_id
from interpreter.background.store.listing import Selection, newest
from interpreter.database import Database

RECORDS = 1_000_000
GOAL_MS = 20.0
BATCH = 10_000
FUNCTIONS = 40
STATES = ("completed",) * 94 + ("error",) * 3 + ("timeout", "cancelled", "queued")
SELECTIONS = {
    "by function and state": Selection(function="function_7", state="completed"),
    "by function and rare state": Selection(function="function_7", state="timeout"),
    "by function and status": Selection(function="function_7", status="error"),
    "by state": Selection(state="error"),
    "all": Selection(),
}
_COLUMNS: tuple[str, ...] = (
    "id",
    "kind",
    "function",
    "state",
    "attempt",
    "inputs",
    "queue",
    "priority",
    "created_at",
    "completed_at",
)
_COLUMNS = (*_COLUMNS, "root_id", "output")


def measure(rounds: int = 7, records: int = RECORDS) -> list[Row]:
    """One row for each database; PostgreSQL is measured where BENCH_POSTGRESQL names an empty one."""
    url = os.environ.get("BENCH_POSTGRESQL")
    places = {"SQLite": None, **({"PostgreSQL": url} if url else {})}
    return [_measured(name, place, rounds, records) for name, place in places.items()]


def _measured(name: str, url: str | None, rounds: int, records: int) -> Row:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        database = Database(url, folder)
        opened.callback(database.close)
        schema.prepare(database)
        fill(database, records)
        slowest, what = max((_middle(database, selection, rounds), what) for what, selection in SELECTIONS.items())
        page = newest(database, SELECTIONS["by function and state"])
        assert len(page) == 50, "the page is full"
    return Row(
        f"the newest 50 of {records:,} records, {name}",
        f"{slowest * 1000:.2f} ms ({what}, the slowest of {len(SELECTIONS)})",
        "",
        slowest * 1000,
        GOAL_MS,
        "ms",
    )


def fill(database: Database, records: int) -> None:
    """Insert that many ended executions, one a second, of several functions and states."""
    began = time.time() - records
    insert = f"INSERT INTO _executions ({', '.join(_COLUMNS)}) VALUES "
    one = f"({','.join('?' * len(_COLUMNS))})"
    for start in range(0, records, BATCH):
        with database.transaction():
            for number in range(start, min(start + BATCH, records), 50):
                rows = [_row(each, began) for each in range(number, min(number + 50, records))]
                database.run(insert + ",".join([one] * len(rows)), [value for row in rows for value in row])
    database.run("ANALYZE")


def _row(number: int, began: float) -> tuple[Any, ...]:
    at = began + number
    # a multiplicative hash spreads functions and states without chance
    spread = number * 2_654_435_761 % 2**32
    state = STATES[(spread >> 8) % len(STATES)]
    execution_id = earliest_id(at)
    ended = None if state == "queued" else at + 0.5
    function = f"function_{spread % FUNCTIONS}"
    return (execution_id, "function", function, state, 1, "{}", "default", 5, at, ended, execution_id, '{"done":true}')


def _middle(database: Database, selection: Selection, rounds: int) -> float:
    newest(database, selection)
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        newest(database, selection)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
