"""Two values become their sum, difference, product, quotient or joined text: the operators with care."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values.limits import MAX_BITS, MAX_ITEMS, MAX_TEXT
from interpreter.values.missing import absent
from interpreter.values.moments import Moment, as_moment
from interpreter.values.numbers import number, sized
from interpreter.values.showing import kind, preview, text


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


def subtract(left: Any, right: Any) -> Any:
    """``-``: of two times the seconds between; of a time and seconds an earlier time."""
    moment = as_moment(left)
    if moment is not None:
        other = as_moment(right)
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
        raise Fault("run/too-large", f"{preview(base)} ** {preview(exponent)} has more than 4,300 digits")
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
