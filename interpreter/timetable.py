"""What a schedule says about when becomes instants, and the instants that have come become a decision.

Everything is worked out from what is given, no clock is read and nothing is kept. Instants are seconds since 1970.
"""

from __future__ import annotations

import datetime as calendar
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from interpreter.values import LONGEST, parse_duration, preview

RUN_ONCE, SKIP, QUEUE, ALLOW = "run_once", "skip", "queue", "allow"
KEYS = ("schedule", "every", "timezone", "starts_on", "ends_on", "enabled", "missed", "overlap")
"""What a definition says about when it runs by itself."""

LATE = 60.0
"""Seconds after which a fire counts as missed."""
SHORTEST = 1.0
"""Seconds between two fires of an interval, at least."""
_WINDOWS = (3_600.0, 86_400.0, 32 * 86_400.0, 367 * 86_400.0, 60 * 366 * 86_400.0)
_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class NoTime(ValueError):
    """A schedule that means no time: the ``key`` that is wrong, why, and the mend."""

    def __init__(self, key: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.hint = hint


class Timetable(NamedTuple):
    """When a schedule fires. Exactly one of ``cron`` and ``every`` (seconds) says something."""

    cron: str | None
    every: float | None
    zone: str
    starts: float | None
    ends: float | None
    enabled: bool
    missed: str
    overlap: str

    def after(self, instant: float) -> Iterator[float]:
        """The instants at which it fires, each later than the one before it, the first one later than ``instant``."""
        if self.starts is not None:
            instant = max(instant, self.starts - 0.001)
        times = _cron_times(self.cron, self.zone, instant) if self.cron else self._intervals(instant)
        for each in times:
            if self.ends is not None and each > self.ends:
                return
            yield each

    def _intervals(self, instant: float) -> Iterator[float]:
        """Counted from the start, or from 1970 where it says none: every worker finds the same ones."""
        assert self.every is not None
        first = self.starts or 0.0
        count = int((instant - first) // self.every)
        while True:
            at = first + count * self.every
            if at > instant:
                yield at
            count += 1

    def next(self, instant: float) -> float | None:
        """The first fire later than an instant; None: never again."""
        return next(self.after(instant), None) if self.enabled else None

    def decide(self, since: float, now: float) -> Decision:
        """What is to be done about the fires later than ``since`` and not later than ``now``.

        One that comes late by up to a minute is run. Of those that were missed (nobody was there to fire them) the
        last one is run where the timetable says run_once and no other runs now.
        """
        if not self.enabled:
            return Decision([], None)
        missed = self._last(since, now - LATE)
        due = [*_until(now, self.after(max(since, now - LATE)))]
        if missed is not None and not due and self.missed == RUN_ONCE:
            return Decision([missed], None)
        return Decision(due, missed)

    def _last(self, since: float, until: float) -> float | None:
        """The last fire between two instants, looked for from its end backwards."""
        for window in _WINDOWS:
            found = max(_until(until, self.after(max(since, until - window))), default=None)
            if found is not None or until - window <= since:
                return found
        return None

    @property
    def words(self) -> str:
        """When it fires, for people."""
        if self.every is not None:
            return f"every {_length(self.every)}"
        from cronsim import CronSim

        assert self.cron is not None
        told = CronSim(self.cron, calendar.datetime(2000, 1, 1)).explain()
        return told[:1].lower() + told[1:]


class Decision(NamedTuple):
    """The fires to run now, and the last one that was missed for good, if any."""

    fires: list[float]
    missed: float | None


def _until(end: float, times: Iterator[float]) -> Iterator[float]:
    for each in times:
        if each > end:
            return
        yield each


# --- reading ------------------------------------------------------------------------------------------


def timetable(options: Mapping[str, Any]) -> Timetable:
    """The timetable that a definition's options say; NoTime where they mean no time, or none that will ever come."""
    cron, every = options.get("schedule"), options.get("every")
    if (cron is None) == (every is None):
        key = "schedule" if cron is None else "every"
        raise NoTime(key, "a schedule says either schedule (cron) or every (an interval)")
    zone = options.get("timezone") or "UTC"
    _zone(zone)
    found = Timetable(
        cron=None if cron is None else _cron(cron),
        every=None if every is None else _interval(every),
        zone=zone,
        starts=_instant(options.get("starts_on"), "starts_on", zone),
        ends=_instant(options.get("ends_on"), "ends_on", zone),
        enabled=options.get("enabled") is not False,
        missed=_choice(options, "missed", (RUN_ONCE, SKIP)),
        overlap=_choice(options, "overlap", (SKIP, QUEUE, ALLOW)),
    )
    _check_that_it_fires(found, options)
    return found


def _choice(options: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    """One of several words; the first one where none is given."""
    given = options.get(key, allowed[0])
    if given not in allowed:
        raise NoTime(key, f'"{key}" is {preview(given)}, expected one of {", ".join(allowed)}')
    return str(given)


def _cron(written: Any) -> str:
    """Cron fields that cronsim understands, the words for common ones written out."""
    from cronsim import CronSim, CronSimError

    hint = "write minute, hour, day of the month, month and day of the week, such as 0 6 * * *"
    if not isinstance(written, str):
        raise NoTime("schedule", f'"schedule" is {preview(written)}, expected a cron expression', hint)
    fields = _WORDS.get(written.strip().lower(), written)
    if fields.startswith("@"):
        raise NoTime("schedule", f'"{written}" is no time', f"the words are {', '.join(_WORDS)}")
    try:
        CronSim(fields, calendar.datetime(2000, 1, 1))
    except CronSimError as error:
        reason = f"{str(error)[:1].lower()}{str(error)[1:]}"
        if reason == "bad day-of-month" and _days_exist(fields):
            raise _never(f'"{written}"', "no month that it names has that day") from None
        raise NoTime("schedule", f'the schedule "{written}" means no time: {reason}', hint) from None
    return " ".join(fields.split())


def _days_exist(fields: str) -> bool:
    """Whether the days of the month would be right in some other month."""
    from cronsim import CronSim, CronSimError

    parts = fields.split()
    parts[-2] = "*"
    try:
        CronSim(" ".join(parts), calendar.datetime(2000, 1, 1))
    except CronSimError:
        return False
    return True


def _never(schedule: str, why: str, key: str = "schedule") -> NoTime:
    return NoTime(key, f"the schedule {schedule} never fires: {why}")


def _interval(written: Any) -> float:
    seconds = parse_duration(written)
    if seconds is None or not SHORTEST <= seconds <= LONGEST:
        message = f'"every" is {preview(written)}, expected 1 second up to a year'
        raise NoTime("every", message, "write seconds, or a text such as 15m, 1h 30m or 2 days")
    return seconds


def _instant(written: Any, key: str, zone: str) -> float | None:
    """An ISO date or time as an instant; without an offset it is meant in the schedule's time zone."""
    if written is None:
        return None
    try:
        when = calendar.datetime.fromisoformat(written)
    except (ValueError, TypeError):
        message = f'"{key}" is {preview(written)}, expected a date or time such as 2026-12-01T06:00'
        raise NoTime(key, message) from None
    return _first_instant(when, _zone(zone)) if when.tzinfo is None else when.timestamp()


def _zone(name: Any) -> calendar.tzinfo:
    from zoneinfo import ZoneInfo, available_timezones

    if name == "UTC":
        return calendar.UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        from interpreter.catalog import did_you_mean

        known = available_timezones()
        hint = "install the package tzdata: this machine knows no time zones"
        if known:
            hint = did_you_mean(str(name), sorted(known)) or "write a name of the IANA list, such as Europe/Berlin"
        raise NoTime("timezone", f"{preview(name)} is no time zone", hint) from None


def _check_that_it_fires(found: Timetable, options: Mapping[str, Any]) -> None:
    if found.starts is not None and found.ends is not None and found.ends < found.starts:
        raise _never(f'until "{options["ends_on"]}"', f'it starts on "{options["starts_on"]}"', "ends_on")
    since = calendar.datetime(2000, 1, 1, tzinfo=calendar.UTC).timestamp() if found.starts is None else found.starts
    if next(found._replace(ends=None).after(since - 1), None) is None:
        raise _never(f'"{options["schedule"]}"', "there is no such day within 50 years")
    if found.ends is not None and next(found.after(since - 1), None) is None:
        raise _never(
            f'"{options.get("schedule", options.get("every"))}"', "none of its times is before its end", "ends_on"
        )


# --- cron ---------------------------------------------------------------------------------------------


def _cron_times(cron: str, zone_name: str, instant: float) -> Iterator[float]:
    """Fires of a cron expression in a time zone.

    Where it names hours, the clock on the wall decides: a time that the clock leaves out fires once when the gap
    is over, one that it shows twice fires the first time. Where the hour is ``*``, every hour that passes counts.
    """
    from cronsim import CronSim

    zone = _zone(zone_name)
    here = calendar.datetime.fromtimestamp(instant, zone)
    if cron.split()[-4] == "*" or zone is calendar.UTC:
        yield from (each.timestamp() for each in CronSim(cron, here))
        return
    last = instant
    for wall in CronSim(cron, here.replace(tzinfo=None)):
        at = _first_instant(wall, zone)
        if at > last:
            yield at
            last = at


def _first_instant(wall: calendar.datetime, zone: calendar.tzinfo) -> float:
    """When the clock first shows a time, or jumps over it."""
    there = wall.replace(tzinfo=zone)
    at = there.timestamp()
    if calendar.datetime.fromtimestamp(at, zone).replace(tzinfo=None) == wall:
        return at
    before = there.utcoffset()  # of a time in a gap: how far the clock was from UTC before it jumped
    low, high = at - 86_400, at  # it jumps somewhere between the two
    while high - low > 0.5:
        middle = (low + high) / 2
        if calendar.datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return float(round(high))


def _length(seconds: float) -> str:
    """A length of time as it would be written: 1h 30m."""
    if seconds != int(seconds):
        return f"{seconds:g}s"
    parts = []
    rest = int(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)
