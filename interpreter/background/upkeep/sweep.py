"""What fell between two chairs is put back on one: due, unpublished, lost by the bus, left by a dead worker.

Any number of processes may sweep at once: every write is conditional, and who writes first has done it.
"""

from __future__ import annotations

import time
from typing import Any

from interpreter.background.bus.publish import Publisher, list_name, published_at
from interpreter.background.store import prune, turns
from interpreter.background.store.records import BATCH, ERROR, Bell, Outcome, Records
from interpreter.background.store.tally import tally_some
from interpreter.background.upkeep.queues import Queues
from interpreter.database import marks
from interpreter.settings import Settings

PRUNE_EVERY = 60.0
"""Seconds between two looks for executions that ended so long ago that they go; while there are many, none."""
LOST_AFTER = 5.0
"""Seconds that a message may be on its way beyond the oldest one in its list before it counts as lost."""
CLOCKS_APART = 60.0
"""Seconds by which the clocks of hosts may differ at most."""
_BELL = "id, queue, priority, time_limit"


class Sweeper:
    """One pair of hands for a database and its bus."""

    def __init__(self, records: Records, queues: Queues, publisher: Publisher, settings: Settings) -> None:
        self._records = records
        self._queues = queues
        self._database = records.database
        self._publisher = publisher
        self._settings = settings
        self._next_thorough = 0.0
        self._next_pruning = time.monotonic() + PRUNE_EVERY
        self._clock = _now() - time.monotonic()
        self._clock_trusted_from = 0.0

    def round(self) -> None:
        """Queue what is due and publish what is not; once a heartbeat also look for what was lost."""
        self.queue_due()
        self.publish_unpublished()
        for queue in self._queues.waiting():
            self.admit(queue)
        if time.monotonic() >= self._next_thorough:
            self._next_thorough = time.monotonic() + self._settings.heartbeat
            self.bury_workers()
            self.publish_lost()
            self.prune()
            tally_some(self._database)

    def prune(self) -> None:
        """Now and then, or while there are many: remove a batch of what ended longer ago than the settings keep."""
        if time.monotonic() >= self._next_pruning:
            kept = prune.rules(self._settings.keep_completed_days, self._settings.keep_failed_days, _now())
            more = prune.prune_some(self._database, kept)
            self._next_pruning = time.monotonic() + (0.0 if more else PRUNE_EVERY)

    def queue_due(self) -> None:
        """Delays, retries and awaits whose time has come, a batch after the other."""
        select = "SELECT due, id, state FROM _timers WHERE due<=? ORDER BY due LIMIT ?"
        while due := self._database.run(select, (_now(), BATCH)):
            bells: list[Bell] = []
            with self._database.transaction():
                for timer in due:
                    if self._database.change("DELETE FROM _timers WHERE due=? AND id=? AND state=?", timer):
                        bells += self._queue("id=? AND state=?", timer[1:])
            self._ring(bells)
            if len(due) < BATCH:
                return

    def admit(self, queue: str) -> None:
        """Ring for those of a limited queue for which there is room now."""
        self._ring(self._queues.admit(queue))

    def publish_unpublished(self) -> None:
        """What the bus did not take when it was dispatched."""
        self._ring(self._again("published_at IS NULL", ()))

    def publish_lost(self) -> None:
        """Queued executions whose message should have been taken by now: the list has nothing as old as it."""
        for queue, priority in self._database.run(
            "SELECT DISTINCT queue, priority FROM _executions WHERE state='queued' AND published_at<?",
            (_now() - LOST_AFTER,),
        ):
            oldest = self._oldest_in_list(queue, priority)
            if oldest is not None:
                lost = "published_at<? AND queue=? AND priority=?"
                self._ring(self._again(lost, (oldest - LOST_AFTER, queue, priority)))

    def _oldest_in_list(self, queue: str, priority: int) -> float | None:
        """When the next message to be taken was published; now where the list is empty, None where the bus is down."""
        from redis.exceptions import RedisError

        try:
            written = self._publisher.client.lindex(list_name(queue, priority), -1)
        except (RedisError, OSError):
            return None
        return published_at(written) if written else _now()

    def bury_workers(self) -> None:
        """Workers that have not given a sign of life: their work goes back, or ends where it was tried too often."""
        if self._clock_jumped():
            return
        silent, ahead = _now() - self._settings.worker_lost_after, _now() + CLOCKS_APART
        beats = "(beat_at<? OR beat_at>?)"  # ahead of time: it was alive before the clock was set back, not since
        for (worker,) in self._database.run(f"SELECT id FROM _workers WHERE {beats}", (silent, ahead)):
            self.take_back("worker=?", (worker,), f"its worker {worker} gave no more sign of life")
            self._database.run(f"DELETE FROM _workers WHERE id=? AND {beats}", (worker, silent, ahead))
        self.take_back("claimed_at<? AND worker NOT IN (SELECT id FROM _workers)", (silent,), "its worker is gone")

    def _clock_jumped(self) -> bool:
        """Whether the clock was set, or the machine slept, so lately that a living worker may seem silent."""
        clock = _now() - time.monotonic()
        if abs(clock - self._clock) > 1.0:
            self._clock_trusted_from = time.monotonic() + self._settings.worker_lost_after
        self._clock = clock
        return time.monotonic() < self._clock_trusted_from

    def take_back(self, condition: str, values: tuple[Any, ...], reason: str) -> None:
        """Running executions that nobody runs any more: queued again, or ended where that has happened too often."""
        for execution_id, attempt in self._database.run(
            f"SELECT id, attempt FROM _executions WHERE state='running' AND {condition}", values
        ):
            lost = turns.count(self._database, execution_id, turns.LOST) + 1
            if lost >= self._settings.max_attempts:
                message = f"its process died {lost} times while it ran; at last {reason}"
                self.finish(execution_id, attempt, Outcome(ERROR, None, "background/worker-lost", message))
            else:
                self._ring(self._queue_lost(execution_id, attempt, reason))

    def _queue_lost(self, execution_id: str, attempt: int, reason: str) -> list[Bell]:
        with self._database.transaction():
            bells = self._queue("id=? AND attempt=? AND state='running'", (execution_id, attempt))
            if bells:
                turns.keep(self._database, execution_id, attempt, turns.LOST, "background/worker-lost", reason)
        return bells

    def finish(self, execution_id: str, attempt: int, outcome: Outcome) -> None:
        """End an execution in its worker's stead."""
        self.tell(execution_id, self._records.end(execution_id, attempt, outcome))

    def tell(self, ended: str, woken: list[Bell] | None) -> None:
        """Tell that an execution has ended, and ring for those that this woke; None: it has not ended here."""
        if woken is not None and not self._publisher.report(ended, woken):
            self._records.mark_unpublished(bell.id for bell in woken)

    def ring_again(self, ids: list[str]) -> None:
        """Executions whose message was taken and not worked off: ring for those that are still queued."""
        self._ring(self._again(f"id IN ({marks(len(ids))})", tuple(ids)))

    def _queue(self, condition: str, values: tuple[Any, ...]) -> list[Bell]:
        rows = self._database.run(
            f"UPDATE _executions SET state='queued', published_at=? WHERE {condition} RETURNING {_BELL}",
            (_now(), *values),
        )
        return [Bell(*row) for row in rows]

    def _again(self, condition: str, values: tuple[Any, ...]) -> list[Bell]:
        """Queued executions of that condition, marked as published now."""
        if not self._database.run(f"SELECT 1 FROM _executions WHERE state='queued' AND {condition} LIMIT 1", values):
            return []
        return self._queue(
            f"state='queued' AND id IN (SELECT id FROM _executions WHERE state='queued' AND {condition} LIMIT {BATCH})",
            values,
        )

    def _ring(self, bells: list[Bell]) -> None:
        if bells and not self._publisher.ring(bells):
            self._records.mark_unpublished(bell.id for bell in bells)


def _now() -> float:
    return time.time()
