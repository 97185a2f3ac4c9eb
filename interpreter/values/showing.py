"""Values become text: for templates, as JSON, and as previews in messages."""

from __future__ import annotations

import json
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values.missing import Missing, absent
from interpreter.values.moments import Moment

SCALARS = frozenset((str, int, float, bool, type(None)))


def kind(value: Any) -> str:
    """The word that authors know for a value's type."""
    if absent(value):
        return "null"
    for types, word in _KINDS:
        if isinstance(value, types):
            return word
    return type(value).__name__


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a boolean"),
    ((int, float), "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "an object"),
    (Moment, "a time"),
)


def text(value: Any) -> str:
    """A value as text, as a template shows it: null is "", lists and objects compact JSON."""
    cls = value.__class__
    if cls is str:
        return value  # type: ignore[no-any-return]
    if cls is bool:
        return "true" if value else "false"
    if cls is int:
        return _digits(value)
    if cls is float or cls is Moment:
        return str(value)
    if absent(value):
        return ""
    if isinstance(value, str):
        return str(value)
    return encode(value)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        return _long_digits(value)


def _long_digits(value: int) -> str:
    """Integers longer than Python converts at once (4,300 digits), in two halves."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    half = (value.bit_length() * 1233 // 4096) // 2 + 1
    high, low = divmod(value, 10**half)
    return sign + _digits(high) + _digits(low).zfill(half)


def encode(value: Any, indent: int | None = None, sort_keys: bool = False) -> str:
    """A value as JSON text, compact unless an indent is given; missing is null, a moment its ISO text."""
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        return json.dumps(
            value,
            default=_unusual,
            ensure_ascii=False,
            allow_nan=False,
            separators=separators,
            indent=indent,
            sort_keys=sort_keys,
        )
    except RecursionError:
        raise Fault("run/too-large", "a value is nested too deeply to be written as JSON") from None
    except ValueError as error:
        raise Fault("run/wrong-value", f"the value cannot be written as JSON: {error}") from None


def _unusual(value: Any) -> Any:
    if value.__class__ is Missing:
        return None
    if value.__class__ is Moment:
        return str(value)
    if callable(value):
        raise Fault("run/wrong-type", "a function cannot be written as JSON")
    raise TypeError(f"{type(value).__name__} is no JSON value")


def plain_value(value: Any) -> Any:
    """The value as pure JSON data: missing becomes null, moments ISO text, all the way down; a copy."""
    cls = value.__class__
    if cls in SCALARS:
        return value
    if cls is Missing:
        return None
    if cls is Moment:
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(each) for each in value]
    if isinstance(value, str):
        return str(value)
    raise Fault("run/wrong-type", f"{kind(value)} cannot be written as JSON")


def preview(value: Any, most: int = 30) -> str:
    """The beginning of a value as JSON, for messages: kindly cut at about thirty characters."""
    shown = _shallow(value)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _shallow(value: Any) -> str:
    """JSON of a value without writing more of it than a preview can show."""
    if isinstance(value, str):
        return json.dumps(value[:64], ensure_ascii=False)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"a number of about {value.bit_length() * 1233 // 4096} digits"
    if isinstance(value, list):
        return "[" + ",".join(_shallow(each) for each in value[:8]) + ("," if len(value) > 8 else "") + "]"
    if isinstance(value, dict):
        first = list(value.items())[:8]
        return "{" + ",".join(f"{_shallow(str(key))}:{_shallow(each)}" for key, each in first) + "}"
    if absent(value):
        return "null"
    if callable(value):
        return "a function"
    try:
        return text(value)
    except Fault:
        return kind(value)
