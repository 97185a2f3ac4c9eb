"""A limited queue's executions wait in the database, in the order of their priority, until there is room for them.

Of such a queue only as many doorbells are on the bus as may run, so that no worker takes one up in vain. Whatever
rings all the same is counted when it is claimed: no two workers can both take the last place.
"""

from __future__ import annotations

import re
import time
from typing import Any

from interpreter.background.options import limits
from interpreter.background.store.records import CLAIM, PARKED, Bell, Job, Records
from interpreter.settings import Queue

_QUEUED = "FROM _executions WHERE state='queued' AND room IS NOT NULL AND queue=?"
_PARKED = f"{_QUEUED} AND published_at=?"
_TAKEN = (
    "SELECT (SELECT count(*) FROM _executions WHERE state='running' AND queue=?)"
    f" + (SELECT count(*) {_QUEUED} AND published_at<?) + (SELECT count(*) {_QUEUED} AND published_at IS NULL)"
)
_NEXT_QUEUE = (
    "SELECT queue FROM _executions {} WHERE state='queued' AND room IS NOT NULL AND queue>? AND published_at=?"
    " ORDER BY queue LIMIT 1"
)


class Queues:
    """The queues of one database of which only so many executions may run at the same time, cluster-wide.

    ``known``: what the settings say of queues; it counts before what was true when an execution was dispatched.
    """

    def __init__(self, records: Records, known: dict[str, Queue]) -> None:
        self._database = records.database
        self._known = known

    def claim(self, execution_id: str, worker: str, process: str) -> Job | None:
        """Take a queued execution of a limited queue, if there is room; else it waits for its turn, and None."""
        waiting = self._database.run(
            "SELECT queue, room FROM _executions WHERE id=? AND state='queued' AND room IS NOT NULL", (execution_id,)
        )
        if not waiting:
            return None
        queue, room = waiting[0]
        now = time.time()
        with self._database.transaction():
            self._database.lock(f"queue {queue}")
            rows = self._database.run(
                CLAIM.format("AND (SELECT count(*) FROM _executions WHERE state='running' AND queue=?)<?"),
                (worker, process, now, now, execution_id, queue, self._limit(queue, room)),
            )
            if not rows:
                self._database.run(
                    "UPDATE _executions SET published_at=? WHERE id=? AND state='queued'", (PARKED, execution_id)
                )
        return Job(*rows[0]) if rows else None

    def admit(self, queue: str) -> list[Bell]:
        """Those whose turn has come, to be rung for: the most urgent first, then the oldest."""
        if not self._database.run(f"SELECT 1 {_PARKED} LIMIT 1", (queue, PARKED)):
            return []
        with self._database.transaction():
            self._database.lock(f"queue {queue}")
            rooms = self._database.run(f"SELECT room {_PARKED} ORDER BY priority, id LIMIT 1", (queue, PARKED))
            if not rooms:
                return []
            ((taken,),) = self._database.run(_TAKEN, (queue, queue, PARKED, queue))
            free = self._limit(queue, rooms[0][0]) - taken
            if free <= 0:
                return []
            rows = self._database.run(
                "UPDATE _executions SET published_at=? WHERE state='queued' AND id IN"
                f" (SELECT id {_PARKED} ORDER BY priority, id LIMIT ?)"
                " RETURNING id, queue, priority, time_limit",
                (time.time(), queue, PARKED, free),
            )
        return [Bell(*row) for row in rows]

    def waiting(self) -> list[str]:
        """The queues in which executions wait for room."""
        hint = "INDEXED BY executions_limited" if self._database.is_sqlite else ""  # it has no statistics to choose by
        found: list[str] = []
        while True:
            rows = self._database.run(_NEXT_QUEUE.format(hint), (found[-1] if found else "", PARKED))
            if not rows:
                return found
            found.append(rows[0][0])

    def _limit(self, queue: str, room: int) -> int:
        known = self._known.get(queue)
        return room if known is None or known.max_concurrent is None else known.max_concurrent


def unserved(records: Records, lost_after: float) -> list[str]:
    """The queues with queued executions from which no living worker takes any."""
    queued = [queue for (queue,) in records.database.run("SELECT DISTINCT queue FROM _executions WHERE state='queued'")]
    return [queue for queue in queued if not is_served(records, queue, lost_after)]


def is_served(records: Records, queue: str | None, lost_after: float) -> bool:
    """Whether a living worker takes executions from a queue; None: whether one lives at all."""
    living = records.database.run("SELECT queues FROM _workers WHERE beat_at>?", (time.time() - lost_after,))
    return any(queue is None or queues == "*" or queue in queues.split(",") for (queues,) in living)


def placed(function: str, options: dict[str, Any], known: dict[str, Queue]) -> tuple[dict[str, Any], int | None]:
    """What a dispatch asks for, with what its queue adds, and how many of the queue may run at once (None: any number).

    A function that limits itself by max_concurrent and names no queue has one of its own.
    """
    given = options.get("max_concurrent")
    if given is not None and (isinstance(given, bool) or not isinstance(given, int) or given < 1):
        raise limits.bad_option("max_concurrent", given, "a whole number, 1 or more")
    own = re.sub(r"\W+", "_", function, flags=re.ASCII) if given is not None else None
    queue = limits.queue({"queue": options.get("queue") or own})
    about = known.get(queue, Queue())
    defaults = {"timeout": about.timeout, "delay": about.delay}
    wanted = {**{key: value for key, value in defaults.items() if value is not None}, **options, "queue": queue}
    return wanted, about.max_concurrent or given
