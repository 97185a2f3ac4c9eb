"""A string becomes pieces: plain text, and the expressions that stand in ``<< >>`` or ``{{ }}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Plain(NamedTuple):
    """Text without a template, its escapes dropped; start and end are those of the piece as written."""

    text: str
    start: int
    end: int


class Hole(NamedTuple):
    """One template: ``start`` to ``end`` with its delimiters, ``inner`` to ``inner_end`` its expression alone."""

    start: int
    end: int
    inner: int
    inner_end: int


class Unclosed(NamedTuple):
    """A template that is opened at ``start`` and never closed."""

    start: int
    delimiter: str


_OPENING = re.compile(r"(\\?)(<<|\{\{)")
_CLOSING = {"<<": ">>", "{{": "}}"}
_WITHIN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\[({]|>>|[\])}]""", re.DOTALL)


def has_template(text: str) -> bool:
    """Whether there is anything to split; false for nearly all strings, at the cost of two searches."""
    return "{{" in text or "<<" in text


def split(text: str) -> Iterator[Plain | Hole | Unclosed]:
    """The pieces of a text in order; nothing follows an Unclosed."""
    position = 0
    plain = ""
    begin = 0
    while found := _OPENING.search(text, position):
        start, delimiter = found.start(2), found[2]
        plain += text[position : found.start()]
        if found[1]:
            plain += delimiter
            position = found.end()
            continue
        if plain:
            yield Plain(plain, begin, start)
        inner_end = _find_end(text, start + 2, delimiter)
        if inner_end < 0:
            yield Unclosed(start, delimiter)
            return
        position = begin = inner_end + 2
        plain = ""
        yield Hole(start, position, start + 2, inner_end)
    plain += text[position:]
    if plain:
        yield Plain(plain, begin, len(text))


def _find_end(text: str, start: int, delimiter: str) -> int:
    """Where the closing delimiter of a template stands, or -1.

    Where brackets or quotes within are not in order, the first closing delimiter of any kind is taken: the
    expression's own error is then better than "never closed".
    """
    closing = _CLOSING[delimiter]
    depth = 0
    position = start
    while found := _WITHIN.search(text, position):
        token, at = found[0], found.start()
        position = found.end()
        if depth == 0 and text.startswith(closing, at):
            return at
        if token in "[({":
            depth += 1
        elif token in "])}" and depth:
            depth -= 1
    return text.find(closing, start)
