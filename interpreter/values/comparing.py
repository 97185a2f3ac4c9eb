"""Two values become a truth: equality, order and membership with care."""

from __future__ import annotations

from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values.missing import absent
from interpreter.values.moments import Moment, as_moment
from interpreter.values.numbers import NUMBERS, parse_number
from interpreter.values.showing import SCALARS, kind, preview, text


def equal(left: Any, right: Any) -> bool:
    """``==``: forgiving between a number and its text, also inside lists and objects; a boolean equals a boolean."""
    first, second = left.__class__, right.__class__
    if first is second and first in SCALARS:
        return bool(left == right)
    if first in NUMBERS and second in NUMBERS:
        return bool(left == right)
    if absent(left) or absent(right):
        return absent(left) and absent(right)
    if first is bool or second is bool:
        return first is second and bool(left == right)
    if first in NUMBERS and isinstance(right, str):
        return bool(parse_number(right) == left)
    if second in NUMBERS and isinstance(left, str):
        return bool(parse_number(left) == right)
    return _equal_structures(left, right, equal)


def identical(left: Any, right: Any) -> bool:
    """``===``: the same type and value; whole and fractional numbers are one type."""
    first, second = left.__class__, right.__class__
    if first in NUMBERS and second in NUMBERS:
        return bool(left == right)
    if absent(left) or absent(right):
        return absent(left) and absent(right)
    if first is not second and not (isinstance(left, (list, dict)) and isinstance(right, (list, dict))):
        return False
    return _equal_structures(left, right, identical)


def _equal_structures(left: Any, right: Any, same: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
        return False
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """``<``."""
    return _ordered(left, right, "<")


def less_equal(left: Any, right: Any) -> bool:
    """``<=``."""
    return _ordered(left, right, "<=")


def greater(left: Any, right: Any) -> bool:
    """``>``."""
    return _ordered(left, right, ">")


def greater_equal(left: Any, right: Any) -> bool:
    """``>=``."""
    return _ordered(left, right, ">=")


def _ordered(left: Any, right: Any, sign: str) -> bool:
    if absent(left) or absent(right):
        return False
    order = _order(left, right)
    if order is None:
        raise Fault(
            "run/not-comparable",
            f'"{sign}" has no order for {kind(left)} and {kind(right)} ({preview(left)}, {preview(right)})',
        )
    if sign[0] == "<":
        return order < 0 or (sign == "<=" and order == 0)
    return order > 0 or (sign == ">=" and order == 0)


def _order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None where the two have no order."""
    if isinstance(left, str) and isinstance(right, str):
        first, second = Moment.parse(left), Moment.parse(right)
        if first is not None and second is not None:
            return _sign(first.microseconds, second.microseconds)
        return _sign(left, right)
    if left.__class__ is Moment or right.__class__ is Moment:
        return _order_moments(left, right)
    if isinstance(left, list) and isinstance(right, list):
        return _order_lists(left, right)
    first_number, second_number = _orderable(left), _orderable(right)
    if first_number is None or second_number is None:
        return None
    return _sign(first_number, second_number)


def _order_moments(left: Any, right: Any) -> int | None:
    first, second = _comparable_moment(left), _comparable_moment(right)
    if first is None or second is None:
        return None
    return _sign(first.microseconds, second.microseconds)


def _comparable_moment(value: Any) -> Moment | None:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Moment(value) if plain else as_moment(value)


def _order_lists(left: list[Any], right: list[Any]) -> int | None:
    for first, second in zip(left, right, strict=False):
        order = _order(first, second)
        if order != 0:
            return order
    return _sign(len(left), len(right))


def _orderable(value: Any) -> int | float | None:
    if isinstance(value, (int, float)):
        return value
    return parse_number(value) if isinstance(value, str) else None


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def contains(container: Any, member: Any) -> bool:
    """``member in container``: an item of a list, a key of an object, a part of a text."""
    if isinstance(container, list):
        return any(equal(each, member) for each in container)
    if isinstance(container, dict):
        return text(member) in container
    if isinstance(container, str):
        return text(member) in container
    if absent(container):
        return False
    raise Fault("run/wrong-type", f'"in" looks into a list, an object or a text, not into {kind(container)}')
