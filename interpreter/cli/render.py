"""A Diagnostic becomes text for people: its place, its sentence, the line with a caret under the span, its mend."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TextIO

from interpreter.diagnostic import ERROR, Diagnostic, Step
from interpreter.source import Source, Span

TAB = "    "
WIDTH = 120
"""Columns of a code frame where the output is no terminal."""
CUT = "…"


class Paint:
    """Colours, or none where they are not wanted."""

    __slots__ = ("coloured", "width")

    def __init__(self, coloured: bool = False, width: int = WIDTH) -> None:
        self.coloured = coloured
        self.width = width

    def _in(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.coloured else text

    def error(self, text: str) -> str:
        return self._in("1;31", text)

    def warning(self, text: str) -> str:
        return self._in("1;33", text)

    def good(self, text: str) -> str:
        return self._in("32", text)

    def gutter(self, text: str) -> str:
        return self._in("34", text)

    def strong(self, text: str) -> str:
        return self._in("1", text)

    def faint(self, text: str) -> str:
        return self._in("2", text)


def paint_for(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Paint:
    """Colours where they are wanted: NO_COLOR, then FORCE_COLOR, then TERM=dumb, then whether it is a terminal."""
    terminal = stream.isatty()
    if environment.get("NO_COLOR"):
        coloured = False
    elif environment.get("FORCE_COLOR", "0") not in ("", "0"):
        coloured = True
    else:
        coloured = terminal and environment.get("TERM") != "dumb"
    return Paint(coloured, shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH)


def draw(diagnostic: Diagnostic, paint: Paint) -> str:
    """One diagnostic, in several lines."""
    colour = paint.error if diagnostic.severity == ERROR else paint.warning
    head = f"{colour(f'{diagnostic.severity}[{diagnostic.code}]')}: {paint.strong(diagnostic.message)}"
    span = diagnostic.span
    lines = [f"{span!r}: {head}" if span else head]
    margin = "  "
    if span:
        frame, margin = draw_frame(span, paint, colour)
        lines += frame
    if diagnostic.hint:
        lines.append(f"{margin}{paint.gutter('=')} help: {diagnostic.hint}")
    for note in diagnostic.related:
        lines.append(f"{margin}{paint.gutter('=')} note: {note.span!r}: {note.message}")
    return "\n".join(lines)


def draw_report(diagnostics: Iterable[Diagnostic], paint: Paint) -> str:
    """Several diagnostics, one under the other."""
    return "\n\n".join(draw(diagnostic, paint) for diagnostic in diagnostics)


def draw_failure(diagnostic: Diagnostic, trail: tuple[Step, ...], paint: Paint) -> str:
    """A diagnostic of a run, and the stacks that led there, the innermost first."""
    lines = [draw(diagnostic, paint)]
    for step in reversed(trail):
        node = f", node {step.node}" if step.node else ""
        place = paint.faint(f"{step.file}:{step.line}:{step.column}")
        lines.append(f'  in stack "{step.stack}"{node}  {place}')
    return "\n".join(lines)


def draw_frame(span: Span, paint: Paint, colour: object = None) -> tuple[list[str], str]:
    """The lines of a span, marked, and the margin that stands before what belongs below them."""
    mark = colour if callable(colour) else paint.error
    begins, ends = span.begins, span.ends
    last = max(begins.line, ends.line)
    if last > begins.line and ends.column == 1:
        last -= 1  # the span ends with a line end: nothing of the next line is in it
    digits = len(str(last))
    margin = " " * (digits + 1)
    bar = paint.gutter("|")
    lines = [f"{margin}{bar}"]
    for number in _shown(begins.line, last):
        if number is None:
            lines.append(f"{margin}{bar} {CUT}")
            continue
        start = begins.column - 1 if number == begins.line else None
        end = ends.column - 1 if number == ends.line else None
        code, before, marked = _marked_line(span.source, number, start, end, paint.width - digits - 3)
        lines.append(f"{paint.gutter(str(number).rjust(digits))} {bar} {code}".rstrip())
        lines.append(f"{margin}{bar} {' ' * before}{mark('^' * marked)}")
    return lines, margin


def _shown(first: int, last: int) -> list[int | None]:
    """The lines of a span that are drawn: the first and the last."""
    if last == first:
        return [first]
    return [first, last] if last == first + 1 else [first, None, last]


def _marked_line(source: Source, number: int, start: int | None, end: int | None, room: int) -> tuple[str, int, int]:
    """One line as it is shown, the columns before the mark, and the columns under it.

    ``start`` and ``end`` are offsets in the line; None where the span begins before it, or goes on after it.
    """
    line = source.line(number)
    first = len(line) - len(line.lstrip()) if start is None else min(start, len(line))
    last = len(line) if end is None else min(end, len(line))
    most = 4 * room  # a document may be one line of megabytes
    left, middle, right = line[max(0, first - most) : first], line[first:last][:most], line[last : last + most]
    left, middle, right = _cut(visible(left), visible(middle), visible(right), room)
    return left + middle + right, _columns(left), max(1, _columns(middle))


def _cut(left: str, middle: str, right: str, room: int) -> tuple[str, str, str]:
    """The three parts of a line within so many columns, with the marked part in sight."""
    if _columns(left) + _columns(middle) + _columns(right) <= room:
        return left, middle, right
    most = max(room * 2 // 3, 20)
    if _columns(middle) > most:
        middle = _fitting(middle, most - 1) + CUT
    rest = max(room - _columns(middle), 0)
    if _columns(left) > rest * 2 // 3:
        kept = _fitting(left[::-1], max(rest // 2 - 1, 0))[::-1]
        left = CUT + kept
    rest = max(rest - _columns(left), 0)
    if _columns(right) > rest:
        right = _fitting(right, max(rest - 1, 0)) + CUT
    return left, middle, right


def _fitting(text: str, columns: int) -> str:
    """The beginning of a text that fits into so many columns."""
    taken = 0
    for position, sign in enumerate(text):
        taken += _columns(sign)
        if taken > columns:
            return text[:position]
    return text


def visible(text: str) -> str:
    """A text without what would move a terminal's cursor: tabs as spaces, control characters as their pictures."""
    if text.isprintable():
        return text
    return "".join(_picture(sign) for sign in text)


def _picture(sign: str) -> str:
    if sign == "\t":
        return TAB
    if sign < " ":
        return chr(0x2400 + ord(sign))
    return sign if sign.isprintable() or unicodedata.combining(sign) else "\N{REPLACEMENT CHARACTER}"


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(sign) for sign in text)


def _width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
