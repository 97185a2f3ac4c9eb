"""An attempt's outcome goes on record: as the reason for another attempt, or as the end."""

from __future__ import annotations

import time
from typing import Any

from interpreter.background.engine import Engine
from interpreter.background.options import retrying
from interpreter.background.options.resources import CODES, cleans_up
from interpreter.background.store import turns
from interpreter.background.store.records import Bell, Outcome
from interpreter.background.upkeep.cancelling import Order, cancel_what_it_dispatched
from interpreter.diagnostic import Fault


def try_again(engine: Engine, execution_id: str, attempt: int, options: dict[str, Any], outcome: Outcome) -> bool:
    """Put a failed attempt to wait for the next one, where its retry_policy wants one."""
    if outcome.error is None or not options.get("retry_policy"):
        return False
    try:
        policy = retrying.retry_policy(options)
    except Fault:  # of an older program's making
        return False
    if not retrying.covers(policy, outcome):
        return False
    failed = turns.count(engine.records.database, execution_id, turns.FAILED) + 1
    wait = retrying.wait(policy, failed, outcome)
    return wait is not None and engine.records.retry(execution_id, attempt, outcome, time.time() + wait)


def end(
    engine: Engine, execution_id: str, attempt: int, options: dict[str, Any], outcome: Outcome
) -> list[Bell] | None:
    """Write the outcome, if this attempt still runs, else None; what its end sets going."""
    woken = engine.records.end(execution_id, attempt, outcome)
    if woken is not None and outcome.error in CODES.values() and cleans_up(options):
        order = Order(f"the end of {execution_id}, which had reached a limit")
        cancel_what_it_dispatched(engine.records, engine.publisher, [execution_id], order)
    return woken
