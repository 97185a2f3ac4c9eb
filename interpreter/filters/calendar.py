"""From a time and a time zone to the clock on that zone's wall, and back: what all date filters share."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from interpreter.diagnostic import Fault
from interpreter.filters.fields import many
from interpreter.values import Moment, preview

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
"""Seconds in each unit that is always equally long (a day in UTC)."""

PERIODS = ("minute", "hour", "day", "week", "month", "quarter", "year")


@lru_cache(256)
def zone(name: str) -> tzinfo:
    """A time zone by its name (``Europe/Berlin``, ``UTC``) or offset (``+02:00``); Fault where there is none."""
    if name.upper() in ("", "UTC", "Z", "GMT"):
        return UTC
    if name[0] in "+-" and name[1:].replace(":", "").isdigit():
        digits = name[1:].replace(":", "").ljust(4, "0")[:4]
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        if shift < timedelta(hours=24):
            return timezone(-shift if name[0] == "-" else shift)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        hint = 'use a name such as "Europe/Berlin", or an offset such as "+02:00"'
        raise Fault("run/wrong-value", f"{preview(name)} is no time zone", hint) from None


def local(moment: Moment, timezone_name: str) -> datetime:
    """The date and time on the wall of that zone."""
    return moment.datetime.astimezone(zone(timezone_name))


def unit_of(written: str) -> str:
    """A unit's name in the singular: second, minute, hour, day, week, month, quarter or year."""
    name = written.strip().lower().removesuffix("s")
    name = {"sec": "second", "min": "minute", "mon": "month", "d": "day", "h": "hour", "hr": "hour"}.get(name, name)
    if name not in UNITS and name not in PERIODS:
        known = "second, minute, hour, day, week, month, quarter or year"
        raise Fault("run/wrong-value", f"{preview(written)} is no unit of time", f"use {known}")
    return name


def moved(moment: Moment, count: int | float, unit: str, timezone_name: str) -> Moment:
    """So many units later (earlier where negative). Days and longer keep the clock's time in the zone."""
    many(abs(count), "units of time", 10**12)
    if unit in ("second", "minute", "hour") or (timezone_name == "UTC" and unit in UNITS):
        later = moment.microseconds + round(count * UNITS[unit] * 1_000_000)
        many(abs(later) // 1_000_000, "seconds from 1970", 10**12)
        return Moment(microseconds=later)
    when = local(moment, timezone_name)
    if unit in UNITS:
        return Moment.of(when + timedelta(seconds=count * UNITS[unit]))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    return Moment.of(_months_later(when, int(count * months)))


def _months_later(when: datetime, count: int) -> datetime:
    """The same day of another month, or that month's last day where it has no such day."""
    year, month = divmod(when.year * 12 + when.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise Fault("run/wrong-value", "the time would be outside the years 1 to 9999")
    return when.replace(year=year, month=month + 1, day=min(when.day, monthrange(year, month + 1)[1]))


def start_of(when: datetime, period: str, first_day: int = 0) -> datetime:
    """The first instant of the period that the time lies in. ``first_day`` of the week: 0 Monday … 6 Sunday."""
    if period == "minute":
        return when.replace(second=0, microsecond=0)
    if period == "hour":
        return when.replace(minute=0, second=0, microsecond=0)
    day = when.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period == "week":
        return day - timedelta(days=(day.weekday() - first_day) % 7)
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return day.replace(month=1, day=1) if period == "year" else day


def end_of(when: datetime, period: str, first_day: int = 0) -> datetime:
    """The last millisecond of the period that the time lies in."""
    begin = start_of(when, period, first_day)
    if period in ("month", "quarter", "year"):
        following = _months_later(begin, {"month": 1, "quarter": 3, "year": 12}[period])
    else:
        following = begin + timedelta(seconds=UNITS[period])
    return following - timedelta(milliseconds=1)


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


def weekday_of(written: str) -> int | None:
    """0 Monday … 6 Sunday by a name or its beginning (three letters or more); None where it is none."""
    name = written.lower().rstrip(".")
    return next((place for place, day in enumerate(WEEKDAYS) if len(name) > 2 and day.startswith(name)), None)


def month_of(written: str) -> int | None:
    """1 January … 12 December by a name or its beginning (three letters or more); None where it is none."""
    name = written.lower().rstrip(".")
    return next((place for place, month in enumerate(MONTHS, 1) if len(name) > 2 and month.startswith(name)), None)
