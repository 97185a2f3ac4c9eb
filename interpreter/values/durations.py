"""Lengths of time become seconds: a number is seconds, and a text may name its units, such as 1h 30m."""

from __future__ import annotations

import re
from typing import Any

from interpreter.values.numbers import parse_number

LONGEST = 366 * 86_400.0
"""Seconds; no delay and no interval is longer."""

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNITS = {
    "ms": ("ms", "msec", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
}
_OF_WORD = {word: _SECONDS[unit] for unit, words in _UNITS.items() for word in words}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.ASCII)


def parse_duration(written: Any) -> float | None:
    """A number, its text, or a text such as 90s, 1h 30m or 14 days as seconds; None where it is none of them."""
    if isinstance(written, str):
        seconds = parse_number(written)
        return _with_units(written.lower()) if seconds is None else float(seconds)
    if isinstance(written, bool) or not isinstance(written, int | float):
        return None
    return float(written)


def _with_units(written: str) -> float | None:
    seconds, at = 0.0, 0
    while part := _PART.match(written, at):
        if part[2] not in _OF_WORD:
            return None
        seconds += float(part[1]) * _OF_WORD[part[2]]
        at = part.end()
    return seconds if at and at == len(written) else None
