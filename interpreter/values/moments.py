"""Seconds and ISO 8601 texts become points in time."""

from __future__ import annotations

import datetime as calendar
import re
from datetime import UTC, timedelta, timezone
from typing import Any

from interpreter.diagnostic import Fault

_EPOCH = calendar.datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?)?\Z"
)


class Moment:
    """A point in time, counted in seconds since 1970 UTC (kept as whole microseconds).

    Shown as ISO 8601 UTC with milliseconds. Arithmetic is in seconds.
    """

    __slots__ = ("microseconds",)

    def __init__(self, seconds: float = 0, *, microseconds: int | None = None) -> None:
        self.microseconds = round(seconds * 1_000_000) if microseconds is None else microseconds

    @property
    def seconds(self) -> int | float:
        whole, rest = divmod(self.microseconds, 1_000_000)
        return self.microseconds / 1_000_000 if rest else whole

    @property
    def datetime(self) -> calendar.datetime:
        """The same as an aware datetime in UTC; Fault where the year is not 1 to 9999."""
        try:
            return _EPOCH + timedelta(microseconds=self.microseconds)
        except OverflowError:
            raise Fault("run/wrong-value", "a time outside the years 1 to 9999 cannot be shown") from None

    @classmethod
    def of(cls, when: calendar.datetime) -> Moment:
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return cls(microseconds=(when - _EPOCH) // timedelta(microseconds=1))

    @classmethod
    def parse(cls, written: str) -> Moment | None:
        """ISO 8601 text (a date, or date and time, UTC where no offset stands) as a moment; else None."""
        match = _ISO.match(written)
        if not match:
            return None
        year, month, day, hour, minute, second, fraction, offset = match.groups()
        try:
            when = calendar.datetime(
                int(year),
                int(month),
                int(day),
                int(hour or 0),
                int(minute or 0),
                int(second or 0),
                int((fraction or "0").ljust(6, "0")[:6]),
                tzinfo=_zone(offset),
            )
            return cls.of(when)
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.datetime.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"

    def __repr__(self) -> str:
        return f"Moment({self.microseconds / 1_000_000!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Moment):
            return self.microseconds == other.microseconds
        if isinstance(other, str):
            parsed = Moment.parse(other)
            return parsed is not None and parsed.microseconds == self.microseconds
        return False

    def __hash__(self) -> int:
        return hash(self.microseconds)


def _zone(offset: str | None) -> timezone:
    if not offset or offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if offset[0] == "-" else shift)


def as_moment(value: Any) -> Moment | None:
    """A moment, or ISO 8601 text, as a moment; else None."""
    if value.__class__ is Moment:
        return value  # type: ignore[no-any-return, unused-ignore]
    return Moment.parse(value) if isinstance(value, str) else None
