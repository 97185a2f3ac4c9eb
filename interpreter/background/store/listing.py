"""A selection becomes the newest records that it means, a page at a time, however many there are.

Ids are sorted by time, so that one order serves all: each state's newest are read off an index and merged.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

from interpreter.background.store.ids import earliest_id
from interpreter.background.store.records import COLUMNS, STATUS, record, shown
from interpreter.database import Database

_LETTERS_OF_AN_ID = 26
_OF_FAMILY = (
    "id IN (WITH RECURSIVE family(id) AS (SELECT ? UNION ALL SELECT child.id FROM _executions child"
    " JOIN family ON child.parent_id=family.id) SELECT id FROM family)"
)


class Selection(NamedTuple):
    """Which executions are meant; what is None chooses nothing. ``since`` and ``until`` are seconds since 1970."""

    state: str | None = None
    status: str | None = None
    function: str | None = None
    kind: str | None = None
    queue: str | None = None
    since: float | None = None
    until: float | None = None
    parent: str | None = None
    root: str | None = None
    """An id: it, and all that it dispatched, and what these dispatched."""
    prefix: str | None = None
    """How the id begins, in capitals."""
    before: str | None = None
    """An id: only older ones, which is the next page after that which ended with it."""
    limit: int = 50


def newest(database: Database, selection: Selection) -> list[dict[str, Any]]:
    """The newest records of a selection, the newest first."""
    conditions, values = _conditions(selection)
    states = _states(selection)
    if len(states) == len(STATUS) and selection.function is None:
        pages = [_page(database, conditions, values, selection.limit)]
    else:
        each = [*conditions, "state=?"]
        pages = [_page(database, each, [*values, state], selection.limit) for state in states]
    merged = heapq.merge(*pages, key=lambda row: row[0], reverse=True)
    return [record(row) for row, _ in zip(merged, range(selection.limit))]


def _page(database: Database, conditions: list[str], values: list[Any], limit: int) -> list[tuple[Any, ...]]:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return database.run(f"SELECT {COLUMNS} FROM _executions{where} ORDER BY id DESC LIMIT ?", (*values, limit))


def _states(selection: Selection) -> list[str]:
    return [
        own
        for own, word in STATUS.items()
        if selection.state in (None, shown(own)) and selection.status in (None, word)
    ]


def _conditions(selection: Selection) -> tuple[list[str], list[Any]]:
    """What of a selection is not about states, as SQL."""
    wanted = {
        "function=?": selection.function,
        "kind=?": selection.kind,
        "queue=?": selection.queue,
        "id>=?": None if selection.since is None else earliest_id(selection.since),
        "id<?": None if selection.until is None else earliest_id(selection.until),
        "parent_id=?": selection.parent,
        _OF_FAMILY: selection.root,
        "id < ?": selection.before,
    }
    if selection.prefix is not None:
        wanted["id >= ?"] = selection.prefix.ljust(_LETTERS_OF_AN_ID, "0")
        wanted["id <= ?"] = selection.prefix.ljust(_LETTERS_OF_AN_ID, "Z")
    chosen = {condition: value for condition, value in wanted.items() if value is not None}
    return list(chosen), list(chosen.values())
