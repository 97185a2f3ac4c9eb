"""The loop at a thousand to a million items: what an item costs, and what memory the run takes beside its data."""

from __future__ import annotations

import tracemalloc

from bench.clock import ROUNDS, middle, ratio, side_by_side
from bench.node_cost import LOOP_STACK, items
from bench.stacks import runner
from bench.table import Row, duration

COUNTS = (1_000, 10_000, 100_000, 1_000_000)


def measure(rounds: int = ROUNDS, counts: tuple[int, ...] = COUNTS) -> list[Row]:
    """The same thousand objects stand in each list again and again: the processor's caches are not the subject."""
    some = items(1_000)
    works = {f"{count}": runner(LOOP_STACK, {"items": some * (count // 1_000)}) for count in counts}
    taken = side_by_side(works, rounds)
    first = taken[str(counts[0])]
    times = {name: ratio(rounds, first) * counts[0] / int(name) for name, rounds in taken.items()}
    each = [middle(rounds) / int(name) for name, rounds in taken.items()]
    shown = f"{duration(min(each))} to {duration(max(each))} an item"
    spread = max(times.values()) / min(times.values())
    peaks = [_peak(works[name]) for name in (str(counts[0]), str(counts[-1]))]
    return [
        Row(f"{counts[0]:,} to {counts[-1]:,} items, an item", shown, "the least of them", spread, 1.15),
        Row(
            f"memory of a run at {counts[-1]:,} items",
            f"{peaks[1] / 1024:.1f} KiB",
            f"{peaks[0] / 1024:.1f} KiB at {counts[0]:,}",
            (peaks[1] - peaks[0]) / 1024,
            64,
            "KiB more",
        ),
    ]


def _peak(work: object) -> int:
    """The most bytes that a run holds at once, beside what was there before."""
    assert callable(work)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
