"""What may stand after ``is``: from a value (and perhaps another) to a yes or a no.

A test sees a missing value as missing; only ``defined`` and ``undefined`` tell it from null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpreter import values
from interpreter.catalog import FILTERS, TESTS, Boolean, test
from interpreter.filters import checks, comparing, patterns, sets, text
from interpreter.filters.fields import empty
from interpreter.values import Missing, Moment, absent


@test()
def defined(value: Any) -> Boolean:
    """Whether the path led somewhere; null is defined."""
    return value.__class__ is not Missing


@test("missing")
def undefined(value: Any) -> Boolean:
    """Whether the path led nowhere."""
    return value.__class__ is Missing


@test("null")
def none(value: Any) -> Boolean:
    """Whether the value is null or missing."""
    return absent(value)


@test()
def true(value: Any) -> Boolean:
    """Whether the value is the boolean true."""
    return value is True


@test()
def false(value: Any) -> Boolean:
    """Whether the value is the boolean false."""
    return value is False


@test("bool")
def boolean(value: Any) -> Boolean:
    """Whether the value is true or false."""
    return isinstance(value, bool)


@test()
def number(value: Any) -> Boolean:
    """Whether the value is a number."""
    return value.__class__ in values.NUMBERS


@test("int")
def integer(value: Any) -> Boolean:
    """Whether the value is a whole number."""
    return value.__class__ is int


@test("decimal")
def float_(value: Any) -> Boolean:
    """Whether the value is a number with a fraction."""
    return value.__class__ is float


@test("text")
def string(value: Any) -> Boolean:
    """Whether the value is a text."""
    return isinstance(value, str)


@test("array")
def list_(value: Any) -> Boolean:
    """Whether the value is a list."""
    return isinstance(value, list)


@test("iterable")
def sequence(value: Any) -> Boolean:
    """Whether the value has items: a list, an object or a text."""
    return isinstance(value, (list, dict, str))


@test("object", "dict")
def mapping(value: Any) -> Boolean:
    """Whether the value is an object."""
    return isinstance(value, dict)


@test("date", "datetime", "timestamp")
def time(value: Any) -> Boolean:
    """Whether the value is a time, or the ISO 8601 text of a date or time."""
    return isinstance(value, Moment) or (isinstance(value, str) and Moment.parse(value) is not None)


@test("function")
def callable_(value: Any) -> Boolean:
    """Whether the value is a function."""
    return callable(value)


@test("blank")
def empty_(value: Any) -> Boolean:
    """Whether the value is empty: null, missing, false, 0, "", "0", [] or {}."""
    return empty(value)


@test()
def truthy(value: Any) -> Boolean:
    """Whether the value counts as true."""
    return bool(value)


@test()
def falsy(value: Any) -> Boolean:
    """Whether the value counts as false."""
    return not value


@test()
def lower(value: Any) -> Boolean:
    """Whether the value is a text without capital letters."""
    return checks.is_lower(value)


@test()
def upper(value: Any) -> Boolean:
    """Whether the value is a text without small letters."""
    return checks.is_upper(value)


@test("sameas")
def same(value: Any, other: Any) -> Boolean:
    """Whether the two are equal and of one type, as ``===``."""
    return values.identical(value, other)


@test("==", "equalto", "equals", "equal")
def eq(value: Any, other: Any) -> Boolean:
    """Whether the two are equal, as ``==``."""
    return values.equal(value, other)


@test("!=", "notequalto")
def ne(value: Any, other: Any) -> Boolean:
    """Whether the two differ, as ``!=``."""
    return not values.equal(value, other)


@test(">", "greaterthan", "greater_than")
def gt(value: Any, other: Any) -> Boolean:
    """Whether the first is greater, as ``>``."""
    return values.greater(value, other)


@test(">=", "gte")
def ge(value: Any, other: Any) -> Boolean:
    """Whether the first is greater or equal, as ``>=``."""
    return values.greater_equal(value, other)


@test("<", "lessthan", "less_than")
def lt(value: Any, other: Any) -> Boolean:
    """Whether the first is less, as ``<``."""
    return values.less(value, other)


@test("<=", "lte")
def le(value: Any, other: Any) -> Boolean:
    """Whether the first is less or equal, as ``<=``."""
    return values.less_equal(value, other)


@test()
def between(value: Any, least: Any, most: Any) -> Boolean:
    """Whether the value lies from the least to the most, both included."""
    return comparing.between(value, least, most)


@test()
def in_(value: Any, container: Any) -> Boolean:
    """Whether the value is in the list, object or text."""
    return values.contains(container, value)


@test("includes")
def contains(value: Any, member: Any) -> Boolean:
    """Whether the list, object or text holds the member."""
    return values.contains(value, member)


@test()
def filter_(value: Any) -> Boolean:
    """Whether there is a filter of that name."""
    return isinstance(value, str) and value in FILTERS


@test()
def test_(value: Any) -> Boolean:
    """Whether there is a test of that name."""
    return isinstance(value, str) and value in TESTS


# A filter that answers yes or no is a test too, under these names.
_SHARED: dict[str, tuple[Callable[..., bool], tuple[str, ...]]] = {
    "even": (checks.even, ()),
    "odd": (checks.odd, ()),
    "divisibleby": (checks.divisibleby, ("divisible_by",)),
    "positive": (checks.is_positive, ()),
    "negative": (checks.is_negative, ()),
    "zero": (checks.is_zero, ()),
    "numeric": (checks.is_numeric, ()),
    "json": (checks.is_json, ()),
    "ip": (checks.is_ip, ()),
    "email": (FILTERS["is_email"].function, ()),
    "url": (FILTERS["is_url"].function, ()),
    "uuid": (FILTERS["is_uuid"].function, ()),
    "starts_with": (text.starts_with, ("startswith", "startingwith")),
    "ends_with": (text.ends_with, ("endswith", "endingwith")),
    "icontains": (text.icontains, ()),
    "matching": (patterns.regex_test, ("matches",)),
    "overlapping": (sets.overlaps, ("overlaps",)),
}
for _name, (_function, _aliases) in _SHARED.items():
    test(*_aliases, name=_name)(_function)
