"""From two values to a yes or a no, and from several values to the first that will do."""

from __future__ import annotations

from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, Text, filter
from interpreter.filters.fields import empty
from interpreter.values import absent


@filter("eq", "is_equal", "equal_to")
def equals(value: Any, other: Any) -> Boolean:
    """Whether the two are equal, as ``==``.

    4|equals('4')  →  true
    """
    return values.equal(value, other)


@filter("ne", "is_not_equal")
def not_equals(value: Any, other: Any) -> Boolean:
    """Whether the two differ, as ``!=``.

    4|not_equals(4)  →  false
    """
    return not values.equal(value, other)


@filter("strict_equals", "same_as")
def identical(value: Any, other: Any) -> Boolean:
    """Whether the two are equal and of one type, as ``===``.

    4|identical('4')  →  false
    """
    return values.identical(value, other)


@filter("gt", "is_greater_than")
def greater_than(value: Any, other: Any) -> Boolean:
    """Whether the first is greater, as ``>``.

    4|greater_than(2)  →  true
    """
    return values.greater(value, other)


@filter("gte", "ge")
def greater_than_or_equal(value: Any, other: Any) -> Boolean:
    """Whether the first is greater or equal, as ``>=``.

    4|greater_than_or_equal(4)  →  true
    """
    return values.greater_equal(value, other)


@filter("lt", "is_less_than")
def less_than(value: Any, other: Any) -> Boolean:
    """Whether the first is less, as ``<``.

    4|less_than(2)  →  false
    """
    return values.less(value, other)


@filter("lte", "le")
def less_than_or_equal(value: Any, other: Any) -> Boolean:
    """Whether the first is less or equal, as ``<=``.

    4|less_than_or_equal(2)  →  false
    """
    return values.less_equal(value, other)


@filter("is_between")
def between(value: Any, least: Any, most: Any) -> Boolean:
    """Whether the value lies from the least to the most, both included.

    5|between(1, 10)  →  true
    '2024-06-01'|between('2024-01-01', '2024-12-31')  →  true
    """
    return values.greater_equal(value, least) and values.less_equal(value, most)


@filter("in_array", "one_of")
def in_(value: Any, container: Any) -> Boolean:
    """Whether the value is an item of the list, a key of the object or a part of the text.

    Piped the other way round, as Xano does it (``list|in(item)``), it answers the same question.

    2|in([1, 2])  →  true
    'a'|in({a: 1})  →  true
    [1, 2]|in(2)  →  true
    """
    if isinstance(value, list) and not isinstance(container, (list, dict)):
        return values.contains(value, container)
    return values.contains(container, value)


@filter()
def not_in(value: Any, container: Any) -> Boolean:
    """Whether the value is not in the list, object or text.

    3|not_in([1, 2])  →  true
    """
    return not in_(value, container)


@filter()
def not_(value: Any) -> Boolean:
    """Whether the value is falsy, as ``!``.

    true|not  →  false
    ''|not  →  true
    """
    return not value


@filter("iif", "then_else")
def ternary(value: Any, when_true: Any, when_false: Any = None) -> Any:
    """One value where the piped one is truthy, else the other.

    true|ternary('yes', 'no')  →  "yes"
    0|ternary('yes', 'no')  →  "no"
    """
    return when_true if value else when_false


@filter("d")
def default(value: Any, default: Any = "", boolean: Boolean = False) -> Any:
    """The value, or the default where it is null or missing (with ``true`` also where it is falsy).

    null|default('none')  →  "none"
    0|default(5)  →  0
    0|default(5, true)  →  5
    """
    return default if absent(value) or (boolean and not value) else value


@filter("first_notnull", "first_not_null", "ifnull")
def coalesce(value: Any, *others: Any) -> Any:
    """The first value that is not null.

    null|coalesce(null, 0)  →  0
    null|first_notnull('b')  →  "b"
    """
    return values.first_present((value, *others))


@filter("first_not_empty", "if_empty")
def first_notempty(value: Any, *others: Any) -> Any:
    """The first value that is not empty (null, false, 0, "", "0", [], {}), else the last one.

    ''|first_notempty('b')  →  "b"
    """
    result = value
    for other in others:
        if not empty(result):
            return result
        result = other
    return result


@filter()
def nullif(value: Any, other: Any) -> Any:
    """Null where the two are equal, else the value.

    ''|nullif('')  →  null
    """
    return None if values.equal(value, other) else value


@filter("null_if_empty")
def empty_to_null(value: Any) -> Any:
    """Null where the value is empty (null, false, 0, "", "0", [], {}), else the value.

    ''|empty_to_null  →  null
    """
    return None if empty(value) else value


@filter("match_case", "lookup")
def choose(value: Any, cases: dict[str, Any], otherwise: Any = None) -> Any:
    """What stands in an object under the value, else the last argument.

    'b'|choose({a: 1, b: 2}, 0)  →  2
    """
    return cases.get(values.text(value), otherwise)


@filter("typeof", "type_of", "get_type")
def type(value: Any) -> Text:
    """The value's type: null, boolean, number, text, list, object or time.

    [1]|type  →  "list"
    null|type  →  "null"
    """
    return values.kind(value).removeprefix("a ").removeprefix("an ")
