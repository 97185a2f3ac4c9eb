"""A record filter as its author wrote it becomes the expression of its conditions (``interpreter.conditions``).

Here alone it can be told what was written in the document from what a template will give: a key that is written out may
be an operator, a value never becomes one.
"""

from __future__ import annotations

from collections.abc import Iterator

from interpreter.conditions import JOINING, SIGNS, TOP_WORDS, WORDS, is_operator, unknown
from interpreter.diagnostic import Diagnostics
from interpreter.tree import Constant, Entry, Expression, ListLiteral, ObjectLiteral, Spread


def conditions(written: Expression, diagnostics: Diagnostics) -> Expression:
    """The list of conditions that a filter means; unknown operators are reported at their place."""
    return _Reader(diagnostics).filter(written)


class _Reader:
    def __init__(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics

    def filter(self, written: Expression) -> Expression:
        if isinstance(written, Constant) and written.value is None:
            return ListLiteral([], written.span)
        entries = _entries(written)
        if entries is None:
            return ListLiteral([_pair("$equal", written)], written.span)
        return ListLiteral([each for entry in entries for each in self._entry(entry)], written.span)

    def _entry(self, entry: Entry) -> Iterator[Expression]:
        key = _constant(entry.key)
        if key in JOINING:
            yield from self._joined(key, entry)
        elif key == "$not":
            yield _pair("$not", self.filter(entry.value), entry)
        elif key == "$filter":
            yield _pair("$filter", entry.value, entry)
        elif key is not None and is_operator(key):
            self._unknown(entry, key, TOP_WORDS)
        else:
            yield from self._column(entry.key, entry.value)

    def _joined(self, key: str, entry: Entry) -> Iterator[Expression]:
        value = entry.value
        if not isinstance(value, ListLiteral) or any(isinstance(each, Spread) for each in value.items):
            message = f'"{key}" needs a list of filters that is written out'
            hint = 'what comes as data goes into {"$filter": …}'
            self._diagnostics.error("expression/wrong-filter", message, value.span, hint)
            return
        parts = [self.filter(each) for each in value.items if not isinstance(each, Spread)]
        yield _pair(key, ListLiteral(list(parts), value.span), entry)

    def _column(self, column: Expression, value: Expression) -> Iterator[Expression]:
        entries = _entries(value)
        if entries and any(is_operator(_constant(entry.key) or "") for entry in entries):
            for entry in entries:
                yield from self._operator(column, entry)
        else:
            yield _triple(column, "$in" if isinstance(value, ListLiteral) else "$eq", value)

    def _operator(self, column: Expression, entry: Entry) -> Iterator[Expression]:
        written = _constant(entry.key) or ""
        operator = SIGNS.get(written, written)
        if operator == "$not":
            yield _pair("$not", ListLiteral(list(self._column(column, entry.value)), entry.value.span), entry)
        elif operator in WORDS:
            yield _triple(column, operator, entry.value)
        else:
            self._unknown(entry, written, WORDS)

    def _unknown(self, entry: Entry, key: str, words: tuple[str, ...]) -> None:
        sentence, hint = unknown(key, words)
        self._diagnostics.error("expression/unknown-operator", sentence, entry.key.span, hint)


def _entries(written: Expression) -> list[Entry] | None:
    """The entries of an object that is written out; None of anything else."""
    if not isinstance(written, ObjectLiteral):
        return None
    entries = [entry for entry in written.entries if isinstance(entry, Entry)]
    return entries if len(entries) == len(written.entries) else None


def _constant(key: Expression) -> str | None:
    return str(key.value) if isinstance(key, Constant) else None


def _pair(word: str, value: Expression, entry: Entry | None = None) -> Expression:
    span = entry.key.span if entry else value.span
    return ListLiteral([Constant(word, span), value], span)


def _triple(column: Expression, operator: str, value: Expression) -> Expression:
    return ListLiteral([column, Constant(operator, column.span), value], column.span)
