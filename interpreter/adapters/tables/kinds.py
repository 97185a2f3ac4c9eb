"""Values of a stack become values of a column, and back: one entry for each type of column."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from interpreter import inputs
from interpreter.adapters.tables.model import Column
from interpreter.inputs import Unfit
from interpreter.values import Moment, encode, kind, preview, text

Change = Callable[[Any], Any] | None
LARGEST_INT = 2**63
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Kind(NamedTuple):
    """One type of column: what fits it, and how each database keeps it. None: as it is."""

    expected: str
    read: Callable[[Any], Any]
    """A stack's value as this type has it; raises inputs.Unfit."""
    to_sqlite: Change = None
    from_sqlite: Change = None
    to_postgresql: Change = None
    from_postgresql: Change = None

    def writer(self, sqlite: bool) -> Change:
        return self.to_sqlite if sqlite else self.to_postgresql

    def reader(self, sqlite: bool) -> Change:
        return self.from_sqlite if sqlite else self.from_postgresql


def _int(value: Any) -> int:
    found: int = inputs.TYPES["int"].read(value)
    if not -LARGEST_INT <= found < LARGEST_INT:
        raise Unfit("a whole number of at most 64 bits")
    return found


def _number(value: Any) -> int | float:
    found: int | float = inputs.TYPES["decimal"].read(value)
    if found.__class__ is int and not -LARGEST_INT <= found < LARGEST_INT:
        raise Unfit("a number of at most 64 bits")
    if found.__class__ is float and not isfinite(found):
        raise Unfit("a finite number")
    return found


def _float(value: Any) -> float:
    return float(_number(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    found: str = value if value.__class__ is str else inputs.TYPES["text"].read(value)
    if "\x00" in found:
        raise Unfit("a text without the character NUL")
    return found


def _file(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("path") or value.get("name")
    return _text(value)


def _exact(value: int | float) -> Decimal | int:
    return value if value.__class__ is int else Decimal(repr(value))


def inexact(value: Any) -> Any:
    """A number as stacks have it: PostgreSQL's exact ones are theirs as near as a float is."""
    if not isinstance(value, Decimal):
        return value
    whole = int(value)
    return whole if whole == value else float(value)


def document(value: Any) -> str:
    """JSON that either database can look into: PostgreSQL stumbles over a NUL in any record that it passes."""
    written = encode(value)
    if "\\u0000" in written and _NUL.search(written):
        raise Unfit("a JSON value without the character NUL")
    return written


def _time_text(value: Moment) -> str:
    """Of one length, so that the order of the texts is that of the times."""
    return value.datetime.isoformat(timespec="microseconds")[:26] + "Z"


def _time_of_text(value: Any) -> Any:
    """A time as this program writes it; what another one wrote, as well as it can be read."""
    try:
        return Moment.of(datetime.datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return value


_TEXT = Kind("a text", _text)

KINDS: dict[str, Kind] = {
    "text": _TEXT,
    "int": Kind("a whole number", _int),
    "decimal": Kind("a number", _number, None, None, _exact, inexact),
    "float": Kind("a number", _float),
    "bool": Kind("true or false", inputs.TYPES["bool"].read, int, bool),
    "timestamp": Kind(
        inputs.TYPES["timestamp"].expected,
        inputs.TYPES["timestamp"].read,
        _time_text,
        _time_of_text,
        lambda value: value.datetime,
        Moment.of,
    ),
    "date": Kind(inputs.TYPES["date"].expected, inputs.TYPES["date"].read, None, None, None, str),
    "json": Kind("a JSON value", lambda value: value, document, json.loads, document, None),
    "enum": _TEXT,
    "uuid": Kind("a UUID", inputs.TYPES["uuid"].read, None, None, None, str),
    "email": Kind(inputs.TYPES["email"].expected, inputs.TYPES["email"].read),
    "password": _TEXT,
    "file": Kind("a file's path", _file),
}


def fitted(column: Column, value: Any) -> Any:
    """A value as the column has it, not yet as the database keeps it; raises Unfit."""
    if column.type == "enum":
        for allowed in column.values:
            if not isinstance(value, (list, dict)) and text(value) == text(allowed):
                return text(allowed)
        raise Unfit(f"one of {', '.join(preview(each) for each in column.values)}")
    return KINDS[column.type].read(value)


def misfit(column: Column, value: Any, unfit: Unfit) -> str:
    """One sentence about a value that does not fit; a secret one is not shown."""
    shown = kind(value) if column.is_secret else preview(value)
    return f'"{column.name}" is {shown}, expected {unfit.expected}'


def type_of(value: Any) -> str | None:
    """The type of column that an open table makes for a value; None where it has none."""
    if value.__class__ is bool:
        return "bool"
    if value.__class__ is int:
        return "int"
    if value.__class__ is float:
        return "decimal"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Moment):
        return "timestamp"
    return "json" if isinstance(value, (dict, list)) else None
