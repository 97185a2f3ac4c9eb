"""Ends become sums that nothing takes away: how many, how long they waited, how long they ran.

A trigger notes each end in the transaction that makes it, whoever makes it; the sweeper folds the notes into sums, in
one transaction each time. So no end is counted twice or forgotten, and sums outlive the rows that they count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from interpreter.database import Database

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Upper bounds of the histograms' buckets in seconds; the last bucket has none."""
ENDED, WAITED, RAN = "ended", "waited", "ran"
_BATCH = 1000
_MOST_BATCHES = 10

_ADD = (
    "INSERT INTO _tallies VALUES (?,?,?,?,?,?,?) ON CONFLICT (measure, function, kind, state, bucket)"
    " DO UPDATE SET number=_tallies.number+excluded.number, seconds=_tallies.seconds+excluded.seconds"
)

Key = tuple[str, str, str, str, int]
"""Measure, function, kind, state, and the number of the bucket."""


def tally(database: Database) -> int:
    """Fold one batch of notes into the sums; how many there were. Any number of processes may."""
    if not database.run("SELECT 1 FROM _ends LIMIT 1"):
        return 0
    passing = "" if database.is_sqlite else " FOR UPDATE SKIP LOCKED"
    with database.transaction():
        ends = database.run(
            f"DELETE FROM _ends WHERE number IN (SELECT number FROM _ends ORDER BY number LIMIT {_BATCH}{passing})"
            " RETURNING function, kind, state, waited, ran"
        )
        for key, (number, seconds) in sorted(_sums(ends).items()):
            database.run(_ADD, (*key, number, seconds))
    return len(ends)


def tally_some(database: Database) -> None:
    """Keep up with many ends a second, without holding the caller for long."""
    for _ in range(_MOST_BATCHES):
        if tally(database) < _BATCH:
            break


def _sums(ends: list[tuple[str, str, str, float | None, float | None]]) -> dict[Key, tuple[int, float]]:
    found: dict[Key, tuple[int, float]] = defaultdict(lambda: (0, 0.0))

    def add(key: Key, seconds: float) -> None:
        number, total = found[key]
        found[key] = (number + 1, total + seconds)

    for function, kind, state, waited, ran in ends:
        add((ENDED, function, kind, state, 0), 0.0)
        if waited is not None and waited >= 0:
            add((WAITED, function, kind, "", bisect_left(BOUNDS, waited)), waited)
        if ran is not None and ran >= 0:
            add((RAN, function, kind, state, bisect_left(BOUNDS, ran)), ran)
    return found
