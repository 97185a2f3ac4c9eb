"""An id becomes the story of its execution: what it was given, its turns and waits, its actions and its children."""

from __future__ import annotations

import time
from collections.abc import Iterator
from json import loads
from typing import Any, NamedTuple

from interpreter.background.options import limits
from interpreter.background.store.records import COLUMNS, DELAYED, ENDED, RETRYING, RUNNING, WAITING, record
from interpreter.database import Database
from interpreter.masking import HIDDEN, masked_by_name
from interpreter.security.vault import is_sealed
from interpreter.values import Moment

OBSERVED = ("now", "random", "uuid")
"""Steps that only looked: they are on record, and are no actions."""
DETAILS = ("queue", "priority", "time_limit", "parent_id", "root_id", "idempotency_key", "traceparent")

_MORE = ", ".join((*DETAILS, "inputs", "options", "worker", "claimed_at"))
_GAPS = {"suspended": "waiting", "failed": "retrying", "lost": "queued"}
"""What an execution does after a turn that ended so."""
_OF_STATE = {DELAYED: "delayed", WAITING: "waiting", RETRYING: "retrying"}


class Phase(NamedTuple):
    """A stretch of a life: delayed, queued, running, waiting, retrying, ended. ``end`` is None while it goes on."""

    name: str
    begin: float
    end: float | None
    attempt: int | None = None
    worker: str | None = None
    error: str | None = None


class Action(NamedTuple):
    """A recorded action: when it was done, or begun where it has not ended. ``error`` is its fault's sentence."""

    sequence: int
    place: str
    name: str
    at: float
    state: str
    error: str | None


class Story(NamedTuple):
    """One execution with all that is known of it; ``untold`` of its children were left out."""

    record: dict[str, Any]
    details: dict[str, Any]
    created: float
    ended: float | None
    phases: list[Phase]
    actions: list[Action]
    children: list[Story]
    untold: int = 0


def story_of(database: Database, execution_id: str, most_children: int, *, deep: bool = True) -> Story | None:
    """The story of an execution and, where ``deep``, of its children's children; None where there is none."""
    rows = database.run(f"SELECT {COLUMNS}, state, {_MORE} FROM _executions WHERE id=?", (execution_id,))
    return _story(database, rows[0], most_children, deep) if rows else None


def _story(database: Database, row: tuple[Any, ...], most: int, deep: bool) -> Story:
    width = len(COLUMNS.split(","))
    known, state, more = record(row[:width]), row[width], row[width + 1 :]
    details = dict(zip(_MORE.split(", "), more))
    sealed = is_sealed(details["inputs"])
    details["inputs"] = HIDDEN if sealed else masked_by_name(loads(details["inputs"]))
    details["options"] = loads(details["options"]) if details["options"] else {}
    if is_sealed(str(details["options"].get("callback_url"))):
        details["options"]["callback_url"] = HIDDEN
    created, ended = row[8], row[10]
    phases = _phases(database, known["execution_id"], state, created, ended, details)
    children, untold = _children(database, known["execution_id"], most, deep)
    actions = _actions(database, known["execution_id"])
    return Story(known, details, created, ended, phases, actions, children, untold)


def _children(database: Database, parent: str, most: int, deep: bool) -> tuple[list[Story], int]:
    where = "FROM _executions WHERE parent_id=?"
    rows = database.run(f"SELECT {COLUMNS}, state, {_MORE} {where} ORDER BY id LIMIT ?", (parent, most))
    count = database.run(f"SELECT count(*) {where}", (parent,))[0][0]
    return [_story(database, row, most if deep else 0, deep) for row in rows], count - len(rows)


def _actions(database: Database, execution_id: str) -> list[Action]:
    rows = database.run(
        "SELECT sequence, place, name, at, output IS NOT NULL, fault FROM _steps"
        " WHERE execution_id=? ORDER BY sequence",
        (execution_id,),
    )
    return [
        Action(sequence, place, name, at, "failed" if fault else "done" if done else "begun", _sentence(fault))
        for sequence, place, name, at, done, fault in rows
        if place and name not in OBSERVED
    ]


def _sentence(fault: str | None) -> str | None:
    if fault is None:
        return None
    return HIDDEN if is_sealed(fault) else str(loads(fault)["message"])


def _phases(
    database: Database, execution_id: str, state: str, created: float, ended: float | None, details: dict[str, Any]
) -> list[Phase]:
    """The phases in their order, without gaps between them."""
    turns = list(_turns(database, execution_id, state, ended, details))
    due = database.run("SELECT min(due) FROM _timers WHERE id=? AND state=?", (execution_id, DELAYED))[0][0]
    phases: list[Phase] = []
    at, gap = created, "queued"
    first = turns[0].begin if turns else ended
    delayed_until = _delayed_until(created, details["options"], due, first)
    if delayed_until is not None:
        going_on = state == DELAYED and ended is None
        phases.append(Phase("delayed", created, None if going_on else delayed_until))
        at = delayed_until
        if going_on:
            return phases
    for turn, how in ((turn, turn.name) for turn in turns):
        phases.append(Phase(gap, at, turn.begin))
        phases.append(turn._replace(name="running"))
        at, gap = turn.end or turn.begin, _GAPS.get(how, "ended")
    if ended is None and state != RUNNING:
        phases.append(Phase(_OF_STATE.get(state, "queued"), at, None))
    elif ended is not None and (not turns or at < ended):
        phases.append(Phase(gap, at, ended))
    return phases


def _turns(
    database: Database, execution_id: str, state: str, ended: float | None, details: dict[str, Any]
) -> Iterator[Phase]:
    """Each time that a worker had it, named by how that ended; the last one is in the execution's own row."""
    rows = database.run(
        "SELECT ending, claimed_at, ended_at, attempt, worker, error_message FROM _turns WHERE execution_id=?"
        " ORDER BY claimed_at",
        (execution_id,),
    )
    yield from (Phase(*row) for row in rows)
    last = details["claimed_at"]
    if last is not None and last not in [row[1] for row in rows] and (state == RUNNING or state in ENDED):
        attempt = database.run("SELECT attempt FROM _executions WHERE id=?", (execution_id,))[0][0]
        yield Phase("ended", last, ended, attempt, details["worker"])


def _delayed_until(created: float, options: dict[str, Any], due: float | None, end: float | None) -> float | None:
    """When a delay was over, or will be; None where there was none. ``end``: when it was begun or ended, if it was."""
    if due is None and not options.get("delay"):
        return None
    until = created + limits.delay(options) if due is None else due
    return until if end is None else min(until, end)


def plain(story: Story, now: float | None = None) -> dict[str, Any]:
    """The timeline as plain data: times as ISO texts, lengths in seconds."""
    now = time.time() if now is None else now
    return {
        **{key: story.record[key] for key in ("execution_id", "function_name", "kind", "state", "attempt", "error")},
        "created_at": str(Moment(story.created)),
        "completed_at": None if story.ended is None else str(Moment(story.ended)),
        "seconds": round((story.ended or now) - story.created, 6),
        "phases": [_plain_phase(phase, now) for phase in story.phases],
        "actions": [{**action._asdict(), "at": str(Moment(action.at))} for action in story.actions],
        "children": [plain(child, now) for child in story.children],
        "children_not_shown": story.untold,
    }


def _plain_phase(phase: Phase, now: float) -> dict[str, Any]:
    return {
        "phase": phase.name,
        "from": str(Moment(phase.begin)),
        "to": None if phase.end is None else str(Moment(phase.end)),
        "seconds": round(max(0.0, (now if phase.end is None else phase.end) - phase.begin), 6),
        "attempt": phase.attempt,
        "worker": phase.worker,
        "error": phase.error,
    }
