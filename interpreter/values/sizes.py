"""Amounts of memory become bytes: a number is bytes, and a text may name its unit, such as 512MB or 1.5 GiB."""

from __future__ import annotations

import re
from typing import Any

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(i)?)?b?(?:ytes)?\s*\Z", re.ASCII | re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(written: Any) -> int | None:
    """Bytes; None where it is no amount. ``MB`` is a million, ``MiB`` is 1024 times 1024."""
    if isinstance(written, str):
        found = _SIZE.match(written)
        if found is None:
            return None
        base = 1024 if found[3] else 1000
        return int(float(found[1]) * base ** _POWERS[(found[2] or "").lower()])
    if isinstance(written, bool) or not isinstance(written, int | float) or written != written:
        return None
    return int(written) if abs(written) < 2**63 else None


def shown_size(amount: int) -> str:
    """Bytes in the largest unit that gives a whole number: 512MB, 1GiB, or 1,234 bytes."""
    for base, infix in ((1000, ""), (1024, "i")):
        for letter, power in (("G", 3), ("M", 2)):
            if amount and amount % base**power == 0:
                return f"{amount // base**power:,}{letter}{infix}B"
    return f"{amount:,} bytes"
