"""A question becomes its shape, for which SQL is compiled once, and its values, which are bound each time.

A shape is made of tuples and holds columns and operators, never a value. Where its walk meets a place for a value, the
value stands at the same position in the list: ``statements`` walks the shape in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from interpreter.adapters.tables.kinds import KINDS, LARGEST_INT, document, fitted, misfit
from interpreter.adapters.tables.model import CREATED_AT, ID, UNSEEN, Column, Table
from interpreter.catalog import did_you_mean
from interpreter.conditions import Conditions, equal_to, read
from interpreter.diagnostic import Fault
from interpreter.inputs import Unfit
from interpreter.values import absent, encode, preview, text

Shape = tuple[Any, ...]
TRUE: Shape = ("true",)
FALSE: Shape = ("false",)
MOST_LISTED = 100
"""Values that are bound one by one; a longer list is bound as one value."""
_NUMBER = re.compile(r"(-?)[0-9]+\Z")
_STEP = re.compile(r'[^"\\\x00]+\Z')
_NOT_AS_TEXT = ("bool", "timestamp", "decimal", "float")
"""Types of columns whose values each database writes in its own way."""
_COMPARED = {"$eq": "=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


class Source(NamedTuple):
    """A table in a question, under the name that the question has for it: the asked one, or a joined one."""

    alias: str
    table: Table


class Found(NamedTuple):
    """A column in a question: its source, itself, and the steps into it where it holds JSON."""

    source: int
    column: Column
    path: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        return (self.source, self.column.name)


def unknown_column(table: Table, name: str, known: Iterable[str] | None = None) -> Fault:
    """The fault of a name that a table has no column for."""
    columns = list(known or table.columns)
    hint = did_you_mean(name, columns) or f"its columns are {', '.join(columns)}"
    details = {"table": table.name, "column": name}
    message = f'the table "{table.name}" has no column "{name}"'
    return Fault("run/unknown-column", message, hint, status=400, details=details)


class Asking:
    """One question while its shape is found: the tables it is about, and the values met so far."""

    def __init__(self, sources: list[Source], sqlite: bool, written: dict[str, list[str]] | None = None) -> None:
        self.sources = sources
        self.sqlite = sqlite
        self.written = written or {}
        """For each parameter that came in part as data the names that its author wrote."""
        self.values: list[Any] = []
        self._from_data = False

    # --- columns --------------------------------------------------------------------------------------

    def column(self, name: Any) -> Found:
        """The column of a name: ``status``, ``customers.name`` of a joined table, ``address.city`` inside JSON."""
        table = self.sources[0].table
        if name.__class__ is str and (column := table.columns.get(name)) is not None:
            if self._from_data and column.is_secret:
                raise Fault("run/unknown-column", f'"{name}" cannot be filtered by from data: it is secret', status=400)
            return Found(0, column)
        first, *path = text(name).split(".")
        for number, source in enumerate(self.sources):
            if path and source.alias == first and (number or first not in table.columns):
                return self._inside(number, source.table, path)
        return self._inside(0, table, [first, *path])

    def named(self, name: Any, parameter: str) -> Found:
        """The column of a name in a parameter; Fault run/unknown-column where data names a secret one."""
        found = self.column(name)
        if found.column.is_secret and text(name) not in self.written.get(parameter, (text(name),)):
            message = f'"{name}" cannot be named by data in "{parameter}": it is secret'
            raise Fault("run/unknown-column", message, "write the name out in the document", status=400)
        return found

    def _inside(self, source: int, table: Table, steps: list[str]) -> Found:
        column = table.columns.get(steps[0])
        if column is None:
            raise unknown_column(table, steps[0])
        if self._from_data and column.is_secret:
            raise Fault("run/unknown-column", f'"{steps[0]}" cannot be filtered by from data: it is secret', status=400)
        if len(steps) == 1 or column.type == UNSEEN:
            return Found(source, column)
        if column.type != "json":
            raise unknown_column(table, ".".join(steps), [each.name for each in table.columns.values()])
        for step in steps[1:]:
            if not _STEP.match(step):
                raise Fault("run/wrong-value", f'"{step}" cannot be a step into a JSON column', status=400)
        return Found(source, column, tuple(steps[1:]))

    # --- conditions -----------------------------------------------------------------------------------

    def where(self, conditions: Conditions) -> Shape:
        """All of the conditions."""
        parts = [self._condition(each) for each in conditions]
        return parts[0] if len(parts) == 1 else ("and", *parts) if parts else TRUE

    def _condition(self, condition: list[Any]) -> Shape:
        if len(condition) == 3:
            return self._compared(*condition)
        word, value = condition
        if word == "$and":
            return ("and", *map(self.where, value)) if value else TRUE
        if word == "$or":
            return ("or", *map(self.where, value)) if value else FALSE
        if word == "$not":
            return ("not", self.where(value))
        if absent(value):
            return TRUE
        if word == "$equal":
            return self.where(equal_to(value))
        return self._read(value)

    def _read(self, value: Any) -> Shape:
        """A filter that is data: it may say nothing of secret columns, whose values it would find out."""
        before, self._from_data = self._from_data, True
        try:
            return self.where(read(value))
        finally:
            self._from_data = before

    def _compared(self, name: Any, operator: str, value: Any) -> Shape:
        found = self.column(name)
        if operator == "$exists":
            return self._null(found, not value)
        if operator in ("$eq", "$ne", "$in", "$nin") and found.column.type != "json" and isinstance(value, list):
            return self._listed(found, value, operator in ("$ne", "$nin"))
        if operator in ("$in", "$nin"):
            return self._listed(found, value if isinstance(value, list) else [value], operator == "$nin")
        if operator == "$between":
            return self._between(name, value)
        if absent(value):
            return self._null(found, operator != "$ne") if operator in ("$eq", "$ne") else FALSE
        if operator in ("$like", "$ilike", "$contains"):
            return self._alike(found, operator, value)
        if operator == "$ne":
            return ("or", self._null(found, True), ("different", self._operand(found, value)))
        return (_COMPARED[operator], self._operand(found, value))

    def _between(self, name: Any, value: Any) -> Shape:
        if not isinstance(value, list) or len(value) != 2:
            raise Fault("run/wrong-value", f'"$between" needs a list of two values, not {preview(value)}', status=400)
        return ("and", self._compared(name, "$gte", value[0]), self._compared(name, "$lte", value[1]))

    def _null(self, found: Found, is_null: bool) -> Shape:
        if found.column.type == UNSEEN:
            return TRUE if is_null else FALSE
        operand = self._path(found, "any") if found.path else ("column", *found.shape)
        return ("null" if is_null else "not null", operand)

    def _listed(self, found: Found, values: list[Any], without: bool) -> Shape:
        """IN; null in the list is a value like any other."""
        given = [value for value in values if not absent(value)]
        parts: list[Shape] = [self._null(found, True)] if len(given) < len(values) else []
        if given and found.column.type == UNSEEN:
            given = []
        if given and (found.path or found.column.type == "json"):
            parts += [("=", self._operand(found, value)) for value in given]
        elif len(given) > MOST_LISTED:
            fit = [self.fit(found.column, value) for value in given]
            self.values.append(encode(fit) if self.sqlite else fit)
            parts.append(("in list", ("column", *found.shape)))
        elif given:
            self.values += [self.fit(found.column, value) for value in given]
            parts.append(("in", ("column", *found.shape), len(given)))
        listed = ("or", *parts) if parts else FALSE
        return ("not", listed) if without else listed

    def _alike(self, found: Found, operator: str, value: Any) -> Shape:
        if found.column.type == UNSEEN:
            return FALSE
        if operator == "$contains" and found.column.type == "json" and not found.path:
            return self._holds(found, value)
        if isinstance(value, (dict, list)):
            raise Fault("run/wrong-type", f'"{operator}" needs a text, not {preview(value)}', status=400)
        if found.column.type in _NOT_AS_TEXT:
            message = f'"{found.column.name}" is a {found.column.type}, which "{operator}" cannot look into'
            raise Fault("run/wrong-type", message, "compare it with $gte and $lt", status=400)
        written = text(value)
        if "\x00" in written:
            return FALSE
        operand = self._path(found, "text") if found.path else ("column", *found.shape)
        if operator != "$contains":
            written = _finished(written)
        self.values.append(_glob(written) if operator == "$like" and self.sqlite else written)
        return (operator, operand)

    def _holds(self, found: Found, value: Any) -> Shape:
        """Whether a JSON list has an item."""
        if isinstance(value, (dict, list)):
            raise Fault("run/wrong-type", f'"$contains" looks for a plain value, not {preview(value)}', status=400)
        written = self._document(found, [value])
        self.values.append(_bounded(value) if self.sqlite else written)
        kind = "bool" if value.__class__ is bool else "number" if isinstance(value, (int, float)) else "text"
        return ("holds", ("column", *found.shape), kind)

    def _operand(self, found: Found, value: Any) -> Shape:
        """The column, or what is inside it, as it compares with a value; the value goes to the values."""
        column = found.column
        if column.type == UNSEEN:
            self.values.append(None)
            return ("nothing",)
        if found.path:
            return self._json_operand(found, value)
        if column.type == "json":
            self.values.append(self._document(found, value))
            return ("document", *found.shape)
        self.values.append(self.fit(column, value))
        return ("column", *found.shape)

    def _json_operand(self, found: Found, value: Any) -> Shape:
        if isinstance(value, (dict, list)):
            operand = self._path(found, "document")
            self.values.append(self._document(found, value))
            return operand
        if isinstance(value, bool):
            operand = self._path(found, "bool")
            self.values.append(value)
        elif isinstance(value, (int, float)):
            operand = self._path(found, "number")
            self.values.append(_bounded(value))
        else:
            operand = self._path(found, "text")
            self._document(found, value)
            self.values.append(text(value))
        return operand

    def _document(self, found: Found, value: Any) -> str:
        """A value as JSON that is looked for."""
        try:
            return document(value)
        except Unfit as unfit:
            raise _misfit(found.column, value, unfit) from None

    def _path(self, found: Found, kind: str) -> Shape:
        """What stands at a path, as one type: null where it is of another. The path is a value too."""
        path = _sqlite_path(found.path) if self.sqlite else list(found.path)
        times = 1 if kind == "any" else 2
        self.values += [path] * times
        return ("path", *found.shape, kind)

    def fit(self, column: Column, value: Any) -> Any:
        """A value that a column is compared with, as the database has it."""
        try:
            fit = (
                text(value) if column.type == "enum" and not isinstance(value, (dict, list)) else fitted(column, value)
            )
        except Unfit as unfit:
            raise _misfit(column, value, unfit) from None
        change = KINDS[column.type].writer(self.sqlite)
        return fit if change is None else change(fit)

    # --- order ----------------------------------------------------------------------------------------

    def order(self, sort: Any) -> tuple[tuple[Shape, bool], ...]:
        """The columns to sort by, each with whether it goes down; the id decides the rest."""
        found: list[tuple[Shape, bool]] = []
        for name, descending in sort_of(sort):
            column = self.named(name, "sort")
            if column.column.type != UNSEEN:
                found += [(operand, descending) for operand in self._sorted_by(column)]
        if (("column", 0, ID), False) not in found and (("column", 0, ID), True) not in found:
            if not found and self.sources[0].table.columns[ID].type != "int":
                found.append((("column", 0, CREATED_AT), False))
            found.append((("column", 0, ID), found[-1][1] if found else False))
        return tuple(found)

    def _sorted_by(self, found: Found) -> list[Shape]:
        """Of what is in JSON first the numbers, then the texts, whichever database it is."""
        if found.column.type != "json":
            return [("column", *found.shape)]
        return [self._path(found, kind) for kind in (("sortable",) if self.sqlite else ("ordinal", "written"))]


def _misfit(column: Column, value: Any, unfit: Unfit) -> Fault:
    near = next((key for key in value if isinstance(key, str)), "") if isinstance(value, dict) else ""
    hint = f'an operator is written out in the document, such as {{"${near.lstrip("$")}": …}}' if near else None
    message = f"the filter of {misfit(column, value, unfit)}"
    return Fault("run/wrong-type", message, hint, status=400, details={"column": column.name})


def sort_of(sort: Any) -> list[tuple[str, bool]]:
    """``-created_at``, ``[{"priority": "desc"}, "created_at"]`` and the like as names, and whether each goes down."""
    found: list[tuple[str, bool]] = []
    for each in sort if isinstance(sort, list) else [] if absent(sort) else [sort]:
        if isinstance(each, dict):
            for name, way in each.items():
                found.append((name, _goes_down(way)))
        else:
            written = text(each).strip()
            found.append((written.lstrip("+-"), written.startswith("-")))
    return found


def _goes_down(way: Any) -> bool:
    word = text(way).lower()
    if word in ("asc", "ascending", "1", "+", "desc", "descending", "-1", "-"):
        return word in ("desc", "descending", "-1", "-")
    raise Fault("run/wrong-value", f'the way of a sort is {preview(way)}, expected "asc" or "desc"', status=400)


def _sqlite_path(steps: Iterable[str]) -> str:
    """An item of a list is counted from 0, or from the end: -1."""
    return "$" + "".join(
        f"[{'#' if number[1] else ''}{step}]" if (number := _NUMBER.match(step)) else f'."{step}"' for step in steps
    )


def _bounded(value: Any) -> Any:
    """A value that SQLite can be given, which knows whole numbers of 64 bits only."""
    return float(value) if value.__class__ is int and not -LARGEST_INT <= value < LARGEST_INT else value


def _glob(pattern: str) -> str:
    """LIKE as SQLite's GLOB, which tells upper from lower case."""
    found, literal = [], False
    for sign in pattern:
        if sign == "\\" and not literal:
            literal = True
            continue
        changed = {"%": "*", "_": "?"}.get(sign) if not literal else None
        found.append(changed or (f"[{sign}]" if sign in "*?[" else sign))
        literal = False
    return "".join(found)


def _finished(pattern: str) -> str:
    """A pattern whose last sign is no escape of nothing."""
    escapes = len(pattern) - len(pattern.rstrip("\\"))
    return pattern + "\\" * (escapes % 2)


def names_of(written: Any, what: str) -> list[str]:
    """``"id, name"`` or ``["id", "name"]`` as a list of names."""
    if absent(written):
        return []
    if isinstance(written, str):
        return [each.strip() for each in written.split(",") if each.strip()]
    if isinstance(written, list) and all(isinstance(each, str) for each in written):
        return written
    raise Fault("run/wrong-type", f"{what} must be a list of names, not {preview(written)}", status=400)
