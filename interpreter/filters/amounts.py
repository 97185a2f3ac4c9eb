"""From numbers to texts for readers: thousands apart, money, sizes, ordinals."""

from __future__ import annotations

from decimal import Decimal

from interpreter import values
from interpreter.catalog import Boolean, Number, Text, filter
from interpreter.filters.fields import long, many
from interpreter.filters.numbers import round_


@filter("format_number")
def number_format(
    value: Number, decimals: int = 0, decimal_separator: Text = ".", thousands_separator: Text = ","
) -> Text:
    """The number with so many digits after the point, and its thousands apart.

    31253212.141592|number_format(2)  →  "31,253,212.14"
    1234.5|number_format(2, ',', '.')  →  "1.234,50"
    """
    digits = max(decimals, 0)
    long(digits)
    many(digits, "digits after the point", 1_000)
    rounded = Decimal(repr(round_(value, digits)) if isinstance(value, float) else value)
    shown = values.text(abs(int(rounded)))
    first = len(shown) % 3
    groups = [shown[:first]] * bool(first) + [shown[at : at + 3] for at in range(first, len(shown), 3)]
    fraction = f"{abs(rounded):.{digits}f}".partition(".")[2] if digits else ""
    negative = "-" if rounded < 0 else ""
    return negative + thousands_separator.join(groups) + (decimal_separator + fraction if digits else "")


@filter("to_currency")
def currency(value: Number, symbol: Text = "$", decimals: int = 2) -> Text:
    """The number as an amount of money.

    1234.5|currency  →  "$1,234.50"
    (-3)|currency('€')  →  "-€3.00"
    """
    shown = number_format(abs(value), decimals)
    return ("-" if value < 0 else "") + symbol + shown


_SIZES = ("kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")


@filter("format_bytes", "human_size")
def filesizeformat(value: Number, binary: Boolean = False) -> Text:
    """A number of bytes as a size.

    13000|filesizeformat  →  "13.0 kB"
    1|filesizeformat  →  "1 Byte"
    """
    base = 1024 if binary else 1000
    if value == 1:
        return "1 Byte"
    if abs(value) < base:
        return f"{int(value)} Bytes"
    power = 0
    size = value / base
    while abs(size) >= base and power < len(_SIZES) - 1:
        size /= base
        power += 1
    unit = _SIZES[power]
    return f"{size:.1f} {unit[0].upper() + 'i' + unit[1] if binary else unit}"


@filter("ordinalize")
def ordinal(value: int) -> Text:
    """A number as its English ordinal.

    22|ordinal  →  "22nd"
    """
    ending = "th" if abs(value) % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(abs(value) % 10, "th")
    return f"{values.text(value)}{ending}"
