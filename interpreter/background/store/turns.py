"""The turns of a life that were not its last go on record: what ended each, when, and what it had used."""

from __future__ import annotations

import time

from interpreter.database import Database

SUSPENDED, FAILED, LOST = "suspended", "failed", "lost"

_KEEP = (
    "INSERT INTO _turns"
    " (execution_id, claimed_at, ended_at, attempt, worker, ending, error, error_message, cpu_seconds)"
    " SELECT id, coalesce(claimed_at, started_at, created_at), CAST(? AS DOUBLE PRECISION), CAST(? AS INTEGER), worker,"
    " CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS DOUBLE PRECISION) FROM _executions WHERE id=?"
    " ON CONFLICT DO NOTHING"
)


def keep(
    database: Database,
    execution_id: str,
    attempt: int,
    ending: str,
    error: str | None = None,
    message: str | None = None,
    cpu_seconds: float | None = None,
) -> None:
    """Inside the transaction that ends a turn: write down that it was."""
    database.run(_KEEP, (time.time(), attempt, ending, error, message, cpu_seconds, execution_id))


def spent(database: Database, execution_id: str, attempt: int) -> tuple[float, float]:
    """Seconds, and seconds of processor time, that an attempt used before it was suspended."""
    rows = database.run(
        "SELECT coalesce(sum(ended_at-claimed_at), 0), coalesce(sum(cpu_seconds), 0) FROM _turns"
        " WHERE execution_id=? AND attempt=? AND ending='suspended'",
        (execution_id, attempt),
    )
    seconds, cpu_seconds = rows[0]
    return float(seconds), float(cpu_seconds)


def count(database: Database, execution_id: str, ending: str) -> int:
    """How many turns ended so, since it was last begun anew."""
    rows = database.run(
        "SELECT count(*) FROM _turns JOIN _executions ON _executions.id=_turns.execution_id"
        " WHERE execution_id=? AND ending=? AND _turns.attempt>attempts_before",
        (execution_id, ending),
    )
    return int(rows[0][0])
