"""An aggregate query becomes counts, sums and averages: one object, or one for each group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from interpreter.adapters.tables.access import Access
from interpreter.adapters.tables.model import NAME, UNSEEN, Column, Table
from interpreter.adapters.tables.questions import PAGE, Question, begin, number
from interpreter.adapters.tables.shapes import FALSE, TRUE, Asking, Shape, names_of, sort_of
from interpreter.catalog import did_you_mean
from interpreter.conditions import Conditions
from interpreter.diagnostic import Fault
from interpreter.values import absent, preview, text

FUNCTIONS = ("count", "sum", "avg", "min", "max", "count_distinct")
_COMPARED = {"$eq": "=", "$ne": "!=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

Fits = dict[str, Callable[[Any], Any]]
Wanted = tuple[str, str, str | None]
Result = tuple[str, str, tuple[int, str] | None]


def aggregate(access: Access, name: Any, query: dict[str, Any]) -> Any:
    """{"total": {"sum": "amount"}, "n": "count"} as those results: an object, or with group_by a list of them."""
    groups = names_of(query.get("group_by"), "group_by")
    wanted = _wanted(query.get("aggregates"))
    table = access.catalogue.find(name)
    if table is None:
        nothing = {key: 0 if function.startswith("count") else None for key, function, _ in wanted}
        return [] if groups else nothing
    found = access.asked(table, lambda known: _aggregated(access, known, query, groups, wanted))
    if groups:
        return found
    return found[0] if found else None


def _aggregated(
    access: Access,
    table: Table,
    query: dict[str, Any],
    groups: list[str],
    wanted: Sequence[Wanted],
) -> list[dict[str, Any]]:
    question = Question(access, table, query)
    asking = question.asking()
    found = {name: _grouped(asking, name) for name in groups}
    grouped = tuple(dict.fromkeys(found.values()))
    results = tuple(_result(asking, *each) for each in wanted)
    _check_names([*(name for _, name in grouped), *(name for name, *_ in wanted)])
    where, values = question.where()
    fits = _fits(asking, grouped, results)
    having, more = _having(query.get("having") or [], fits)
    sorted_by = ((found[each][1] if each in found else each, down) for each, down in sort_of(query.get("sort")))
    order = tuple((_known(fits, each), down) for each, down in sorted_by) or tuple((name, False) for _, name in grouped)
    limit, offset = _window(query)
    values = [*values, *more, *([limit] if limit is not None else []), *([offset] if offset else [])]
    shape = (grouped, results, where, question.joins, having, order, limit is not None, bool(offset))
    statement = access.statement(
        table,
        ("aggregate", shape, question.key),
        lambda sql: sql.grouping(
            question.sources,
            sql.Grouping(
                grouped,
                results,
                sql.Selection((), where, (), question.joins, limit is not None, bool(offset)),
                having,
                order,
            ),
            access.is_sqlite,
        ),
    )
    return [statement.record(row) for row in access.rows(table, statement, values)]


def _window(query: dict[str, Any]) -> tuple[int | None, int]:
    limit, offset = number(query, "limit"), number(query, "offset") or 0
    page = number(query, "page", least=1)
    if page is not None:
        limit = limit or PAGE
        offset = begin(offset, page, limit)
    return limit, offset


def _wanted(written: Any) -> list[Wanted]:
    """The results: name, function and column (None: whole records)."""
    if not isinstance(written, dict) or not written:
        raise Fault(
            "run/wrong-type", f'aggregates is {preview(written)}, expected such as {{"total": {{"sum": "amount"}}}}'
        )
    found = []
    for name, told in written.items():
        if not NAME.match(name):
            raise Fault("run/wrong-name", f'"{name}" cannot be the name of a result', status=400)
        function, column = next(iter(told.items())) if isinstance(told, dict) and len(told) == 1 else (told, "*")
        word = text(function).lower()
        if word not in FUNCTIONS:
            hint = did_you_mean(word, FUNCTIONS) or f"use one of {', '.join(FUNCTIONS)}"
            raise Fault("run/wrong-value", f'"{word}" is no function of an aggregate', hint, status=400)
        if column in ("*", None, True) and word != "count":
            raise Fault("run/wrong-value", f'"{word}" of "{name}" does not say of which column', status=400)
        found.append((name, word, None if column in ("*", None, True) else text(column)))
    return found


def _result(asking: Asking, name: str, function: str, column: str | None) -> Result:
    if column is None:
        return name, function, None
    found = asking.named(column, "aggregates")
    if found.path or found.column.type == UNSEEN:
        raise Fault("run/wrong-value", f'"{column}" cannot be aggregated: it is no column of its own', status=400)
    without = (
        found.column.type not in ("int", "decimal", "float")
        if function in ("sum", "avg")
        else (found.column.type == "json" or (function in ("min", "max") and found.column.type in ("bool", "uuid")))
    )
    if without and function != "count":
        message = f'"{column}" is a {found.column.type}, of which there is no {function}'
        raise Fault("run/wrong-type", message, status=400)
    return name, function, (found.source, found.column.name)


def _grouped(asking: Asking, name: str) -> tuple[int, str]:
    found = asking.named(name, "group_by")
    if found.path or found.column.type in ("json", UNSEEN):
        message = f'"{name}" cannot be grouped by: it is no plain column'
        raise Fault("run/wrong-type", message, status=400)
    return found.source, found.column.name


def _check_names(names: Sequence[str]) -> None:
    if twice := next((name for at, name in enumerate(names) if name in names[:at]), None):
        message = f'"{twice}" would be the name of two groups or results'
        raise Fault("run/wrong-name", message, "give the result another name", status=400)


def _fits(asking: Asking, groups: Sequence[tuple[int, str]], results: Sequence[Result]) -> Fits:
    """By name what makes the database's value of one that a group or a result is compared with."""
    tables = [source.table for source in asking.sources]
    fits: Fits = {name: partial(asking.fit, tables[at].columns[name]) for at, name in groups}
    for name, function, column in results:
        of_column = function in ("min", "max") and column is not None
        compared = tables[column[0]].columns[column[1]] if of_column and column else Column(name, "decimal")
        fits[name] = partial(asking.fit, compared)
    return fits


def _known(known: Collection[str], name: str) -> str:
    if name not in known:
        hint = did_you_mean(name, known) or f"the results are {', '.join(known)}"
        raise Fault("run/unknown-column", f'the aggregate has no result "{name}"', hint, status=400)
    return name


def _having(conditions: Conditions, fits: Fits) -> tuple[Shape, list[Any]]:
    """A filter of the results, in the form that a filter of records has."""
    parts: list[Shape] = []
    values: list[Any] = []
    for condition in conditions:
        if len(condition) == 2:
            part, more = _of_word(condition[0], condition[1], fits)
        else:
            part, more = _of_result(condition[0], condition[1], condition[2], fits)
        parts.append(part)
        values += more
    return (parts[0] if len(parts) == 1 else ("and", *parts) if parts else TRUE), values


def _of_word(word: str, value: Any, fits: Fits) -> tuple[Shape, list[Any]]:
    if word == "$not":
        part, values = _having(value, fits)
        return ("not", part), values
    if word not in ("$and", "$or"):
        raise Fault("run/wrong-value", "having must be written out in the document", status=400)
    found = [_having(each, fits) for each in value]
    shape = (word[1:], *(part for part, _ in found)) if found else TRUE if word == "$and" else FALSE
    return shape, [each for _, values in found for each in values]


def _of_result(name: Any, operator: str, value: Any, fits: Fits) -> tuple[Shape, list[Any]]:
    name = _known(fits, text(name))
    if absent(value) and operator in ("$eq", "$ne"):
        return ("null" if operator == "$eq" else "not null", name), []
    fit = fits[name]
    if operator == "$in" and isinstance(value, list):
        return (("or", *(("=", name) for _ in value)) if value else FALSE), [fit(each) for each in value]
    if operator == "$between" and isinstance(value, list) and len(value) == 2:
        return ("and", (">=", name), ("<=", name)), [fit(each) for each in value]
    if operator not in _COMPARED:
        raise Fault("run/wrong-value", f'"{operator}" cannot be asked of a result', status=400)
    return (_COMPARED[operator], name), [fit(value)]
