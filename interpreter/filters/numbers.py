"""From numbers to numbers: arithmetic, rounding, functions, bits, and numbers written for readers."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

from interpreter import values
from interpreter.catalog import Number, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import many
from interpreter.values import MAX_BITS, preview, sized

# --- arithmetic -------------------------------------------------------------------------------------


@filter("plus", "math_add")
def add(value: Any, other: Any) -> Any:
    """The sum of the two, as ``+``.

    2|add(3)  →  5
    """
    return values.add(value, other)


@filter("sub", "minus", "math_subtract")
def subtract(value: Any, other: Any) -> Any:
    """The first less the second, as ``-``.

    2|subtract(3)  →  -1
    """
    return values.subtract(value, other)


@filter("mul", "times", "math_multiply")
def multiply(value: Number, other: Number) -> Number:
    """The product of the two.

    2|multiply(3)  →  6
    """
    return sized(value * other)  # type: ignore[no-any-return]


@filter("div", "divided_by", "math_divide")
def divide(value: Number, other: Number) -> Number:
    """The first divided by the second: whole where it divides evenly.

    20|divide(4)  →  5
    1|divide(4)  →  0.25
    """
    return values.divide(value, other)  # type: ignore[no-any-return]


@filter("intdiv", "floor_divide")
def quotient(value: Number, other: Number) -> Number:
    """The first divided by the second, rounded down, as ``//``.

    20|quotient(3)  →  6
    """
    return values.floor_divide(value, other)  # type: ignore[no-any-return]


@filter("mod", "modulo", "math_mod")
def modulus(value: Number, other: Number) -> Number:
    """The rest of a division, as ``%``.

    20|modulus(3)  →  2
    """
    return values.modulo(value, other)  # type: ignore[no-any-return]


@filter("power", "math_pow")
def pow(value: Number, exponent: Number) -> Number:
    """The value to the power of the exponent, as ``**``.

    10|pow(2)  →  100
    math_pow(2, 3)  →  8
    """
    return values.power(value, exponent)  # type: ignore[no-any-return]


@filter("negative")
def negate(value: Number) -> Number:
    """The number with the other sign.

    5|negate  →  -5
    """
    return -value


@filter("absolute", "math_abs")
def abs_(value: Number) -> Number:
    """The number without its sign.

    (-10)|abs  →  10
    """
    return abs(value)


@filter("signum")
def sign(value: Number) -> int:
    """-1, 0 or 1, as the number is below, at or above zero.

    (-7)|sign  →  -1
    """
    return (value > 0) - (value < 0)


@filter()
def clamp(value: Number, least: Number, most: Number) -> Number:
    """The number, or the bound that it lies beyond.

    15|clamp(0, 10)  →  10
    """
    return min(max(value, least), most)


@filter("percent_of")
def percentage(value: Number, total: Number, precision: int = 2) -> Number:
    """How many per cent of the total the value is; 0 of a total of 0.

    1|percentage(3)  →  33.33
    """
    return 0 if total == 0 else round_(value * 100 / total, precision)


# --- rounding ---------------------------------------------------------------------------------------

MAX_DIGITS = 4_300
_EXACT = Context(prec=2 * MAX_DIGITS)
_ROUNDINGS = {"common": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}


@filter("math_round")
def round_(value: Number, precision: int = 0, method: Text = "common") -> Number:
    """The number to so many digits after the point, halves away from zero; a whole number for 0 digits or fewer.

    ``method`` is common, ceil or floor.

    2.5|round  →  3
    (-2.5)|round  →  -3
    2.675|round(2)  →  2.68
    1234|round(-2)  →  1200
    2.1|round(0, 'ceil')  →  3
    """
    rounding = _ROUNDINGS.get(method)
    if rounding is None:
        raise Fault("run/wrong-value", f"{preview(method)} is no way to round", "use common, ceil or floor")
    if isinstance(value, int) and precision >= 0:
        return value
    if precision > 300:
        return value
    if precision < -MAX_DIGITS:
        raise Fault("run/too-large", f"a number has no more than {MAX_DIGITS:,} digits before its point")
    # The decimal digits that authors see are rounded, not the binary fraction behind them.
    with localcontext(_EXACT):
        scaled = Decimal(repr(value) if isinstance(value, float) else value).scaleb(precision)
        whole = int(scaled.to_integral_value(rounding))
        return sized(whole * 10**-precision) if precision <= 0 else float(Decimal(whole).scaleb(-precision))


@filter("math_ceil", "ceiling")
def ceil(value: Number, precision: int = 0) -> Number:
    """The number rounded up.

    2.1|ceil  →  3
    2.341|ceil(2)  →  2.35
    """
    return math.ceil(value) if precision == 0 else round_(value, precision, "ceil")


@filter("math_floor")
def floor(value: Number, precision: int = 0) -> Number:
    """The number rounded down.

    2.9|floor  →  2
    (-2.1)|floor  →  -3
    """
    return math.floor(value) if precision == 0 else round_(value, precision, "floor")


@filter("truncate_number")
def trunc(value: Number) -> int:
    """The number without what stands after its point.

    (-2.9)|trunc  →  -2
    """
    return math.trunc(value)


# --- functions --------------------------------------------------------------------------------------


def _real(result: float, shown: str) -> Number:
    if not math.isfinite(result):
        raise Fault("run/too-large", f"{shown} is beyond the largest number (1.8e308)")
    return int(result) if result.is_integer() and -(2**53) < result < 2**53 else result


@filter("math_sqrt")
def sqrt(value: Number) -> Number:
    """The square root.

    9|sqrt  →  3
    """
    if value < 0:
        raise Fault("run/wrong-value", f"{preview(value)} has no square root that is a real number")
    if isinstance(value, int) and (root := math.isqrt(value)) ** 2 == value:
        return root
    return _real(math.sqrt(value), "the square root")


@filter()
def exp(value: Number) -> Number:
    """The number e (2.718…) to the power of the value.

    0|exp  →  1
    """
    return _real(math.exp(value) if value < 710 else math.inf, f"e ** {preview(value)}")


def _logarithm(value: Number, base: Number | None) -> Number:
    if value <= 0 or (base is not None and (base <= 0 or base == 1)):
        raise Fault("run/wrong-value", f"{preview(value)} has no such logarithm")
    if base is None:
        return _real(math.log(value), "the logarithm")
    exact = math.log2(value) if base == 2 else math.log10(value) if base == 10 else math.log(value) / math.log(base)
    near = round(exact)
    if abs(near) < 1024 and abs(exact - near) < 1e-9 and base**near == value:
        return near
    return exact


@filter("math_log")
def log(value: Number, base: Number | None = None) -> Number:
    """The logarithm to a base; the natural one where no base is given.

    8|log(2)  →  3
    1|log  →  0
    """
    return _logarithm(value, base)


@filter()
def ln(value: Number) -> Number:
    """The natural logarithm.

    1|ln  →  0
    """
    return _logarithm(value, None)


@filter()
def log10(value: Number) -> Number:
    """The logarithm to base 10.

    100|log10  →  2
    """
    return _logarithm(value, 10)


@filter()
def log2(value: Number) -> Number:
    """The logarithm to base 2.

    8|log2  →  3
    """
    return _logarithm(value, 2)


@filter()
def pi() -> float:
    """The number pi.

    pi()|round(4)  →  3.1416
    """
    return math.pi


@filter("radians")
def deg2rad(value: Number) -> Number:
    """Degrees as radians.

    180|deg2rad|round(4)  →  3.1416
    """
    return _real(math.radians(value), "the angle")


@filter("degrees")
def rad2deg(value: Number) -> Number:
    """Radians as degrees.

    pi()|rad2deg  →  180
    """
    return _real(math.degrees(value), "the angle")


_CURVES = {
    "sin": ("The sine of an angle in radians.", "0|sin", "0"),
    "cos": ("The cosine of an angle in radians.", "0|cos", "1"),
    "tan": ("The tangent of an angle in radians.", "0|tan", "0"),
    "asin": ("The arc sine in radians.", "0|asin", "0"),
    "acos": ("The arc cosine in radians.", "1|acos", "0"),
    "atan": ("The arc tangent in radians.", "0|atan", "0"),
    "sinh": ("The hyperbolic sine.", "0|sinh", "0"),
    "cosh": ("The hyperbolic cosine.", "0|cosh", "1"),
    "tanh": ("The hyperbolic tangent.", "0|tanh", "0"),
    "asinh": ("The inverse hyperbolic sine.", "0|asinh", "0"),
    "acosh": ("The inverse hyperbolic cosine.", "1|acosh", "0"),
    "atanh": ("The inverse hyperbolic tangent.", "0|atanh", "0"),
}


def _register_curve(name: str, meaning: str, expression: str, result: str) -> None:
    compute = getattr(math, name)

    def curve(value: Number) -> Number:
        return _real(compute(value), f"the {name}")

    curve.__doc__ = f"{meaning}\n\n    {expression}  →  {result}"
    filter(name=name)(curve)


for _name, _told in _CURVES.items():
    _register_curve(_name, *_told)


@filter()
def atan2(value: Number, x: Number) -> Number:
    """The angle of the point (x, value) in radians.

    0|atan2(1)  →  0
    """
    return _real(math.atan2(value, x), "the angle")


@filter()
def hypot(value: Number, other: Number) -> Number:
    """The long side of a right triangle.

    3|hypot(4)  →  5
    """
    return _real(math.hypot(value, other), "the length")


@filter()
def gcd(value: int, other: int) -> int:
    """The greatest common divisor.

    12|gcd(18)  →  6
    """
    return math.gcd(value, other)


@filter()
def lcm(value: int, other: int) -> int:
    """The least common multiple.

    4|lcm(6)  →  12
    """
    return sized(math.lcm(value, other))  # type: ignore[no-any-return]


@filter()
def factorial(value: int) -> int:
    """The product of the whole numbers from 1 to the value.

    5|factorial  →  120
    """
    if value < 0:
        raise Fault("run/wrong-value", f"{preview(value)} has no factorial")
    many(value, "factors", 1_557)  # beyond it, more than 4,300 digits
    return math.factorial(value)


# --- bits -------------------------------------------------------------------------------------------


@filter()
def bitwise_and(value: int, other: int) -> int:
    """The bits that are set in both.

    7|bitwise_and(3)  →  3
    """
    return value & other


@filter()
def bitwise_or(value: int, other: int) -> int:
    """The bits that are set in either.

    7|bitwise_or(9)  →  15
    """
    return value | other


@filter()
def bitwise_xor(value: int, other: int) -> int:
    """The bits that are set in one of the two only.

    7|bitwise_xor(9)  →  14
    """
    return value ^ other


@filter()
def bitwise_not(value: int) -> int:
    """The number with all its bits changed.

    8|bitwise_not  →  -9
    """
    return ~value


@filter("bitwise_shift_left")
def bitwise_left(value: int, count: int) -> int:
    """The bits moved to the left.

    1|bitwise_left(4)  →  16
    """
    if count < 0:
        raise Fault("run/wrong-value", f"bits move by 0 places or more, not {preview(count)}")
    many(value.bit_length() + count, "bits", MAX_BITS)
    return value << count


@filter("bitwise_shift_right")
def bitwise_right(value: int, count: int) -> int:
    """The bits moved to the right.

    16|bitwise_right(4)  →  1
    """
    if count < 0:
        raise Fault("run/wrong-value", f"bits move by 0 places or more, not {preview(count)}")
    return value >> count
