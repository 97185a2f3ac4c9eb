"""Queries become records: lists, pages and counts, with what is joined and included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interpreter.adapters.tables import related
from interpreter.adapters.tables.access import Access
from interpreter.adapters.tables.kinds import KINDS, LARGEST_INT, fitted, misfit
from interpreter.adapters.tables.model import UNSEEN, Table
from interpreter.adapters.tables.shapes import Asking, Shape, Source, names_of
from interpreter.conditions import Conditions
from interpreter.diagnostic import Fault
from interpreter.inputs import Unfit
from interpreter.values import absent, integer

PAGE = 25
"""Records of a page that says no limit."""
MOST = 100_000
"""Records that one query gives; more are a fault, not a full memory."""
NESTED = "."
"""Between a joined table's name and its column, in the names of a statement."""


def find(access: Access, name: Any, query: dict[str, Any]) -> Any:
    """The records of a query in its order; {items, page, pages, per_page, total, next_page, prev_page} of a page."""
    offset = number(query, "offset") or 0
    page = number(query, "page", least=1)
    if page is None:
        return records(access, name, query, number(query, "limit"), offset)
    if not absent(query.get("after")):
        raise Fault("run/wrong-value", '"page" and "after" stand in one query', "choose one of the two", status=400)
    size = number(query, "limit", least=1) or PAGE
    items = records(access, name, query, size, begin(offset, page, size))
    total = max(0, count(access, name, query) - offset)
    pages = -(-total // size)
    told = {"items": items, "page": page, "pages": pages, "per_page": size, "total": total}
    return {**told, "next_page": page + 1 if page < pages else None, "prev_page": page - 1 if page > 1 else None}


def number(query: dict[str, Any], name: str, least: int = 0) -> int | None:
    """A whole number that a query may have."""
    given = query.get(name)
    if absent(given):
        return None
    found = integer(given, name)
    if found < least:
        raise Fault("run/wrong-value", f'"{name}" is {found}, expected {least} or more', status=400)
    if found >= LARGEST_INT:
        raise Fault("run/wrong-value", f'"{name}" is {found}, expected less than {LARGEST_INT}', status=400)
    return found


def begin(offset: int, page: int, size: int) -> int:
    """How many records come before a page; a database counts with 64 bits."""
    return min(offset + (page - 1) * size, LARGEST_INT - 1)


def records(access: Access, name: Any, query: dict[str, Any], limit: int | None, offset: int) -> list[dict[str, Any]]:
    """At most ``limit`` of what a query finds, what it includes with it; nothing of a table that is not there yet."""
    table = access.catalogue.find(name)
    if table is None:
        return []
    found = access.asked(table, lambda known: Question(access, known, query).records(limit, offset))
    if found and not absent(query.get("includes")):
        written = _written_of_included(query)
        related.include(
            access,
            table,
            found,
            query["includes"],
            lambda other, asked: records(access, other, {**asked, "written": written}, None, 0),
        )
    return found


def _written_of_included(query: dict[str, Any]) -> dict[str, list[str]]:
    names = (query.get("written") or {}).get("includes")
    return {} if names is None else {"select": names, "sort": names}


def count(access: Access, name: Any, query: dict[str, Any]) -> int:
    """How many records a query finds, whatever its limit."""
    table = access.catalogue.find(name)
    return 0 if table is None else access.asked(table, lambda known: Question(access, known, query).count())


def exists(access: Access, name: Any, conditions: Conditions) -> bool:
    """Whether a filter finds a record."""
    table = access.catalogue.find(name)
    if table is None:
        return False
    return access.asked(table, lambda known: _finds(access, known, conditions))


def _finds(access: Access, table: Table, conditions: Conditions) -> bool:
    asking = Asking([Source(table.name, table)], access.is_sqlite)
    where = asking.where(conditions)
    statement = access.statement(table, ("exists", where), lambda sql: sql.existence(table, where, access.is_sqlite))
    return bool(access.rows(table, statement, asking.values)[0][0])


class Question:
    """One query of one table, and of those that it joins."""

    def __init__(self, access: Access, table: Table, query: dict[str, Any]) -> None:
        self._access = access
        self._table = table
        self._query = query
        self.sources = [Source(table.name, table)]
        self.joins: tuple[Shape, ...] = ()
        if not absent(query.get("join")):
            self.sources, self.joins = related.joined(access, table, query["join"])

    @property
    def key(self) -> tuple[Any, ...]:
        """What the sources of a compiled statement are known by."""
        return tuple((alias, table.name, table.version) for alias, table in self.sources[1:])

    def asking(self) -> Asking:
        return Asking(self.sources, self._access.is_sqlite, self._query.get("written"))

    def where(self) -> tuple[Shape, list[Any]]:
        """The shape of the filter, and its values."""
        asking = self.asking()
        return asking.where(self._query.get("filter") or []), asking.values

    def records(self, limit: int | None, offset: int) -> list[dict[str, Any]]:
        """At most ``limit`` records, or all; Fault run/too-large where those are more than ``MOST``."""
        found = self._records(MOST + 1 if limit is None else min(limit, MOST + 1), offset)
        if len(found) > MOST:
            message = f'the query finds more than {MOST:,} records of "{self._table.name}"'
            raise Fault("run/too-large", message, 'give a limit, and go on with "after"')
        return found

    def _records(self, limit: int, offset: int) -> list[dict[str, Any]]:
        columns, unseen = self._columns()
        self._check_aliases(columns)
        where, values = self.where()
        ordering = self.asking()
        order = ordering.order(self._query.get("sort"))
        if not absent(after := self._query.get("after")):
            where, more = self._after(where, order, after)
            values += more
        values += ordering.values
        values.append(limit)
        if offset:
            values.append(offset)
        shape = (columns, where, order, self.joins, True, bool(offset), bool(self._query.get("locked")))
        statement = self._access.statement(
            self._table,
            ("select", shape, self.key),
            lambda sql: sql.selection(self.sources, sql.Selection(*shape), self._access.is_sqlite),
        )
        rows = self._access.rows(self._table, statement, values)
        if rows and self._is_outdated(rows[0]):
            return Question(self._access, self._access.renewed(self._table), self._query)._records(limit, offset)
        record = statement.record
        found = [record(row) for row in rows]
        if self.joins:
            return [_nested(each, self.sources) for each in found]
        if unseen:
            nothing = dict.fromkeys(unseen)
            return [{**each, **nothing} for each in found]
        return found

    def _is_outdated(self, row: Sequence[Any]) -> bool:
        """Whether another process has changed an open table since this one looked."""
        return self._table.is_open and not self.joins and row[-1] != self._table.version

    def count(self) -> int:
        where, values = self.where()
        shape = ((), where, (), self.joins)
        statement = self._access.statement(
            self._table,
            ("count", shape, self.key),
            lambda sql: sql.counting(self.sources, sql.Selection(*shape), self._access.is_sqlite),
        )
        return int(self._access.rows(self._table, statement, values)[0][0])

    def _columns(self) -> tuple[tuple[tuple[int, str], ...], tuple[str, ...]]:
        """The columns to read, each with its source; and those that the table has and the database has not."""
        names = names_of(self._query.get("select"), "select")
        if not names:
            return tuple(
                (at, name) for at, each in enumerate(self.sources) for name in each.table.shown
            ), self._table.unseen
        found = [self.asking().named(name, "select") for name in names]
        seen = tuple((each.source, each.column.name) for each in found if each.column.type != UNSEEN)
        unseen = tuple(each.column.name for each in found if each.column.type == UNSEEN)
        return (seen or ((0, "id"),)), unseen

    def _check_aliases(self, columns: Sequence[tuple[int, str]]) -> None:
        """A joined record stands under its name, where no column of the table may stand too."""
        own = {name for at, name in columns if at == 0}
        if taken := next((alias for alias, _ in self.sources[1:] if alias in own), None):
            message = f'the joined "{taken}" would take the place of the column "{taken}"'
            raise Fault("run/wrong-value", message, 'give it another name with "as"', status=400)

    def _after(self, where: Shape, order: Sequence[tuple[Shape, bool]], after: Any) -> tuple[Shape, list[Any]]:
        """What comes behind a record, or behind an id: a page costs the same however far it is."""
        keys: list[tuple[Shape, bool, bool]] = []
        values: list[Any] = []
        cursor = after if isinstance(after, dict) else {"id": after}
        for shape, down in order:
            if shape[0] != "column" or shape[1] != 0:
                raise Fault("run/wrong-value", '"after" goes with a sort by plain columns of the table', status=400)
            column = self._table.columns[shape[2]]
            if column.name not in cursor:
                hint = f'give the last record itself, with its "{column.name}"'
                raise Fault("run/wrong-value", f'"after" says nothing of "{column.name}", which is sorted by', hint)
            value = cursor[column.name]
            keys.append((shape, down, absent(value)))
            if not absent(value):
                try:
                    change = KINDS[column.type].writer(self._access.is_sqlite)
                    fit = fitted(column, value)
                except Unfit as unfit:
                    message = f'"after" has {misfit(column, value, unfit)}'
                    raise Fault("run/wrong-type", message, status=400) from None
                values.append(fit if change is None else change(fit))
        return ("and", where, ("after", *keys)), _repeated(keys, values)


def _repeated(keys: Sequence[tuple[Shape, bool, bool]], values: Sequence[Any]) -> list[Any]:
    """The values in the order in which ``statements`` asks for them: row by row where the keys differ in kind."""
    if len({down for _, down, _ in keys}) == 1 and not any(null for *_, null in keys):
        return list(values)
    given = iter(values)
    each = [None if null else next(given) for *_, null in keys]
    return [each[at] for last in range(len(keys)) for at in range(last + 1) if not keys[at][2]]


def _nested(record: dict[str, Any], sources: Sequence[Source]) -> dict[str, Any]:
    """A joined row as a record that holds the joined records under their names; null where a left join has none."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        alias, dot, name = key.partition(NESTED)
        if not dot:
            found[key] = value
            continue
        inner = found.setdefault(alias, {})
        inner[name] = value
    for source in sources[1:]:
        inner = found.get(source.alias)
        if isinstance(inner, dict) and all(value is None for value in inner.values()):
            found[source.alias] = None
    return found
