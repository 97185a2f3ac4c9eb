"""From an English phrase to a time: ``tomorrow``, ``-7 days``, ``next friday``, ``first day of this month``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from interpreter.filters import calendar, date_formats
from interpreter.filters.calendar import end_of, month_of, start_of, weekday_of
from interpreter.values import Moment

_DAYS = {"today": 0, "midnight": 0, "tomorrow": 1, "yesterday": -1}
_WORDS = {"last": -1, "previous": -1, "this": 0, "next": 1, "a": 1, "an": 1}

_PART = re.compile(
    r"""\s*(?:
    (?P<edge>first|last)\s+day\s+of(?:\s+(?P<of>next|last|previous|this)\s+(?P<period>month|year))?
    | (?P<amount>[+-]?\s*\d{1,9}|next|last|previous|this|an?)\s+
      (?P<unit>(?:sec|second|min|minute|hour|day|week|fortnight|month|quarter|year)s?)\b(?:\s+(?P<ago>ago))?
    | (?:(?P<which>next|last|previous|this)\s+)?
      (?P<weekday>(?:mon|tues?|wed|wednes|thu|thurs?|fri|sat|satur|sun)(?:day)?)\b
    | (?P<day>today|tomorrow|yesterday|midnight|noon|now)\b
    | (?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<half>[ap]m)?
    | (?:at\s+)?(?P<clock>\d{1,2})\s*(?P<part>[ap]m)\b
    )[\s,]*""",
    re.VERBOSE | re.IGNORECASE,
)


def understood(phrase: str, base: Moment, timezone_name: str) -> Moment | None:
    """The time that a phrase means, seen from a base time and a zone; None where it is not understood."""
    written = phrase.strip()
    if len(written) > 200:
        return None
    absolute = _absolute(written, timezone_name)
    if absolute is not None:
        return Moment.of(absolute)
    when = calendar.local(base, timezone_name)
    place = 0
    while place < len(written):
        part = _PART.match(written, place)
        if part is None or part.end() == place:
            return None
        when = _moved(when, part, timezone_name)
        place = part.end()
    return Moment.of(when) if written else None


def _absolute(written: str, timezone_name: str) -> datetime | None:
    """A date as people write it: ``Jan 1 2000``, ``1 January 2000 10:30``, ``2000/01/31``, ``01/31/2000``."""
    if not any(sign.isdigit() for sign in written):
        return None
    squeezed = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", " ".join(written.replace(",", " ").split()))
    squeezed = re.sub(
        r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.? (?=\d|[A-Za-z]{3})", "", squeezed, flags=re.IGNORECASE
    )
    for day in ("Y-m-d", "F j Y", "j F Y", "Y/n/j", "n/j/Y", "j.n.Y", "F Y"):
        for clock in ("", " H:i", " H:i:s", " g:i A", " H:i:s O", "\\TH:i:s", " H:i:s T"):
            found = (
                date_formats.read(squeezed, day + clock, timezone_name)
                if day[0] != "F" or _has_month(squeezed)
                else None
            )
            if found is not None:
                return found
    return None


def _has_month(written: str) -> bool:
    return any(month_of(word) for word in re.findall(r"[A-Za-z]{3,9}", written))


def _moved(when: datetime, part: re.Match[str], timezone_name: str) -> datetime:
    if part["edge"]:
        return _edge(when, part, timezone_name)
    if part["unit"]:
        return _later(when, part, timezone_name)
    if part["weekday"]:
        return _on_weekday(when, part)
    if part["day"]:
        return _on_day(when, part["day"].lower())
    hour = int(part["hour"] or part["clock"])
    half = (part["half"] or part["part"] or "").lower()
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return when.replace(hour=hour, minute=int(part["minute"] or 0), second=int(part["second"] or 0), microsecond=0)


def _on_day(when: datetime, day: str) -> datetime:
    if day == "now":
        return when
    if day == "noon":
        return start_of(when, "day").replace(hour=12)
    return start_of(when, "day") + timedelta(days=_DAYS[day])


def _on_weekday(when: datetime, part: re.Match[str]) -> datetime:
    wanted = weekday_of(part["weekday"]) or 0
    distance = (wanted - when.weekday()) % 7
    which = (part["which"] or "").lower()
    if which == "next" and distance == 0:
        distance = 7
    if which in ("last", "previous"):
        distance -= 7
    return start_of(when, "day") + timedelta(days=distance)


def _later(when: datetime, part: re.Match[str], timezone_name: str) -> datetime:
    written = part["amount"].replace(" ", "").lower()
    count = _WORDS[written] if written in _WORDS else int(written)
    unit = part["unit"].lower()
    if unit.startswith("fortnight"):
        unit, count = "week", count * 2
    sign = -1 if part["ago"] else 1
    later = calendar.moved(Moment.of(when), sign * count, calendar.unit_of(unit), timezone_name)
    return calendar.local(later, timezone_name)


def _edge(when: datetime, part: re.Match[str], timezone_name: str) -> datetime:
    period = (part["period"] or "month").lower()
    shift = _WORDS[(part["of"] or "this").lower()]
    inside = start_of(when, "month").replace(hour=when.hour, minute=when.minute, second=when.second)
    moved = calendar.local(calendar.moved(Moment.of(inside), shift, period, timezone_name), timezone_name)
    edge = start_of(moved, period) if part["edge"].lower() == "first" else end_of(moved, period)
    return edge.replace(hour=when.hour, minute=when.minute, second=when.second, microsecond=when.microsecond)
