"""Cron times in zones whose clocks jump agree with an oracle that looks at the clock on the wall each minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from interpreter.timetable import timetable

JUMPS = [
    ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 5, 1, tzinfo=UTC)),
]
"""Zones, each with a day from which a jump is near."""
DAYS = 2
MINUTE = timedelta(minutes=1)


def wall_clock(zone: ZoneInfo, since: datetime) -> Iterator[tuple[datetime, list[datetime]]]:
    """Each minute that passes, with what the clock on the wall shows for the first time or jumps over."""
    seen = since.astimezone(zone).replace(tzinfo=None)
    for passed in range(1, DAYS * 24 * 60):
        instant = since + passed * MINUTE
        shows = instant.astimezone(zone).replace(tzinfo=None)
        new = []
        while seen < shows:
            seen += MINUTE
            new.append(seen)
        yield instant, new


def fields(low: int, high: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(low, high), min_size=1, max_size=4)


@given(st.sampled_from(JUMPS), fields(0, 59), fields(0, 4) | fields(0, 23))
def test_times_of_day(jump: tuple[str, datetime], minutes: frozenset[int], hours: frozenset[int]) -> None:
    name, since = jump
    cron = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *"
    expected = [
        instant
        for instant, shown in wall_clock(ZoneInfo(name), since)
        if any(wall.minute in minutes and wall.hour in hours for wall in shown)
    ]
    found = []
    for at in timetable({"schedule": cron, "timezone": name}).after(since.timestamp()):
        if at >= (since + DAYS * timedelta(days=1)).timestamp():
            break
        found.append(datetime.fromtimestamp(at, UTC))
    assert found == expected
