"""What values mean at run time: every operator's careful form, missing values, moments, text and size caps.

The compiler writes the plain Python operation where it is certain to mean the same and calls these where it is
not. They raise ``Fault`` without a place: the frame of the document that called them is the place.
"""

from __future__ import annotations

import datetime as calendar
import json
import math
import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, timedelta, timezone
from typing import Any

from interpreter.diagnostic import Fault

MAX_TEXT = 10_000_000
"""Characters that one text may have."""
MAX_ITEMS = 10_000_000
"""Items that one list or object may have."""
MAX_BITS = 33_300
"""Bits of an integer: about 10,000 digits."""
PLAIN_RESULT = 1e15
"""A number between minus and plus this is certain to need no care."""

NUMBERS = frozenset((int, float))
SCALARS = frozenset((str, int, float, bool, type(None)))

# --- missing ----------------------------------------------------------------------------------------


class Missing:
    """A path that led nowhere: null when written out, falsy, and it knows where it was looked for.

    ``path`` is as the author wrote it (``input.user.name``); ``near`` is the nearest key that was there.
    """

    __slots__ = ("near", "path")

    def __init__(self, path: str = "", near: str | None = None) -> None:
        self.path = path
        self.near = near

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Missing)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return f"Missing({self.path!r})"


MISSING = Missing()


def absent(value: Any) -> bool:
    """Null or missing."""
    return value is None or value.__class__ is Missing


# --- moments ----------------------------------------------------------------------------------------

_EPOCH = calendar.datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?)?\Z"
)


class Moment:
    """A point in time, counted in seconds since 1970 UTC (kept as whole microseconds).

    Shown as ISO 8601 UTC with milliseconds. Arithmetic is in seconds.
    """

    __slots__ = ("microseconds",)

    def __init__(self, seconds: float = 0, *, microseconds: int | None = None) -> None:
        self.microseconds = round(seconds * 1_000_000) if microseconds is None else microseconds

    @property
    def seconds(self) -> int | float:
        whole, rest = divmod(self.microseconds, 1_000_000)
        return self.microseconds / 1_000_000 if rest else whole

    @property
    def datetime(self) -> calendar.datetime:
        """The same as an aware datetime in UTC; Fault where the year is not 1 to 9999."""
        try:
            return _EPOCH + timedelta(microseconds=self.microseconds)
        except OverflowError:
            raise Fault("run/wrong-value", "a time outside the years 1 to 9999 cannot be shown") from None

    @classmethod
    def of(cls, when: calendar.datetime) -> Moment:
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return cls(microseconds=(when - _EPOCH) // timedelta(microseconds=1))

    @classmethod
    def parse(cls, written: str) -> Moment | None:
        """ISO 8601 text (a date, or date and time, UTC where no offset stands) as a moment; else None."""
        match = _ISO.match(written)
        if not match:
            return None
        year, month, day, hour, minute, second, fraction, offset = match.groups()
        try:
            when = calendar.datetime(
                int(year),
                int(month),
                int(day),
                int(hour or 0),
                int(minute or 0),
                int(second or 0),
                int((fraction or "0").ljust(6, "0")[:6]),
                tzinfo=_zone(offset),
            )
            return cls.of(when)
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        when = self.datetime
        return f"{when.year:04}-{when:%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"

    def __repr__(self) -> str:
        return f"Moment({self.microseconds / 1_000_000!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Moment):
            return self.microseconds == other.microseconds
        if isinstance(other, str):
            parsed = Moment.parse(other)
            return parsed is not None and parsed.microseconds == self.microseconds
        return False

    def __hash__(self) -> int:
        return hash(self.microseconds)


def _zone(offset: str | None) -> timezone:
    if not offset or offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if offset[0] == "-" else shift)


# --- kinds, texts, previews -------------------------------------------------------------------------


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


# --- reading ----------------------------------------------------------------------------------------


def read(target: Any, key: Any, path: str = "") -> Any:
    """``target.key`` and ``target[key]``: data only. What is not there is Missing and knows its path."""
    if isinstance(target, dict):
        return _read_object(target, key, path)
    if isinstance(target, (list, str)):
        return _read_sequence(target, key, path)
    if target.__class__ is Missing:
        return Missing(path or target.path, target.near) if not target.path else target
    return Missing(path)


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


# --- numbers ----------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*\Z")


def parse_number(written: str) -> int | float | None:
    """A decimal number's text as a number, an int where it is whole digits; else None."""
    if len(written) > 10_000 or not _NUMBER.match(written):
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
            raise Fault("run/too-large", "the result has more than 10,000 digits")
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


def add(left: Any, right: Any) -> Any:
    """``+``: numbers add, text joins, lists concatenate, a time moves by seconds."""
    if isinstance(left, str) or isinstance(right, str):
        return join_text(left, right)
    if isinstance(left, list) or isinstance(right, list):
        return _concatenate(left, right)
    if left.__class__ is Moment or right.__class__ is Moment:
        return _later(left, right)
    if isinstance(left, dict) or isinstance(right, dict):
        raise Fault(
            "run/wrong-type", f'"+" does not work on {kind(left)} and {kind(right)}', "merge objects with a|merge(b)"
        )
    return _calculated(operator.add, number(left, '"+"'), number(right, '"+"'))


def _calculated(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """A result within the size limit; a large integer with a fraction is beyond what a fraction can be."""
    try:
        return sized(operation(left, right))
    except OverflowError:
        return sized(math.inf)


def _concatenate(left: Any, right: Any) -> list[Any]:
    left = [] if absent(left) else left
    right = [] if absent(right) else right
    if not isinstance(left, list) or not isinstance(right, list):
        raise Fault(
            "run/wrong-type", f'"+" joins a list with a list, not {kind(left)} with {kind(right)}', "use list|append(x)"
        )
    if len(left) + len(right) > MAX_ITEMS:
        raise Fault("run/too-large", f"the list would have {len(left) + len(right):,} items")
    return left + right


def _later(left: Any, right: Any) -> Moment:
    if left.__class__ is Moment and right.__class__ is Moment:
        raise Fault("run/wrong-type", "two times cannot be added", "subtract them for the seconds between")
    moment, seconds = (left, right) if left.__class__ is Moment else (right, left)
    return _moved(moment, number(seconds, '"+"'))


def _moved(moment: Moment, seconds: float) -> Moment:
    if abs(seconds) > 1e12:
        raise Fault("run/too-large", "the time would be outside the years 1 to 9999")
    return Moment(microseconds=moment.microseconds + round(seconds * 1_000_000))


def join_text(left: Any, right: Any) -> str:
    """``~``, and ``+`` where either side is text."""
    first, second = text(left), text(right)
    if len(first) + len(second) > MAX_TEXT:
        raise Fault("run/too-large", f"the text would have {len(first) + len(second):,} characters")
    return first + second


def joined(parts: list[str]) -> str:
    """A template's parts as one text, within the size limit."""
    if sum(map(len, parts)) > MAX_TEXT:
        raise Fault("run/too-large", f"the text would have {sum(map(len, parts)):,} characters")
    return "".join(parts)


def _as_moment(value: Any) -> Moment | None:
    if value.__class__ is Moment:
        return value  # type: ignore[no-any-return, unused-ignore]
    return Moment.parse(value) if isinstance(value, str) else None


def subtract(left: Any, right: Any) -> Any:
    """``-``: of two times the seconds between; of a time and seconds an earlier time."""
    moment = _as_moment(left)
    if moment is not None:
        other = _as_moment(right)
        if other is not None:
            between = moment.microseconds - other.microseconds
            return between // 1_000_000 if between % 1_000_000 == 0 else between / 1_000_000
        return _moved(moment, -number(right, '"-"'))
    if right.__class__ is Moment and not absent(left):
        return _calculated(operator.sub, number(left, '"-"'), right.seconds)
    return _calculated(operator.sub, number(left, '"-"'), number(right, '"-"'))


def multiply(left: Any, right: Any) -> Any:
    """``*``."""
    return _calculated(operator.mul, number(left, '"*"'), number(right, '"*"'))


def divide(left: Any, right: Any) -> Any:
    """``/``: whole where both are whole and it divides evenly, else a fraction."""
    if left.__class__ is int and right.__class__ is int and right and not left % right:
        return left // right
    dividend, divisor = number(left, '"/"'), number(right, '"/"')
    if divisor == 0:
        raise _by_zero(left)
    if dividend.__class__ is int and divisor.__class__ is int and dividend % divisor == 0:
        return dividend // divisor
    return _calculated(operator.truediv, dividend, divisor)


def _by_zero(dividend: Any) -> Fault:
    return Fault("run/division-by-zero", f"{preview(dividend)} is divided by zero", "check the divisor before")


def floor_divide(left: Any, right: Any) -> Any:
    """``//``: the quotient rounded down."""
    dividend, divisor = number(left, '"//"'), number(right, '"//"')
    if divisor == 0:
        raise _by_zero(left)
    result = _calculated(operator.floordiv, dividend, divisor)
    return int(result) if result.__class__ is float and abs(result) < 2**53 else result


def modulo(left: Any, right: Any) -> Any:
    """``%``: the rest, with the sign of the divisor as in Python."""
    dividend, divisor = number(left, '"%"'), number(right, '"%"')
    if divisor == 0:
        raise _by_zero(left)
    return _calculated(operator.mod, dividend, divisor)


def power(left: Any, right: Any) -> Any:
    """``**``, whose size is known before it is computed."""
    base, exponent = number(left, '"**"'), number(right, '"**"')
    whole = base.__class__ is int and exponent.__class__ is int and abs(base) > 1
    if whole and exponent > 0 and int(base).bit_length() * exponent > MAX_BITS * 2:
        raise Fault("run/too-large", f"{preview(base)} ** {preview(exponent)} has more than 10,000 digits")
    if base == 0 and exponent < 0:
        raise _by_zero(1)
    result = _calculated(operator.pow, base, exponent)
    if isinstance(result, complex):
        raise Fault("run/wrong-value", f"{preview(base)} ** {preview(exponent)} is not a real number")
    return result


def negate(value: Any) -> Any:
    """Unary ``-``."""
    return -number(value, '"-"')


def positive(value: Any) -> Any:
    """Unary ``+``: the value as a number."""
    return number(value, '"+"')


# --- comparing --------------------------------------------------------------------------------------


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
    return Moment(value) if plain else _as_moment(value)


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


# --- building ---------------------------------------------------------------------------------------


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
