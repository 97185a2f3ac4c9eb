"""From a value of one type to a value of another: numbers, texts, booleans, bases."""

from __future__ import annotations

import re
from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, Number, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import many
from interpreter.values import Moment, absent, preview

_LEADING = re.compile(r"\s*([+-]?(?:\d{1,5000}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?)")


def _leading_number(value: Any) -> int | float | None:
    """The number that a value is, or that its text begins with; None where there is none."""
    if isinstance(value, (bool, int, float, Moment)):
        return values.number(value)
    if isinstance(value, str):
        found = _LEADING.match(value)
        return values.parse_number(found[1]) if found else None
    return None


@filter("to_integer", "toint", "intval")
def to_int(value: Any) -> int:
    """The value as a whole number, cut at the point; the number that a text begins with, 0 where there is none.

    '133.45 kg'|to_int  →  133
    (-2.9)|to_int  →  -2
    'abc'|to_int  →  0
    """
    return int(_leading_number(value) or 0)


@filter("to_float", "to_number", "floatval", "todecimal")
def to_decimal(value: Any) -> Number:
    """The value as a number; the number that a text begins with, 0 where there is none.

    '133.45 kg'|to_decimal  →  133.45
    true|to_decimal  →  1
    """
    return _leading_number(value) or 0


@filter()
def int_(value: Any, default: Any = 0, base: int = 10) -> Any:
    """The value as a whole number, or the default where it is none.

    '42'|int  →  42
    'x'|int(-1)  →  -1
    'ff'|int(0, 16)  →  255
    """
    if isinstance(value, str) and base != 10:
        return default if (found := _in_base(value, base)) is None else found
    number = values.parse_number(value) if isinstance(value, str) else _leading_number(value)
    return default if number is None else int(number)


@filter()
def float_(value: Any, default: Any = 0.0) -> Any:
    """The value as a number with a fraction, or the default where it is none.

    '1.5'|float  →  1.5
    'x'|float(2)  →  2
    """
    number = values.parse_number(value) if isinstance(value, str) else _leading_number(value)
    return default if number is None else float(number)


@filter("string", "tostring", "strval")
def to_text(value: Any) -> Text:
    """The value as text: null is "", lists and objects are JSON.

    1.5|to_text  →  "1.5"
    [1, true]|to_text  →  "[1,true]"
    """
    return values.text(value)


_YES = frozenset(("true", "1", "yes", "y", "on", "t"))
_NO = frozenset(("false", "0", "no", "n", "off", "f", "", "null", "none"))


@filter("to_boolean", "bool", "boolean", "boolval")
def to_bool(value: Any) -> Boolean:
    """The value as a boolean; of texts "true", "1", "yes", "on" and their opposites, else whether it is truthy.

    'false'|to_bool  →  false
    'on'|to_bool  →  true
    0|to_bool  →  false
    """
    if isinstance(value, str):
        word = value.strip().lower()
        return word in _YES or word not in _NO
    return bool(value)


# --- bases ------------------------------------------------------------------------------------------

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _in_base(written: str, base: int) -> int | None:
    if not 2 <= base <= 36:
        raise Fault("run/wrong-value", f"a base is 2 to 36, not {preview(base)}")
    many(len(written), "digits", 4_000)
    try:
        return int(written.strip().lower(), base)
    except ValueError:
        return None


def _read(written: str, base: int, what: str) -> int:
    number = _in_base(written, base)
    if number is None:
        raise Fault("run/wrong-value", f"{preview(written)} is no {what} number")
    return number


def _written(number: int, base: int) -> str:
    digits = []
    rest = abs(number)
    while rest:
        rest, digit = divmod(rest, base)
        digits.append(_DIGITS[digit])
    return ("-" if number < 0 else "") + ("".join(reversed(digits)) or "0")


@filter("hex", "to_hex")
def dechex(value: int) -> Text:
    """A whole number in hexadecimal digits.

    255|dechex  →  "ff"
    """
    return f"{value:x}"


@filter("from_hex")
def hexdec(value: Text) -> int:
    """A number in hexadecimal digits as a number.

    'ff'|hexdec  →  255
    """
    return _read(value, 16, "hexadecimal")


@filter("to_binary")
def decbin(value: int) -> Text:
    """A whole number in binary digits.

    10|decbin  →  "1010"
    """
    return f"{value:b}"


@filter("from_binary")
def bindec(value: Text) -> int:
    """A number in binary digits as a number.

    '1010'|bindec  →  10
    """
    return _read(value, 2, "binary")


@filter("to_octal")
def decoct(value: int) -> Text:
    """A whole number in octal digits.

    10|decoct  →  "12"
    """
    return f"{value:o}"


@filter("from_octal")
def octdec(value: Text) -> int:
    """A number in octal digits as a number.

    '12'|octdec  →  10
    """
    return _read(value, 8, "octal")


@filter()
def base_convert(value: Text, from_base: int, to_base: int) -> Text:
    """A number in one base written in another, 2 to 36.

    'ff'|base_convert(16, 10)  →  "255"
    """
    if not 2 <= to_base <= 36:
        raise Fault("run/wrong-value", f"a base is 2 to 36, not {preview(to_base)}")
    return _written(_read(value, from_base, f"base {from_base}"), to_base)


@filter("chr")
def char(value: int) -> Text:
    """The character of a Unicode number.

    65|char  →  "A"
    """
    if not 0 <= value < 0x110000 or 0xD800 <= value < 0xE000:
        raise Fault("run/wrong-value", f"{preview(value)} is the number of no character")
    return chr(value)


@filter("code_point")
def ord_(value: Text) -> int | None:
    """The Unicode number of a text's first character; null where there is none.

    'A'|ord  →  65
    """
    return ord(value[0]) if value else None


@filter("boolean_to_text")
def yesno(value: Any, yes: Text = "yes", no: Text = "no", maybe: Text | None = None) -> Text:
    """One word where the value is truthy, another where it is not, perhaps a third where it is null.

    true|yesno  →  "yes"
    null|yesno('on', 'off', 'unknown')  →  "unknown"
    """
    if absent(value) and maybe is not None:
        return maybe
    return yes if value else no
