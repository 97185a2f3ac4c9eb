"""What a worker's processes run is looked after by their parent: told when it was cancelled, ended when it is deaf."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from json import loads
from typing import Any, NamedTuple

from celery.worker import state as worker_state

from interpreter.background.engine import Engine
from interpreter.background.options.resources import CPU, GRACE, TIME, exceeded, resources
from interpreter.background.store.records import CANCELLED
from interpreter.background.upkeep.cancelling import finish_cancelling
from interpreter.background.work.endings import end, try_again
from interpreter.background.work.guard import LOOK
from interpreter.database import marks


class Held(NamedTuple):
    """What one process is at: as its row says, with the seconds that the attempt had used before."""

    id: str
    attempt: int
    state: str
    process: str
    claimed_at: float
    time_limit: float | None
    options: str | None
    spent: float


class Warden:
    """The parent of a worker's processes. ``worker`` is the name under which it beats."""

    def __init__(self, engine: Engine, worker: str) -> None:
        self._engine = engine
        self._worker = worker
        self._since: dict[tuple[Any, ...], float] = {}

    def look(self) -> None:
        """Have what was cancelled stop, and end the processes that did not hear that their time is up."""
        ids = [str(each) for request in list(worker_state.active_requests) for each in request.args[0]]
        before, self._since = self._since, {}
        if not ids:
            return
        for held in self._held(ids):
            seen = held[:5]
            self._since[seen] = before.get(seen, time.monotonic())
            elapsed = time.monotonic() - self._since[seen]
            if held.state == CANCELLED:
                self._stop(held, elapsed)
            elif held.time_limit is not None and elapsed > held.time_limit - held.spent + GRACE:
                self._end_process(held, TIME)

    def bury(self, ids: list[str], reason: str) -> None:
        """A process died with a message of these ids in its hands: its work goes back, and so do those behind it."""
        sweeper = self._engine.sweeper
        for held in self._held(ids):
            if held.state != CANCELLED and not _lives(held.process):
                if "SIGVTALRM" in reason:  # the end that its guard set for its processor time
                    self._conclude(held, CPU)
                else:
                    sweeper.take_back("id=? AND attempt=?", (held.id, held.attempt), reason)
        sweeper.ring_again(ids)

    def take_back_abandoned(self) -> None:
        """What is on record as running here while none of our processes has it in hand.

        Its process could not write the end down (the database was away), or died and nobody told of it.
        """
        rows = self._engine.records.database.run(
            "SELECT id, attempt FROM _executions WHERE state='running' AND worker=?", (self._worker,)
        )
        in_hand = {each for request in list(worker_state.reserved_requests) for each in request.args[0]}
        for execution_id, attempt in rows:
            if execution_id not in in_hand:
                self._engine.sweeper.take_back("id=? AND attempt=?", (execution_id, attempt), "it was let go of")

    def _stop(self, held: Held, elapsed: float) -> None:
        """Tell a process that what it runs was cancelled; end it if it does not hear."""
        if elapsed <= GRACE:
            _send(held.process, LOOK)
        else:
            _send(held.process, signal.SIGKILL)
            finish_cancelling(self._engine.records, self._engine.publisher, held.id)

    def _end_process(self, held: Held, limit: str) -> None:
        _send(held.process, signal.SIGKILL)
        self._conclude(held, limit)

    def _conclude(self, held: Held, limit: str) -> None:
        options = loads(held.options) if held.options else {}
        allowed = resources(options, held.time_limit, None)
        outcome = exceeded(limit, allowed, options, process_ended=True)
        if not try_again(self._engine, held.id, held.attempt, options, outcome):
            self._engine.sweeper.tell(held.id, end(self._engine, held.id, held.attempt, options, outcome))

    def _held(self, ids: Iterable[str]) -> list[Held]:
        """Which of these the processes of this worker are at, or were at last: one for each process."""
        chosen = list(dict.fromkeys(ids))
        rows = self._engine.records.database.run(
            "SELECT id, attempt, state, process, claimed_at, time_limit, options, CASE WHEN pending IS NULL THEN 0 ELSE"
            " (SELECT coalesce(sum(ended_at-_turns.claimed_at), 0) FROM _turns WHERE execution_id=_executions.id"
            " AND _turns.attempt=_executions.attempt AND ending='suspended') END"
            f" FROM _executions WHERE worker=? AND id IN ({marks(len(chosen))}) AND state IN ('running', 'cancelled')"
            " AND process IS NOT NULL ORDER BY claimed_at",
            (self._worker, *chosen),
        )
        return list({held.process: held for held in (Held(*row) for row in rows)}.values())


def _send(process: str, number: int) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.kill(int(process), number)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True
