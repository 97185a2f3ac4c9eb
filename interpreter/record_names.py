"""Tables and columns that a record node names in writing are looked for in the workspace's declarations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from interpreter import tree
from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Diagnostics
from interpreter.nodes.emitter import constant_text, parameter

_READ_ONLY = "async_executions"
_KEYS = ("data", "expected")
"""Parameters whose keys are columns."""
_LISTS = ("select", "group_by")

Named = tuple[str, tree.Expression]
"""A column's name, and the expression that is it."""


class Declarations(Protocol):
    """What is asked of the workspace's tables."""

    def columns(self, table: str) -> Collection[str] | None:
        """The columns of a declared table; None where it is not declared."""

    def close_table(self, table: str) -> str | None:
        """The declared table that one that is not declared is surely meant to be."""

    def missing_table(self, table: str) -> tuple[str, str] | None:
        """The sentence and hint about a table that neither is declared nor may come into being; None of any other."""


def check_names(node: tree.Node, declared: Declarations, diagnostics: Diagnostics) -> None:
    """Report the table or columns of a node that its workspace does not have."""
    table = parameter(node, "table")
    name = constant_text(table)
    if table is None or name is None or name == _READ_ONLY:
        return
    columns = declared.columns(name)
    if columns is None:
        if missing := declared.missing_table(name):
            diagnostics.error("resolve/unknown-table", missing[0], table.span, missing[1])
        elif near := declared.close_table(name):
            message = f'"{name}" is a table that no file declares, and there is a declared one "{near}"'
            diagnostics.warning("resolve/close-name", message, table.span, f'did you mean "{near}"?')
        return
    aliases = parameter(node, "join") is not None
    for written, at in _columns(node):
        column = written.partition(".")[0]
        if column not in columns and not (aliases and "." in written):
            hint = did_you_mean(column, columns) or f"its columns are {', '.join(columns)}"
            diagnostics.error("resolve/unknown-column", f'the table "{name}" has no column "{column}"', at.span, hint)


def _columns(node: tree.Node) -> Iterator[Named]:
    yield from _of_conditions(parameter(node, "filter"))
    for key in _KEYS:
        yield from _of_object(parameter(node, key))
    for key in _LISTS:
        yield from _of_list(parameter(node, key))
    if node.function != "aggregate_query":
        for name, at in _of_list(parameter(node, "sort")):
            yield name.lstrip("+-"), at
    yield from _text(parameter(node, "field_name"))


def _of_conditions(conditions: tree.Expression | None) -> Iterator[Named]:
    """The columns of a filter, in the form that ``parse`` gives it."""
    for condition in _items(conditions):
        parts = _items(condition)
        if len(parts) == 3:
            yield from _text(parts[0])
        elif len(parts) == 2 and constant_text(parts[0]) == "$not":
            yield from _of_conditions(parts[1])
        elif len(parts) == 2 and constant_text(parts[0]) in ("$and", "$or"):
            for each in _items(parts[1]):
                yield from _of_conditions(each)


def _of_object(written: tree.Expression | None) -> Iterator[Named]:
    if isinstance(written, tree.ListLiteral):
        for each in _items(written):
            yield from _of_object(each)
    if isinstance(written, tree.ObjectLiteral):
        for entry in written.entries:
            if isinstance(entry, tree.Entry):
                yield from _text(entry.key)


def _of_list(written: tree.Expression | None) -> Iterator[Named]:
    if isinstance(written, tree.ObjectLiteral):
        yield from _of_object(written)
    elif isinstance(written, tree.ListLiteral):
        for each in _items(written):
            yield from _of_list(each)
    elif (names := constant_text(written)) is not None and written is not None:
        yield from ((name.strip(), written) for name in names.split(",") if name.strip())


def _items(written: tree.Expression | None) -> list[tree.Expression]:
    items: Iterable[object] = written.items if isinstance(written, tree.ListLiteral) else ()
    return [each for each in items if not isinstance(each, tree.Spread)]  # type: ignore[misc]


def _text(written: tree.Expression | None) -> Iterator[Named]:
    name = constant_text(written)
    if name is not None and written is not None:
        yield name, written
