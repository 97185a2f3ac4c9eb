"""A value and a key become what stands there, and containers what loops and spreads take from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values.beside import beside
from interpreter.values.missing import Missing, absent
from interpreter.values.numbers import integer
from interpreter.values.showing import kind, preview, text


def read(target: Any, key: Any, path: str = "") -> Any:
    """``target.key`` and ``target[key]``: data only. What is not there is Missing and knows its path."""
    if isinstance(target, dict):
        return _read_object(target, key, path)
    if isinstance(target, (list, str)):
        return _read_sequence(target, key, path)
    if target.__class__ is Missing:
        return _read_missing(target, key, path)
    return Missing(path)


def _read_missing(target: Missing, key: Any, path: str) -> Any:
    if target.beside is not None and text(key) in target.beside:
        return target.beside[text(key)]
    return Missing(path or target.path, target.near) if not target.path else target


def _read_object(target: dict[str, Any], key: Any, path: str) -> Any:
    try:
        return target[key]
    except (KeyError, TypeError):
        pass
    written = text(key)
    if written in target:
        return target[written]
    if written == "length":
        return len(target)
    around = beside(target)
    if around is not None and written in around:
        return around[written]
    return Missing(path or written, _near_key(written, target))


def _near_key(key: str, target: dict[str, Any]) -> str | None:
    if len(target) > 200:
        return None
    from interpreter.catalog import nearest

    found = nearest(key, map(str, target), 1)
    return found[0] if found else None


def _read_sequence(target: list[Any] | str, key: Any, path: str) -> Any:
    if key == "length":
        return len(target)
    index = key
    if (isinstance(key, str) and re.fullmatch(r"-?\d{1,9}", key)) or (isinstance(key, float) and key.is_integer()):
        index = int(key)
    if index.__class__ is int and -len(target) <= index < len(target):
        return target[index]
    around = beside(target)
    if around is not None and text(key) in around:
        return around[text(key)]
    return Missing(path or text(key))


def read_strict(target: Any, key: Any, path: str) -> Any:
    """``read`` in strict mode: reading through what is not there is a fault that names the path."""
    value = read(target, key, path)
    if value.__class__ is Missing:
        hint = f'did you mean "{value.near}"?' if value.near else "write path ?? default where it may be missing"
        raise Fault("run/missing", f'"{value.path or path}" is missing: {_what_is_there(target)}', hint)
    return value


def _what_is_there(target: Any) -> str:
    if isinstance(target, dict):
        keys = ", ".join(f'"{key}"' for key in list(target)[:6])
        return f"the object has {keys}{', …' if len(target) > 6 else ''}" if keys else "the object is empty"
    if isinstance(target, list):
        return f"the list has {len(target)} items"
    return f"it would be read from {preview(target)}"


def part(target: Any, start: Any, stop: Any) -> Any:
    """``target[start:stop]`` of a list or text."""
    if absent(target):
        return target
    if not isinstance(target, (list, str)):
        raise Fault("run/wrong-type", f"a slice is taken of a list or a text, not of {kind(target)}")
    bounds = [None if absent(bound) else integer(bound, "a slice's bound") for bound in (start, stop)]
    return target[bounds[0] : bounds[1]]


def spread_list(value: Any) -> list[Any]:
    """What ``...value`` adds to a list."""
    if isinstance(value, list):
        return value
    if absent(value):
        return []
    raise Fault("run/wrong-type", f'"..." inside a list takes a list, not {kind(value)}')


def spread_object(value: Any) -> dict[str, Any]:
    """What ``...value`` adds to an object."""
    if isinstance(value, dict):
        return value
    if absent(value):
        return {}
    raise Fault("run/wrong-type", f'"..." inside an object takes an object, not {kind(value)}')


def items_of(value: Any) -> list[Any]:
    """What a loop runs over: a list's items, or an object's {key, value} pairs; null is nothing."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [{"key": key, "value": each} for key, each in value.items()]
    if absent(value):
        return []
    raise Fault("run/not-a-list", f"a loop runs over a list or an object, not over {kind(value)} ({preview(value)})")


def first_present(values: Iterable[Any]) -> Any:
    """The first value that is neither null nor missing."""
    return next((value for value in values if not absent(value)), None)
