"""A recorded action beside a bare durable insert on the same database, and the replay of a thousand of them."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from bench.clock import Rounds, middle, ratio
from bench.databases import databases
from bench.table import Row, duration
from interpreter.background.store.ids import new_id
from interpreter.background.store.records import Bell, Job, Records
from interpreter.background.work.journal import Journal
from interpreter.database import Database
from interpreter.security.vault import Vault

ACTIONS = 1_000
ACTION_GOAL = 2.0
REPLAY_GOAL_MS = 50.0
RESULT = {"id": 17, "created_at": "2026-01-31T12:00:00Z", "name": "a row of ordinary size", "tags": ["a", "b", "c"]}
_BARE = "INSERT INTO bare VALUES (?,?,?,?)"


def measure(rounds: int = 7, actions: int = ACTIONS) -> list[Row]:
    rows: list[Row] = []
    with databases() as found:
        for name, database in found.items():
            rows += _measured(name, database, rounds, actions)
    return rows


def _measured(name: str, database: Database, rounds: int, actions: int) -> list[Row]:
    """By the wall clock: what is waited for is the disk."""
    database.run(
        "CREATE TABLE bare (id TEXT, number INTEGER, result TEXT, at DOUBLE PRECISION, PRIMARY KEY (id, number))"
    )
    ours: Rounds = []
    bare: Rounds = []
    replays: Rounds = []
    with_hand = _by_hand(database)
    for _ in range(rounds):
        job = _claimed(database)
        ours.append(_seconds(lambda job=job: _act(database, job, actions)) / actions)
        bare.append(_seconds(lambda: _insert(with_hand, actions)) / actions)
        again = job._replace(attempt=job.attempt, pending=0)
        replays.append(_seconds(lambda again=again: _act(database, again, actions)))
    with_hand.close()
    return [
        Row(
            f"one recorded action, {name}",
            duration(middle(ours)),
            f"{duration(middle(bare))}, a bare insert",
            ratio(ours, bare),
            ACTION_GOAL,
        ),
        Row(
            f"the replay of {actions:,} recorded actions, {name}",
            duration(middle(replays)),
            "",
            middle(replays) * 1000,
            REPLAY_GOAL_MS,
            "ms",
        ),
    ]


def _claimed(database: Database) -> Job:
    records = Records(database)
    bell = Bell(new_id(), "default", 5, None)
    records.insert(bell, "function", "measured", "{}", None)
    job = records.claim(bell.id, "bench", "1")
    assert job is not None
    return job


def _act(database: Database, job: Job, actions: int) -> None:
    journal = Journal(Records(database), job, 1 << 20, Vault(None, Path()))
    for _ in range(actions):
        journal.step("measured#1", "act", lambda: RESULT)


def _by_hand(database: Database) -> Any:
    """A driver's connection to the same database, set up as one would by hand."""
    if database.path is not None:
        connection = sqlite3.connect(database.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection
    import psycopg

    return psycopg.connect(database.url, autocommit=True)


def _insert(connection: Any, actions: int) -> None:
    from interpreter.values import encode

    execution_id = new_id()
    statement = _BARE if isinstance(connection, sqlite3.Connection) else _BARE.replace("?", "%s")
    for number in range(actions):
        connection.execute(statement, (execution_id, number, encode(RESULT), time.time()))


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
