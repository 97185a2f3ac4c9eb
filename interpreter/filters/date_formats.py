"""From a time to a text in an author's format, and back: PHP's letters, or strftime where a ``%`` stands."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from interpreter.diagnostic import Fault
from interpreter.filters.calendar import MONTHS, WEEKDAYS, month_of, zone
from interpreter.filters.fields import many
from interpreter.values import preview

MAX_FORMAT = 1_000
"""Characters that a format may have."""


def _offset(when: datetime, colon: str) -> str:
    minutes = int((when.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{colon}{rest:02}"


def _suffix(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


_PHP: dict[str, Callable[[datetime], str]] = {
    "d": lambda when: f"{when.day:02}",
    "D": lambda when: WEEKDAYS[when.weekday()][:3].title(),
    "j": lambda when: str(when.day),
    "l": lambda when: WEEKDAYS[when.weekday()].title(),
    "N": lambda when: str(when.isoweekday()),
    "S": lambda when: _suffix(when.day),
    "w": lambda when: str(when.isoweekday() % 7),
    "z": lambda when: str(when.timetuple().tm_yday - 1),
    "W": lambda when: f"{when.isocalendar()[1]:02}",
    "F": lambda when: MONTHS[when.month - 1].title(),
    "m": lambda when: f"{when.month:02}",
    "M": lambda when: MONTHS[when.month - 1][:3].title(),
    "n": lambda when: str(when.month),
    "t": lambda when: str(monthrange(when.year, when.month)[1]),
    "L": lambda when: str(int(isleap(when.year))),
    "o": lambda when: str(when.isocalendar()[0]),
    "Y": lambda when: f"{when.year:04}",
    "y": lambda when: f"{when.year % 100:02}",
    "a": lambda when: "am" if when.hour < 12 else "pm",
    "A": lambda when: "AM" if when.hour < 12 else "PM",
    "g": lambda when: str((when.hour - 1) % 12 + 1),
    "G": lambda when: str(when.hour),
    "h": lambda when: f"{(when.hour - 1) % 12 + 1:02}",
    "H": lambda when: f"{when.hour:02}",
    "i": lambda when: f"{when.minute:02}",
    "s": lambda when: f"{when.second:02}",
    "u": lambda when: f"{when.microsecond:06}",
    "v": lambda when: f"{when.microsecond // 1000:03}",
    "e": lambda when: str(when.tzinfo),
    "I": lambda when: str(int(bool(when.dst()))),
    "O": lambda when: _offset(when, ""),
    "P": lambda when: _offset(when, ":"),
    "p": lambda when: "Z" if not when.utcoffset() else _offset(when, ":"),
    "T": lambda when: when.tzname() or "",
    "Z": lambda when: str(int((when.utcoffset() or timedelta()).total_seconds())),
    "c": lambda when: formatted(when, "Y-m-d\\TH:i:sP"),
    "r": lambda when: formatted(when, "D, d M Y H:i:s O"),
    "U": lambda when: str(int(when.timestamp())),
}

_NAMED = {"iso": "Y-m-d\\TH:i:s.v\\Z", "date": "Y-m-d", "time": "H:i:s", "datetime": "Y-m-d H:i:s"}


def formatted(when: datetime, format: str) -> str:
    """The time in a format: PHP's letters (``\\`` before one takes it literally), or strftime with a ``%``."""
    many(len(format), "characters in a format", MAX_FORMAT)
    if "%" in format:
        return _as_strftime(when, format)
    written = []
    signs = iter(_NAMED.get(format, format))
    for sign in signs:
        if sign == "\\":
            written.append(next(signs, "\\"))
        else:
            written.append(_PHP[sign](when) if sign in _PHP else sign)
    return "".join(written)


def _as_strftime(when: datetime, format: str) -> str:
    try:
        # %Y has no leading zeros on some systems; years before 1000 are rare, wrong ones worse.
        return when.strftime(format.replace("%Y", f"{when.year:04}"))
    except ValueError as error:
        raise Fault("run/wrong-value", f"{preview(format)} is no format for a time: {error}") from None


# --- and back ---------------------------------------------------------------------------------------

_READ = {
    "d": r"(?P<day>\d{2})",
    "j": r"(?P<day>\d{1,2})",
    "m": r"(?P<month>\d{2})",
    "n": r"(?P<month>\d{1,2})",
    "M": r"(?P<month_name>[A-Za-z]{3})",
    "F": r"(?P<month_name>[A-Za-z]{3,9})",
    "Y": r"(?P<year>\d{4})",
    "y": r"(?P<short_year>\d{2})",
    "H": r"(?P<hour>\d{2})",
    "G": r"(?P<hour>\d{1,2})",
    "h": r"(?P<hour>\d{2})",
    "g": r"(?P<hour>\d{1,2})",
    "i": r"(?P<minute>\d{2})",
    "s": r"(?P<second>\d{2})",
    "u": r"(?P<fraction>\d{1,6})",
    "v": r"(?P<fraction>\d{3})",
    "a": r"(?P<half>[aApP][mM])",
    "A": r"(?P<half>[aApP][mM])",
    "D": r"[A-Za-z]{3}",
    "l": r"[A-Za-z]{6,9}",
    "S": r"(?:st|nd|rd|th)",
    "P": r"(?P<offset>Z|[+-]\d{2}:?\d{2})",
    "O": r"(?P<offset>Z|[+-]\d{2}:?\d{2})",
    "p": r"(?P<offset>Z|[+-]\d{2}:?\d{2})",
    "e": r"(?P<zone>[A-Za-z_]+(?:/[A-Za-z_]+)*)",
    "T": r"(?P<zone>[A-Za-z_]+(?:/[A-Za-z_]+)*)",
    "U": r"(?P<epoch>-?\d{1,12})",
    "?": ".",
}
_LETTER_OF = {"Y": "Y", "m": "m", "d": "d", "H": "H", "I": "h", "M": "i", "S": "s", "f": "u", "y": "y", "p": "A"}
_LETTER_OF |= {"b": "M", "B": "F", "a": "D", "A": "l", "z": "P", "Z": "T", "e": "j"}


def read(written: str, format: str, timezone_name: str) -> datetime | None:
    """The time that a text in a format says, in the zone unless the text says one; None where it does not fit."""
    many(len(format), "characters in a format", MAX_FORMAT)
    try:
        match = re.compile(_pattern(format)).fullmatch(written.strip())
    except re.error:
        raise Fault("run/wrong-value", f"{preview(format)} says a part of the time twice") from None
    if match is None:
        return None
    said = {name: text for name, text in match.groupdict().items() if text is not None}
    try:
        return _composed(said, timezone_name)
    except ValueError:
        return None


def _pattern(format: str) -> str:
    if "%" in format:
        format = re.sub(r"%(.)", lambda found: _LETTER_OF.get(found[1], "\\" + found[1]), _literal(format))
    parts = []
    signs = iter(format)
    for sign in signs:
        if sign == "\\":
            parts.append(re.escape(next(signs, "\\")))
        else:
            parts.append(_READ.get(sign) or re.escape(sign))
    return "".join(parts)


def _literal(format: str) -> str:
    """A strftime format with the letters outside its ``%`` places taken literally."""
    return re.sub(r"(%.)|([A-Za-z?\\])", lambda found: found[1] or "\\" + found[2], format)


def _composed(said: dict[str, str], timezone_name: str) -> datetime:
    if "epoch" in said:
        return datetime.fromtimestamp(int(said["epoch"]), UTC)
    month = month_of(said["month_name"]) if "month_name" in said else int(said.get("month", 1))
    if month is None:
        raise ValueError(said["month_name"])
    year = int(said["year"]) if "year" in said else _full_year(int(said.get("short_year", 70)))
    hour = int(said.get("hour", 0))
    if "half" in said:
        hour = hour % 12 + (12 if said["half"].lower() == "pm" else 0)
    where = zone(said.get("offset") or said.get("zone") or timezone_name)
    fraction = int(said.get("fraction", "0").ljust(6, "0"))
    minute, second = int(said.get("minute", 0)), int(said.get("second", 0))
    return datetime(year, month, int(said.get("day", 1)), hour, minute, second, fraction, tzinfo=where)


def _full_year(short: int) -> int:
    return short + (2000 if short < 70 else 1900)
