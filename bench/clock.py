"""From things to do to the time that each takes: in turns, so that a busy moment of the machine hits all alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

ROUNDS = 9
ROUND_SECONDS = 0.05


def side_by_side(works: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median seconds of one call of each; each round calls each as often as fits into a twentieth of a second."""
    counts = {name: _calls_in_a_round(work) for name, work in works.items()}
    taken: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, work in works.items():
                taken[name].append(_seconds(work, counts[name]))
    finally:
        gc.enable()
    return {name: statistics.median(each) for name, each in taken.items()}


def _calls_in_a_round(work: Callable[[], object]) -> int:
    work()
    once = _seconds(work, 1)
    return max(1, int(ROUND_SECONDS / max(once, 1e-7)))


def _seconds(work: Callable[[], object], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began) / calls
