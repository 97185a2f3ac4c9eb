"""A JSON text from outside becomes a value: what JSON allows and a stack can hold, and nothing besides."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

_half_of_a_character = re.compile("[\ud800-\udfff]").search


def decode(written: str) -> Any:
    """The value of a JSON text. Raises ValueError (json.JSONDecodeError where it knows a place) or RecursionError."""
    found = _decoder.decode(written)
    if "\\u" in written and _half_of_a_character(json.dumps(found, ensure_ascii=False)):
        raise ValueError("half of a character (a lone surrogate) stands in a text")
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written[:20]} is beyond the largest number")
    return number


def _whole(written: str) -> int:
    try:
        return int(written)
    except ValueError:
        raise ValueError(f"a number of {len(written):,} digits is too long") from None


_decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
