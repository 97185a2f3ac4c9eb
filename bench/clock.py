"""From things to do to the time that each takes, in turns: a busy moment of the machine hits all alike.

Work inside this process is timed by the processor time that it takes, which is what the wall clock shows on a quiet
machine; ratios are taken round by round, and the middle one counts.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

ROUNDS = 9
ROUND_SECONDS = 0.05

Rounds = list[float]
"""Seconds of one call, in each round."""


def side_by_side(works: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, Rounds]:
    """Each round calls each as often as fits into a twentieth of a second."""
    counts = {name: _calls_in_a_round(work) for name, work in works.items()}
    taken: dict[str, Rounds] = {name: [] for name in works}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, work in works.items():
                taken[name].append(_seconds(work, counts[name]))
    finally:
        gc.enable()
    return taken


def middle(rounds: Rounds) -> float:
    return statistics.median(rounds)


def ratio(ours: Rounds, others: Rounds) -> float:
    """How many times the others' time ours is."""
    return statistics.median(own / other for own, other in zip(ours, others, strict=True))


def difference(ours: Rounds, others: Rounds) -> float:
    """How much longer than the others' ours is."""
    return statistics.median(own - other for own, other in zip(ours, others, strict=True))


def _calls_in_a_round(work: Callable[[], object]) -> int:
    work()
    once = _seconds(work, 1)
    return max(1, int(ROUND_SECONDS / max(once, 1e-7)))


def _seconds(work: Callable[[], object], calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - began) / calls
