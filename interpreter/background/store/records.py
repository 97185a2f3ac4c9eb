"""An execution becomes a row and lives there: inserted, claimed, ended or suspended, each by one conditional write.

The row is the truth; a message on the bus only rings. A claim takes a queued row, an end is written only if the
row still runs under the attempt that ends it: late, doubled and stale messages change nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from json import loads
from typing import Any, NamedTuple

from interpreter import tracing
from interpreter.background.store import callbacks, turns
from interpreter.background.store.ids import new_id, time_of, trace_parts
from interpreter.database import Database, marks
from interpreter.diagnostic import Fault
from interpreter.values import Moment, encode

QUEUED, DELAYED, RUNNING, WAITING, RETRYING = "queued", "delayed", "running", "waiting", "retrying"
COMPLETED, ERROR, TIMEOUT, CANCELLED = "completed", "error", "timeout", "cancelled"
OPEN = (DELAYED, QUEUED, RUNNING, WAITING, RETRYING)
ENDED = (COMPLETED, ERROR, TIMEOUT, CANCELLED)
STATES = (DELAYED, QUEUED, RUNNING, RETRYING, COMPLETED, ERROR, TIMEOUT, CANCELLED)
"""The words that a record's ``state`` may show; a waiting execution shows running."""

BATCH = 500
"""Ids in one statement."""
PARKED = math.inf
"""When an execution is published that waits for room in its limited queue: not before there is some."""


class Bell(NamedTuple):
    """What a doorbell message needs to know of an execution."""

    id: str
    queue: str
    priority: int
    time_limit: float | None


class Job(NamedTuple):
    """A claimed execution: everything that running it needs. ``inputs`` and ``options`` are JSON text."""

    id: str
    kind: str
    function: str
    inputs: str
    options: str | None
    attempt: int
    queue: str
    priority: int
    time_limit: float | None
    created_at: float
    root_id: str
    pending: int | None
    room: int | None = None
    called_in: str | None = None
    """The traceparent of whoever dispatched it."""

    @property
    def traceparent(self) -> str:
        """The trace that it belongs to, with its own span."""
        return _own_traceparent(self.id, self.root_id, self.called_in)

    @property
    def bell(self) -> Bell:
        return Bell(self.id, self.queue, self.priority, self.time_limit)

    @property
    def has_history(self) -> bool:
        """Whether an earlier attempt may have recorded steps."""
        return self.attempt > 1 or self.pending is not None


class Outcome(NamedTuple):
    """How an execution ended. ``output`` and ``error_details`` are JSON text."""

    state: str
    output: str | None = None
    error: str | None = None
    error_message: str | None = None
    error_details: str | None = None


_INSERT = (
    "INSERT INTO _executions (id, kind, function, state, attempt, inputs, options, queue, priority, time_limit,"
    " created_at, published_at, parent_id, parent_sequence, root_id, idempotency_key, room,"
    " traceparent) VALUES (?,?,?,?,0,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"
)
CLAIM = (
    "UPDATE _executions SET state='running', attempt=attempt+1, worker=?, process=?,"
    " claimed_at=?, started_at=coalesce(started_at, ?) WHERE id=? AND state='queued' {}"
    " RETURNING id, kind, function, inputs, options, attempt, queue, priority, time_limit, created_at, root_id,"
    " pending, room, traceparent"
)
"""What takes a queued execution for a worker, on one more condition."""
_CLAIM = CLAIM.format("AND room IS NULL")
_END = (
    "UPDATE _executions SET state=?, output=?, error=?, error_message=?, error_details=?, completed_at=?"
    " WHERE id=? AND attempt=? AND state='running' RETURNING options"
)
_WAKE = (
    "UPDATE _executions SET pending=pending-1, published_at=CASE WHEN pending<=1 THEN ? ELSE published_at END,"
    " state=CASE WHEN pending<=1 THEN 'queued' ELSE state END"
    " WHERE id=? AND state='waiting' RETURNING state, id, queue, priority, time_limit"
)
COLUMNS = (
    "id, function, kind, state, output, error, error_message, error_details, created_at, started_at,"
    " completed_at, attempt, progress, root_id, traceparent"
)
"""What ``record`` makes a record of."""


class Records:
    """The executions of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- the three hot statements ------------------------------------------------------------------

    def insert(
        self,
        bell: Bell,
        kind: str,
        function: str,
        inputs: str,
        options: str | None,
        *,
        due: float | None = None,
        parent: tuple[str, int | None, str] | None = None,
        idempotency_key: str | None = None,
        room: int | None = None,
        traceparent: str | None = None,
    ) -> str:
        """Record an execution and give its id: that of the one that was there, where step or key were seen before.

        Fault background/key-reused where the key was seen with other inputs.
        ``due``: when it may run, if not now. ``room``: how many of its queue may run at once, if that is limited.
        ``parent``: the dispatching execution's id, step and root. ``traceparent``: the trace of who dispatches it.
        """
        parent_id, sequence, root = parent or (None, None, bell.id)
        created = time_of(bell.id)
        state, published = (QUEUED, PARKED if room else created) if due is None else (DELAYED, None)
        values = (
            *(bell.id, kind, function, state, inputs, options, bell.queue, bell.priority, bell.time_limit),
            *(created, published, parent_id, sequence, root, idempotency_key, room, traceparent),
        )
        if due is None:
            fresh = self.database.change(_INSERT, values)
        else:
            with self.database.transaction():
                fresh = self.database.change(_INSERT, values)
                if fresh:
                    self.database.run("INSERT INTO _timers VALUES (?,?,?)", (due, bell.id, DELAYED))
        if fresh:
            return bell.id
        of_step = self.database.run(
            "SELECT id FROM _executions WHERE parent_id=? AND parent_sequence=?", (parent_id, sequence)
        )
        return str(of_step[0][0]) if of_step else self._first_of(idempotency_key, kind, function, inputs)

    def _first_of(self, key: str | None, kind: str, function: str, inputs: str) -> str:
        """The execution that has the key, if it is the same call; Fault background/key-reused."""
        first, its_kind, its_inputs = self.database.run(
            "SELECT id, kind, inputs FROM _executions WHERE function=? AND idempotency_key=?", (function, key)
        )[0]
        other = f"as a {its_kind}" if its_kind != kind else "with other inputs"
        if its_kind != kind or _in_order(its_inputs) != _in_order(inputs):
            raise Fault(
                "background/key-reused",
                f'the idempotency key "{key}" was used before, for a call of "{function}" {other}',
                f"that call is {first}; a key stands for one call with one set of inputs",
            )
        return str(first)

    def claim(self, execution_id: str, worker: str, process: str) -> Job | None:
        """Take a queued execution for a worker's process; None where it is not queued (doubled, cancelled, ended).

        Nor where its queue is limited: ``Queues.claim`` takes those.
        """
        now = time.time()
        rows = self.database.run(_CLAIM, (worker, process, now, now, execution_id))
        return Job(*rows[0]) if rows else None

    def end(self, execution_id: str, attempt: int, outcome: Outcome) -> list[Bell] | None:
        """Write the outcome, if this attempt still runs, else None. The parents that this wakes."""
        with self.database.transaction():
            ended = self.database.run(_END, (*outcome, time.time(), execution_id, attempt))
            return self.settle(execution_id, ended[0][0]) if ended else None

    def settle(self, ended: str, options: str | None) -> list[Bell]:
        """Inside the transaction that ends an execution: queue what its end sets going. ``options``: its own."""
        bells = self._wake_parents(ended)
        if options is not None and '"callback_url"' in options:
            bells += self._queue_callback(ended, loads(options))
        return bells

    def _queue_callback(self, ended: str, options: dict[str, Any]) -> list[Bell]:
        record = self.read([ended])[ended]
        if not callbacks.owed(options, record):
            return []
        priority, root, called_in = self.database.run(
            "SELECT priority, root_id, traceparent FROM _executions WHERE id=?", (ended,)
        )[0]
        trace = _own_traceparent(ended, root, called_in)
        bell = Bell(new_id(), callbacks.QUEUE, priority, None)
        inputs = encode(callbacks.delivery(bell.id, options["callback_url"], record))
        self.insert(
            bell, callbacks.KIND, callbacks.FUNCTION, inputs, None, parent=(ended, None, root), traceparent=trace
        )
        return [bell]

    def _wake_parents(self, child: str) -> list[Bell]:
        """Queue the executions for which ``child`` was the last awaited."""
        bells = []
        for (parent,) in self.database.run("DELETE FROM _waits WHERE child=? RETURNING parent", (child,)):
            for state, *bell in self.database.run(_WAKE, (time.time(), parent)):
                if state == QUEUED:
                    bells.append(Bell(*bell))
        return bells

    # --- the rarer turns of a life -----------------------------------------------------------------

    def suspend(
        self, job: Job, awaited: Sequence[str], any_one: bool, due: float | None, cpu_seconds: float = 0.0
    ) -> bool | None:
        """Put a running execution to wait for others, or only for a time: whether it waits now.

        False: what it waits for has ended already, and it still runs. None: it is no longer this attempt's.
        """
        with self.database.transaction():
            unfinished = self._unfinished(awaited)
            enough = len(unfinished) < len(set(awaited)) if any_one else not unfinished
            if awaited and enough:
                return False
            pending = 1 if any_one or not unfinished else len(unfinished)
            changed = self.database.change(
                "UPDATE _executions SET state='waiting', pending=?, attempt=attempt-1"
                " WHERE id=? AND attempt=? AND state='running'",
                (pending, job.id, job.attempt),
            )
            if not changed:
                return None
            turns.keep(self.database, job.id, job.attempt, turns.SUSPENDED, cpu_seconds=cpu_seconds)
            for child in unfinished:
                self.database.run("INSERT INTO _waits VALUES (?,?) ON CONFLICT DO NOTHING", (child, job.id))
            if due is not None:
                self._set_timer(due, job.id, WAITING)
            return True

    def _unfinished(self, ids: Sequence[str]) -> list[str]:
        unfinished = []
        for batch in _batches(sorted(set(ids))):
            self.database.lock_rows("_executions", batch)
            unfinished += self.database.run(
                f"SELECT id FROM _executions WHERE id IN ({marks(len(batch))}) AND state NOT IN ({marks(len(ENDED))})",
                (*batch, *ENDED),
            )
        return [row[0] for row in unfinished]

    def retry(self, execution_id: str, attempt: int, outcome: Outcome, due: float) -> bool:
        """Put a failed attempt to wait for its next one, its journal emptied; False where it is not ours any more."""
        with self.database.transaction():
            changed = self.database.change(
                "UPDATE _executions SET state='retrying', error=?, error_message=?, error_details=?, pending=NULL"
                " WHERE id=? AND attempt=? AND state='running'",
                (outcome.error, outcome.error_message, outcome.error_details, execution_id, attempt),
            )
            if changed:
                reason = (outcome.error, outcome.error_message)
                turns.keep(self.database, execution_id, attempt, turns.FAILED, *reason)
                self._set_timer(due, execution_id, RETRYING)
                self.database.run("DELETE FROM _steps WHERE execution_id=?", (execution_id,))
                self.database.run("UPDATE _executions SET parent_sequence=NULL WHERE parent_id=?", (execution_id,))
        return bool(changed)

    def _set_timer(self, due: float, execution_id: str, state: str) -> None:
        self.database.run("INSERT INTO _timers VALUES (?,?,?) ON CONFLICT DO NOTHING", (due, execution_id, state))

    def mark_unpublished(self, ids: Iterable[str]) -> None:
        """The bus did not take these: the sweeper will publish them."""
        for execution_id in ids:
            self.database.run("UPDATE _executions SET published_at=NULL WHERE id=? AND state='queued'", (execution_id,))

    # --- reading -----------------------------------------------------------------------------------

    def ended(self, ids: Iterable[str]) -> set[str]:
        """Which of these have ended, or were never there."""
        wanted = set(ids)
        going: set[str] = set()
        for batch in _batches(list(wanted)):
            rows = self.database.run(
                f"SELECT id FROM _executions WHERE id IN ({marks(len(batch))}) AND state NOT IN ({marks(len(ENDED))})",
                (*batch, *ENDED),
            )
            going.update(row[0] for row in rows)
        return wanted - going

    def read(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The records of those that are there, by id."""
        found: dict[str, dict[str, Any]] = {}
        for batch in _batches(list(dict.fromkeys(ids))):
            rows = self.database.run(f"SELECT {COLUMNS} FROM _executions WHERE id IN ({marks(len(batch))})", batch)
            found.update((row[0], record(row)) for row in rows)
        return found

    def count(self, states: Sequence[str] = OPEN) -> int:
        """How many executions are in one of these states."""
        rows = self.database.run(f"SELECT count(*) FROM _executions WHERE state IN ({marks(len(states))})", states)
        return int(rows[0][0])


STATUS = {
    **dict.fromkeys((DELAYED, QUEUED, RUNNING, WAITING, RETRYING), "running"),
    COMPLETED: "completed",
    **dict.fromkeys((ERROR, TIMEOUT, CANCELLED), "error"),
}
"""The one of three words that clients understand, by exact state."""


def _in_order(written: str) -> str:
    """The same JSON text for the same value, whatever the order of its keys."""
    return encode(loads(written), sort_keys=True)


def _own_traceparent(execution_id: str, root: str, called_in: str | None) -> str:
    span = trace_parts(execution_id)[1]
    return tracing.going_on(called_in, span) if called_in else tracing.of_root(trace_parts(root)[0], span)


def shown(state: str) -> str:
    """The state as a record shows it."""
    return RUNNING if state == WAITING else state


def record(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as the record that authors, the command line and HTTP clients see."""
    (
        execution_id,
        function,
        kind,
        state,
        output,
        error,
        message,
        details,
        created,
        started,
        ended,
        attempt,
        progress,
        root,
        called_in,
    ) = row
    return {
        "execution_id": execution_id,
        "function_name": function,
        "kind": kind,
        "status": STATUS[state],
        "state": QUEUED if state == WAITING and started is None else shown(state),  # behind others, and never begun
        "output": _document(output),
        "error": error,
        "error_message": message,
        "error_details": _document(details),
        "created_at": _time(created),
        "started_at": _time(started),
        "completed_at": _time(ended),
        "attempt": attempt,
        "progress": _document(progress),
        "trace_id": tracing.trace_id(_own_traceparent(execution_id, root, called_in)),
    }


def absent_record(asked: str, code: str, message: str) -> dict[str, Any]:
    """What stands in a list of records for an id that names no execution."""
    fields = "execution_id function_name kind status state output error error_message error_details created_at"
    fields += " started_at completed_at attempt progress trace_id"
    absent: dict[str, Any] = dict.fromkeys(fields.split())
    absent.update(execution_id=asked, status="error", state="not_found", error=code, error_message=message, attempt=0)
    return absent


def _document(written: str | None) -> Any:
    return None if written is None else loads(written)


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else str(Moment(seconds))


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
