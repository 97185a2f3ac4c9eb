"""Values become text: for templates, as JSON, and as previews in messages."""

from __future__ import annotations

import json
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values.limits import MAX_WRITTEN
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
        return str(value)
    if cls is float or cls is Moment:
        return str(value)
    if absent(value):
        return ""
    if isinstance(value, str):
        return str(value)
    return encode(value)


def encode(value: Any, indent: int | None = None, sort_keys: bool = False) -> str:
    """A value as JSON text, compact unless an indent is given; missing is null, a moment its ISO text."""
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        check_weight(value)
        if indent is None and not sort_keys:
            return _COMPACT.encode(value)
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


def check_weight(value: Any) -> None:
    """Fault where a value is too large to be written out.

    A list may stand in another many times and cost nothing; written out it is there each time, and a list of two of
    the list before, a hundred times over, is more than any machine holds.
    """
    if isinstance(value, (list, dict)) and _weight(value, {}) > MAX_WRITTEN:
        raise Fault("run/too-large", f"the value would be written in more than {MAX_WRITTEN:,} characters")


def _weight(value: list[Any] | dict[str, Any], known: dict[int, int]) -> int:
    """Items and characters of a value, counted wherever they stand, each list and object looked at once."""
    weight = len(value)
    for each in value.values() if isinstance(value, dict) else value:
        cls = each.__class__
        if cls is str:
            weight += len(each)
        elif cls is dict or cls is list or (cls not in SCALARS and isinstance(each, (list, dict))):
            inner = known.get(id(each))
            weight += _weight(each, known) if inner is None else inner
    known[id(value)] = weight
    return weight


def _unusual(value: Any) -> Any:
    if value.__class__ is Missing:
        return None
    if value.__class__ is Moment:
        return str(value)
    if callable(value):
        raise Fault("run/wrong-type", "a function cannot be written as JSON")
    raise TypeError(f"{type(value).__name__} is no JSON value")


_COMPACT = json.JSONEncoder(default=_unusual, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
"""Made once: making one costs as much as a small text."""


def plain_value(value: Any) -> Any:
    """The value as pure JSON data: missing becomes null, moments ISO text, all the way down; a copy."""
    check_weight(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    cls = value.__class__
    if cls in SCALARS:
        return value
    if cls is Missing:
        return None
    if cls is Moment:
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value)
    raise Fault("run/wrong-type", f"{kind(value)} cannot be written as JSON")


def preview(value: Any, most: int = 30) -> str:
    """The beginning of a value as JSON, for messages: kindly cut at about thirty characters."""
    shown = _shallow(value)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _shallow(value: Any, levels: int = 4) -> str:
    """JSON of a value without writing more of it, or going deeper into it, than a preview can show."""
    if isinstance(value, str):
        return json.dumps(value[:64], ensure_ascii=False)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"a number of about {value.bit_length() * 1233 // 4096} digits"
    if isinstance(value, (list, dict)) and not levels:
        return "…"
    if isinstance(value, list):
        return "[" + ",".join(_shallow(each, levels - 1) for each in value[:8]) + ("," if len(value) > 8 else "") + "]"
    if isinstance(value, dict):
        first = list(value.items())[:8]
        return "{" + ",".join(f"{_shallow(str(key))}:{_shallow(each, levels - 1)}" for key, each in first) + "}"
    if absent(value):
        return "null"
    if callable(value):
        return "a function"
    try:
        return text(value)
    except Fault:
        return kind(value)
