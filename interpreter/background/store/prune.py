"""Executions that ended long ago become free space: they and all that was recorded of them are removed, in batches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from interpreter.background.store.ids import earliest_id
from interpreter.background.store.records import BATCH, COMPLETED, ENDED
from interpreter.database import Database, marks

DAY = 86_400.0
SUPERSEDED = 3600.0
"""Seconds after which nothing begins with a document any more that a newer one of its file has replaced."""


class Rule(NamedTuple):
    """What may go: executions in one of ``states`` that ended before ``before``, but none of the newest ``keep``."""

    states: Sequence[str]
    before: float
    keep: int = 0


def rules(keep_completed_days: float, keep_failed_days: float, now: float) -> list[Rule]:
    """What a workspace's settings let go; 0 days keep for ever."""
    kept = {(COMPLETED,): keep_completed_days, tuple(each for each in ENDED if each != COMPLETED): keep_failed_days}
    return [Rule(states, now - days * DAY) for states, days in kept.items() if days]


def prune(database: Database, rule: Rule, *, dry_run: bool = False) -> Counter[str]:
    """Remove everything that the rule lets go; how many of each state went, or would go."""
    gone: Counter[str] = Counter()
    last = _newest_to_go(database, rule)
    for state in rule.states:
        after = ""
        while ids := _removable(database, state, rule.before, after, last):
            gone[state] += len(ids) if dry_run else _remove(database, state, ids)
            after = ids[-1]
    if not dry_run:
        _tidy(database, rule.before)
    return gone


def prune_some(database: Database, each: Iterable[Rule]) -> bool:
    """One batch of every rule, as a sweeper does it; whether there may be more to remove."""
    more = False
    for rule in each:
        for state in rule.states:
            ids = _removable(database, state, rule.before, "", _newest_to_go(database, rule))
            _remove(database, state, ids)
            more = more or len(ids) == BATCH
        if not more:
            _tidy(database, rule.before)
    return more


def _newest_to_go(database: Database, rule: Rule) -> str:
    """Ids from here on stay: made after the time, or among the newest."""
    bound = earliest_id(rule.before)
    if not rule.keep:
        return bound
    kept = database.run(
        f"SELECT id FROM _executions WHERE state IN ({marks(len(rule.states))}) ORDER BY id DESC LIMIT 1 OFFSET ?",
        (*rule.states, rule.keep - 1),
    )
    return min(bound, kept[0][0]) if kept else ""


def _removable(database: Database, state: str, before: float, after: str, below: str) -> list[str]:
    """The oldest that ended before a time; not those whose parent is open, which may still ask for them."""
    rows = database.run(
        "SELECT id FROM _executions WHERE state=? AND id>? AND id<? AND completed_at<? AND NOT EXISTS"
        " (SELECT 1 FROM _executions parent WHERE parent.id=_executions.parent_id"
        f" AND parent.state NOT IN ({marks(len(ENDED))})) ORDER BY id LIMIT {BATCH}",
        (state, after, below, before, *ENDED),
    )
    return [row[0] for row in rows]


def _remove(database: Database, state: str, ids: list[str]) -> int:
    """Remove those that are still in this state, with their steps, turns, waits and timers."""
    if not ids:
        return 0
    with database.transaction():
        rows = database.run(
            f"DELETE FROM _executions WHERE state=? AND id IN ({marks(len(ids))}) RETURNING id", (state, *ids)
        )
        gone = [row[0] for row in rows]
        if gone:
            those = marks(len(gone))
            for table, column in (("_steps", "execution_id"), ("_turns", "execution_id"), ("_timers", "id")):
                database.run(f"DELETE FROM {table} WHERE {column} IN ({those})", gone)
            database.run(f"DELETE FROM _waits WHERE child IN ({those}) OR parent IN ({those})", (*gone, *gone))
    return len(gone)


def _tidy(database: Database, before: float) -> None:
    """Fires of long ago, and documents that a newer one replaced and no run goes on with."""
    database.run("DELETE FROM _fires WHERE at<?", (before,))
    old = database.run(
        "SELECT hash FROM _documents WHERE kept_at<? AND EXISTS (SELECT 1 FROM _documents newer"
        " WHERE newer.path=_documents.path AND newer.kept_at>_documents.kept_at AND newer.kept_at<?)",
        (before, time.time() - SUPERSEDED),
    )
    for (document,) in old:
        database.run(
            "DELETE FROM _documents WHERE hash=? AND NOT EXISTS (SELECT 1 FROM _steps WHERE place='' AND output=?)",
            (document, f'"{document}"'),
        )


def shrink(database: Database) -> None:
    """Give the space back to the file system: SQLite's file else only reuses it; PostgreSQL does so by itself."""
    if database.is_sqlite:
        database.run("VACUUM")
        database.run("PRAGMA wal_checkpoint(TRUNCATE)")
