"""Values become numbers, and results stay within their size."""

from __future__ import annotations

import math
import re
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values.limits import MAX_BITS, MAX_ITEMS, MAX_TEXT
from interpreter.values.missing import absent
from interpreter.values.moments import Moment
from interpreter.values.showing import kind, preview

NUMBERS = frozenset((int, float))
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*\Z")


def parse_number(written: str) -> int | float | None:
    """A decimal number's text as a number, an int where it is whole digits; else None."""
    if len(written) > 4_300 or not _NUMBER.match(written):
        return None
    try:
        return int(written)
    except ValueError:
        number = float(written)
        return number if math.isfinite(number) else None


def number(value: Any, operation: str = "arithmetic") -> int | float:
    """A value as a number for arithmetic: null and missing are 0, booleans 0 or 1, a time its seconds."""
    cls = value.__class__
    if cls is int or cls is float:
        return value  # type: ignore[no-any-return]
    if absent(value):
        return 0
    if cls is bool:
        return int(value)
    if isinstance(value, str):
        parsed = parse_number(value)
        if parsed is not None:
            return parsed
    if cls is Moment:
        return value.seconds  # type: ignore[no-any-return]
    raise Fault("run/wrong-type", f"{operation} needs a number, and {preview(value)} is {kind(value)}")


def integer(value: Any, what: str = "the value") -> int:
    """A value as a whole number, or a fault that says what it was for."""
    result = number(value, what)
    if isinstance(result, float):
        if not result.is_integer():
            raise Fault("run/wrong-type", f"{what} must be a whole number, not {preview(value)}")
        return int(result)
    return result


def sized(result: Any) -> Any:
    """A number within the size limit, as it is; beyond it a fault."""
    if result.__class__ is int:
        if result.bit_length() > MAX_BITS:
            raise Fault("run/too-large", "the result has more than 4,300 digits")
    elif result.__class__ is float and not math.isfinite(result):
        raise Fault("run/too-large", "the result is beyond the largest number (1.8e308)")
    return result


def sized_text(result: str) -> str:
    """A text within the size limit, as it is; beyond it a fault."""
    if len(result) > MAX_TEXT:
        raise Fault("run/too-large", f"the text would have {len(result):,} characters; {MAX_TEXT:,} are allowed")
    return result


def sized_list(result: list[Any]) -> list[Any]:
    """A list within the size limit, as it is; beyond it a fault."""
    if len(result) > MAX_ITEMS:
        raise Fault("run/too-large", f"the list would have {len(result):,} items; {MAX_ITEMS:,} are allowed")
    return result
