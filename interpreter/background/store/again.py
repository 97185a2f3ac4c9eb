"""An execution that ended badly becomes an open one again, under its own id: from the start, or from its journal."""

from __future__ import annotations

import time
from json import loads
from typing import Any

from interpreter.background.store.ids import parse_id
from interpreter.background.store.records import (
    CANCELLED,
    COMPLETED,
    DELAYED,
    ERROR,
    QUEUED,
    RETRYING,
    TIMEOUT,
    Bell,
    Records,
    shown,
)
from interpreter.diagnostic import Fault

FAILED = (ERROR, TIMEOUT, CANCELLED)
NOT_YET = (DELAYED, RETRYING)
"""States of what waits for its time: a retry runs it now."""

_OPEN_AGAIN = (
    "UPDATE _executions SET state='queued', published_at=?, completed_at=NULL, output=NULL, error=NULL,"
    " error_message=NULL, error_details=NULL, pending=NULL, attempts_before=attempt{more}"
    " WHERE id=? AND attempt=? AND state=? RETURNING id, queue, priority, time_limit"
)
_ANEW = _OPEN_AGAIN.format(more=", progress=NULL")
_ON = _OPEN_AGAIN.format(more="")
_LOOK = "SELECT state, attempt, error, error_message, claimed_at, completed_at, worker FROM _executions WHERE id=?"


def retry(records: Records, asked: str) -> Bell:
    """Run an execution anew from its start: journal emptied, every attempt allowed again, what is due later now.

    Fault background/cannot-run-again where it completed, or is open and not waiting for its time.
    """
    execution_id, row = _found(records, asked)
    state, attempt = row[:2]
    if state not in (*FAILED, *NOT_YET):
        raise _cannot(asked, state, "retry")
    with records.database.transaction():
        bells = records.database.run(_ANEW, (time.time(), execution_id, attempt, state))
        if not bells:
            raise _cannot(asked, "no longer " + state, "retry")
        _leave(records, execution_id, row)
        _forget(records, execution_id, 0)
    return Bell(*bells[0])


def resume(records: Records, asked: str, step: int | None = None) -> Bell:
    """Let an execution go on after its last recorded action, the one that failed it being done again.

    ``step``: what was recorded from this number on is forgotten. Fault background/cannot-run-again where it has not
    failed.
    """
    execution_id, row = _found(records, asked)
    state, attempt = row[:2]
    if state not in FAILED:
        raise _cannot(asked, state, "resume")
    with records.database.transaction():
        bells = records.database.run(_ON, (time.time(), execution_id, attempt, state))
        if not bells:
            raise _cannot(asked, "no longer " + state, "resume")
        _leave(records, execution_id, row)
        _forget(records, execution_id, _first_to_forget(records, execution_id, row[3]) if step is None else step)
    return Bell(*bells[0])


def _found(records: Records, asked: str) -> tuple[str, tuple[Any, ...]]:
    execution_id = parse_id(asked)
    if execution_id is None:
        raise Fault("background/bad-id", f'"{asked[:40]}" is not an execution id')
    rows = records.database.run(_LOOK, (execution_id,))
    if not rows:
        raise Fault("background/unknown-execution", f'no execution has the id "{asked}"')
    return execution_id, rows[0]


def _cannot(asked: str, state: str, verb: str) -> Fault:
    hints = {
        COMPLETED: "to do it once more, run its function again",
        QUEUED: "it will run as soon as a worker is free: interpreter doctor",
        RETRYING: f"interpreter executions retry {asked} runs it now",
        DELAYED: f"interpreter executions retry {asked} runs it now",
    }
    hint = hints.get(state, f"cancel it first: interpreter executions cancel {asked}")
    return Fault("background/cannot-run-again", f'"{asked}" is {shown(state)}: there is nothing to {verb}', hint)


def _leave(records: Records, execution_id: str, row: tuple[Any, ...]) -> None:
    """End the life before this one: it waits for nothing any more, and its last turn is kept to look back at."""
    records.database.run("DELETE FROM _timers WHERE id=?", (execution_id,))
    records.database.run("DELETE FROM _waits WHERE parent=?", (execution_id,))
    state, attempt, error, message, claimed, ended, worker = row
    if claimed is not None and state in FAILED:
        records.database.run(
            "INSERT INTO _turns (execution_id, claimed_at, ended_at, attempt, worker, ending, error, error_message)"
            " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
            (execution_id, claimed, ended, attempt, worker, "ended", error, message),
        )


def _first_to_forget(records: Records, execution_id: str, message: str | None) -> int | None:
    """The step that ended the run by its fault, or that was begun and never ended; None: all were done."""
    steps = records.database.run(
        "SELECT sequence, output, fault FROM _steps WHERE execution_id=? ORDER BY sequence DESC", (execution_id,)
    )
    for sequence, _, fault in steps:
        if fault is not None and loads(fault)["message"] == message:
            return int(sequence)
    if steps and steps[0][1:] == (None, None):
        return int(steps[0][0])
    return None


def _forget(records: Records, execution_id: str, step: int | None) -> None:
    """Drop what is recorded from a step on; what was dispatched there is no longer the answer of that step."""
    if step is None:
        return
    run = records.database.run
    run("DELETE FROM _steps WHERE execution_id=? AND sequence>=?", (execution_id, step))
    run(
        "UPDATE _executions SET parent_sequence=NULL WHERE parent_id=? AND parent_sequence>=?",
        (execution_id, step),
    )
