"""Executions that have not ended are cancelled, and with them what they called: on record at once, and for good.

Nothing that is cancelled here is ever begun again. What runs at this moment hears of it from its worker's parent
process, which looks into the records: a bus is not needed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from json import loads
from typing import Any, NamedTuple

from interpreter.background.bus.publish import Publisher
from interpreter.background.store import callbacks
from interpreter.background.store.records import BATCH, CANCELLED, OPEN, RUNNING, Bell, Records
from interpreter.database import marks
from interpreter.values import encode

ALONE, CALLS, FAMILY = "alone", "calls", "family"
"""How far a cancel goes: the execution alone; also the functions and nodes that it dispatched, and what these
dispatched, as long as they have not ended; or all of that with the background tasks and what they dispatched."""


class Order(NamedTuple):
    """Who cancels, and how far it goes."""

    by: str
    scope: str = CALLS


def cancel(records: Records, publisher: Publisher, ids: Sequence[str], order: Order) -> None:
    """Cancel those of the ids that have not ended, and what they dispatched as far as the order goes."""
    message = f"the execution was cancelled by {order.by}"
    _end(records, publisher, ids, message, _details(order))
    if order.scope != ALONE:
        begun = list(ids) if order.scope == FAMILY else _cancelled(records, ids)
        cancel_what_it_dispatched(records, publisher, begun, order)


def cancel_what_it_dispatched(records: Records, publisher: Publisher, parents: Sequence[str], order: Order) -> None:
    """Cancel what these executions dispatched, one generation after the other."""
    while parents:
        generation: dict[str, list[str]] = {}
        for child, parent in _children(records, parents, order.scope):
            generation.setdefault(parent, []).append(child)
        for parent, children in generation.items():
            message = f"the execution was cancelled with {parent}, which had dispatched it"
            _end(records, publisher, children, message, _details(order, parent))
        parents = [child for children in generation.values() for child in children]


def finish_cancelling(records: Records, publisher: Publisher, execution_id: str) -> None:
    """A cancelled run has stopped: cancel what it dispatched before it heard of its end."""
    rows = records.database.run(
        "SELECT error_details FROM _executions WHERE id=? AND state='cancelled'", (execution_id,)
    )
    told = loads(rows[0][0] or "{}") if rows else {}
    if told.get("scope") in (CALLS, FAMILY):
        order = Order(told.get("by", ""), told["scope"])
        cancel_what_it_dispatched(records, publisher, [execution_id], order)


def _details(order: Order, parent: str | None = None) -> str:
    details: dict[str, Any] = {"type": "cancelled", "by": order.by, "scope": order.scope}
    return encode(details if parent is None else {**details, "with": parent})


def _cancelled(records: Records, ids: Sequence[str]) -> list[str]:
    rows = []
    for batch in _batches(ids):
        rows += records.database.run(
            f"SELECT id FROM _executions WHERE id IN ({marks(len(batch))}) AND state='cancelled'", batch
        )
    return [row[0] for row in rows]


def _children(records: Records, parents: Sequence[str], scope: str) -> list[tuple[str, str]]:
    """Children and their parents: of a family all, else the open ones that are no tasks. A callback is no child."""
    narrowed = "" if scope == FAMILY else f" AND kind<>'task' AND state IN ({marks(len(OPEN))})"
    rows: list[Any] = []
    for batch in _batches(parents):
        rows += records.database.run(
            f"SELECT id, parent_id FROM _executions WHERE parent_id IN ({marks(len(batch))}) AND kind<>?{narrowed}",
            (*batch, callbacks.KIND, *(() if scope == FAMILY else OPEN)),
        )
    return rows


def _end(records: Records, publisher: Publisher, ids: Sequence[str], message: str, details: str) -> None:
    for batch in _batches(ids):
        ended, woken = _end_batch(records, sorted(batch), message, details)
        publisher.tell(ended)
        if not publisher.ring(woken):
            records.mark_unpublished(bell.id for bell in woken)


def _end_batch(records: Records, ids: Sequence[str], message: str, details: str) -> tuple[list[str], list[Bell]]:
    """End the open ones of some sorted ids: these, and the executions that waited for them alone."""
    database = records.database
    with database.transaction():
        # in the order of their ids, as every other that locks more than one
        rows = database.run(
            f"SELECT id, state, options FROM _executions WHERE id IN ({marks(len(ids))})"
            f" AND state IN ({marks(len(OPEN))}) ORDER BY id" + ("" if database.is_sqlite else " FOR UPDATE"),
            (*ids, *OPEN),
        )
        ended = [row[0] for row in rows]
        if not ended:
            return [], []
        chosen = marks(len(ended))
        database.run(
            "UPDATE _executions SET process=CASE WHEN state='running' THEN process END, state=?, output=NULL, error=?,"
            f" error_message=?, error_details=?, completed_at=? WHERE id IN ({chosen})",
            (CANCELLED, "run/cancelled", message, details, time.time(), *ended),
        )
        if any(row[1] != RUNNING for row in rows):
            database.run(f"DELETE FROM _timers WHERE id IN ({chosen})", ended)
            database.run(f"DELETE FROM _waits WHERE parent IN ({chosen})", ended)
        return ended, [bell for child, _, options in rows for bell in records.settle(child, options)]


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
