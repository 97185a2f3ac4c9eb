"""A moment becomes an execution id: the 26-letter ULID text of a UUIDv7, sorted by time."""

from __future__ import annotations

import os
import re
import time
import uuid

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_DIGITS = str.maketrans(_ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
"""Our letters as Python's own digits of base 32."""
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\Z")


def new_id() -> str:
    """A fresh id of now. Bits after the milliseconds hold their fraction, so that ids of one process are in order."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return _letters(milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | chance)


def time_of(execution_id: str) -> float:
    """When an id was made, in seconds since 1970, to the millisecond."""
    return _number(execution_id[:10]) / 1000


def earliest_id(seconds: float) -> str:
    """Below every id that was made at this time or later."""
    return _letters(max(0, round(seconds * 1000)) << 80)


def parse_id(written: str) -> str | None:
    """An id in its canonical spelling, from ULID text in any case or from UUID text; None where it is neither."""
    upper = written.strip().upper()
    if _ULID.match(upper):
        return upper
    if _UUID.match(upper):
        return _letters(uuid.UUID(upper).int)
    return None


def trace_parts(execution_id: str) -> tuple[str, str]:
    """An id as a trace's (32 hexadecimal digits) and as a span's (16: its last, random half)."""
    digits = f"{_number(execution_id):032x}"
    return digits, digits[16:]


def as_uuid(execution_id: str) -> str:
    """The same id in its UUID spelling."""
    return str(uuid.UUID(int=_number(execution_id)))


def _number(letters: str) -> int:
    return int(letters.translate(_DIGITS), 32)


def _letters(number: int) -> str:
    """128 bits as 26 letters of five bits each, two letters at a time."""
    pairs = _PAIRS
    return "".join([pairs[number >> shift & 1023] for shift in range(120, -1, -10)])
