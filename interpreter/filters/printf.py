"""From a pattern with ``%`` places and plain values to a text: printf on scalars only, its widths capped."""

from __future__ import annotations

import re
from typing import Any

from interpreter import values
from interpreter.diagnostic import Fault
from interpreter.filters.fields import long
from interpreter.values import preview

_PLACE = re.compile(
    r"%(?:\((?P<name>[^()]*)\)|(?P<number>\d+)\$)?"
    r"(?P<flags>[-+ 0#,]*)(?P<width>\d*)(?:\.(?P<precision>\d+))?(?P<kind>.)",
    re.DOTALL,
)
MAX_WIDTH = 10_000
"""The widest place, and the most digits after a point."""

_WHOLE = {"d": "d", "i": "d", "u": "d", "x": "x", "X": "X", "o": "o", "b": "b"}
_FRACTION = frozenset("eEfFgG")


def printf(pattern: str, arguments: list[Any], named: dict[str, Any]) -> str:
    """The pattern with its places filled; Fault where a value is lacking or is no plain value."""
    waiting = iter(arguments)
    size = len(pattern)

    def fill(place: re.Match[str]) -> str:
        nonlocal size
        if place["kind"] == "%":
            return "%"
        if place["name"] is None and place["number"] is None:
            value = next(waiting, values.MISSING)
        else:
            value = _chosen(place, arguments, named)
        if value.__class__ is values.Missing:
            raise Fault("run/wrong-value", f"the format has no value for {preview(place[0])}")
        filled = _filled(place, value)
        size += len(filled)
        long(size)
        return filled

    return _PLACE.sub(fill, pattern)


def _chosen(place: re.Match[str], arguments: list[Any], named: dict[str, Any]) -> Any:
    if place["number"] is not None:
        index = int(place["number"][:9]) - 1
        return arguments[index] if 0 <= index < len(arguments) else values.MISSING
    held = arguments[0] if not named and arguments and isinstance(arguments[0], dict) else named
    return held.get(place["name"], values.MISSING)


def _filled(place: re.Match[str], value: Any) -> str:
    kind = place["kind"]
    width, precision = int(place["width"][:9] or 0), int((place["precision"] or "6")[:9])
    if width > MAX_WIDTH or precision > MAX_WIDTH:
        raise Fault("run/too-large", f"{preview(place[0])} is wider than {MAX_WIDTH:,}")
    flags = place["flags"]
    if kind in "sr":
        shown = values.text(value) if kind == "s" else values.encode(value)
        shown = shown if place["precision"] is None else shown[:precision]
        return shown.ljust(width) if "-" in flags else shown.rjust(width)
    if kind == "c":
        return values.text(value) if isinstance(value, str) else chr(values.integer(value, "%c"))
    if kind in _WHOLE or kind in _FRACTION:
        return _number(kind, flags, width, precision, value)
    raise Fault("run/wrong-value", f"the format does not know {preview(place[0])}", 'write "%%" for a percent sign')


def _number(kind: str, flags: str, width: int, precision: int, value: Any) -> str:
    number = values.number(value, f'"%{kind}"')
    if kind in _WHOLE:
        number = int(number)
        # Python writes at most 4,300 decimal digits at once; values.text writes more.
        code = _WHOLE[kind]
        if code == "d" and abs(number) >= 10**4000:
            return values.text(number)
        precise = code
    else:
        number, precise = float(number), f".{precision}{kind}"
    sign = "+" if "+" in flags else " " if " " in flags else ""
    marked = "#" if "#" in flags else ""
    grouped = "," if "," in flags and kind not in "xXob" else ""
    if "-" in flags:
        return f"{number:{sign}{marked}{grouped}{precise}}".ljust(width)
    zero = "0" if "0" in flags else ""
    return f"{number:{sign}{marked}{zero}{width or ''}{grouped}{precise}}"
