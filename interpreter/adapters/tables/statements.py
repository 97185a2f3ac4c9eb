"""A shape becomes SQL of one dialect, compiled by SQLAlchemy once and then only executed.

With ``definitions`` alone it imports SQLAlchemy, and is imported when the first statement has to be compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from interpreter.adapters.tables.definitions import dialect, sql_table
from interpreter.adapters.tables.kinds import KINDS, Change, inexact
from interpreter.adapters.tables.model import Column, Table
from interpreter.adapters.tables.shapes import Shape
from interpreter.adapters.tables.statement import Statement

_NUMBER = sa.Numeric()
_SQLITE_KINDS = {"text": ("text",), "number": ("integer", "real"), "bool": ("true", "false")}
_POSTGRESQL_KINDS = {"text": "string", "number": "number", "bool": "boolean"}


def compiled(clause: Any, is_sqlite: bool, outputs: Iterable[tuple[str, Change]] = ()) -> Statement:
    """A clause whose binds are named ``p0``, ``p1``, … by the positions of their values."""
    made = clause.compile(dialect=dialect(is_sqlite))
    order = tuple(int(name[1:]) for name in made.positiontup or ())
    found = list(outputs)
    readers = tuple((name, read) for name, read in found if read is not None)
    return Statement(str(made), order, tuple(name for name, _ in found), readers)


class Writer:
    """Walks shapes in their order and numbers the places of their values."""

    def __init__(self, sources: Sequence[tuple[str, Table]], is_sqlite: bool) -> None:
        self.is_sqlite = is_sqlite
        self.tables = [sql_table(table) for _, table in sources]
        if len(sources) > 1:
            self.tables = [made.alias(alias) for made, (alias, _) in zip(self.tables, sources)]  # type: ignore[misc]
        self._count = 0

    def value(self, type: Any) -> Any:
        name = f"p{self._count}"
        self._count += 1
        return sa.bindparam(name, type_=type)

    def column(self, source: int, name: str) -> Any:
        return self.tables[source].c[name]

    def condition(self, shape: Shape) -> Any:
        word, *parts = shape
        match word:
            case "true":
                return sa.true()
            case "false":
                return sa.false()
            case "and":
                return sa.and_(*map(self.condition, parts))
            case "or":
                return sa.or_(*map(self.condition, parts))
            case "not":
                return self.condition(parts[0]).self_group().is_not(sa.true())
            case "null" | "not null":
                operand, _ = self.operand(parts[0])
                return operand.is_(None) if word == "null" else operand.is_not(None)
            case "in":
                operand, type = self.operand(parts[0])
                return operand.in_([self.value(type) for _ in range(parts[1])])
            case "in list":
                return self._in_list(*self.operand(parts[0]))
            case "holds":
                return self._holds(parts[0], parts[1])
            case "$like" | "$ilike" | "$contains":
                return self._alike(word, self.operand(parts[0])[0])
            case "after":
                return self._after(*parts)
        operand, type = self.operand(parts[0])
        value = self.value(type)
        if word == "different":
            return operand != value
        return operand.op(word, is_comparison=True, precedence=5)(value)

    def _in_list(self, operand: Any, type: Any) -> Any:
        """Whether a value is in a list that is bound as one: JSON on SQLite, an array on PostgreSQL."""
        if not self.is_sqlite:
            return operand == sa.any_(self.value(postgresql.ARRAY(type)))
        each = sa.func.json_each(self.value(sa.Text())).table_valued("value")
        return operand.in_(sa.select(each.c.value))

    def operand(self, shape: Shape) -> tuple[Any, Any]:
        """What is compared, and the type of what it is compared with."""
        word, *parts = shape
        if word == "nothing":
            return sa.null(), sa.Text()
        column = self.column(*parts[:2])
        if word == "column":
            return column, column.type
        if word == "document":
            return (column, sa.Text()) if self.is_sqlite else (sa.cast(column, postgresql.JSONB), postgresql.JSONB())
        return self._in_sqlite(column, parts[2]) if self.is_sqlite else self._in_postgresql(column, parts[2])

    def _in_sqlite(self, column: Any, kind: str) -> tuple[Any, Any]:
        if kind == "any":
            return sa.func.json_extract(column, self.value(sa.Text())), sa.Text()
        found = sa.func.json_type(column, self.value(sa.Text()))
        value = sa.func.json_extract(column, self.value(sa.Text()))
        if kind in ("sortable", "document"):
            return sa.case((found.is_not(None), value)), sa.Text()
        type = {"number": sa.Double(), "bool": sa.Boolean(create_constraint=False)}.get(kind, sa.Text())
        return sa.case((found.in_([sa.literal_column(f"'{each}'") for each in _SQLITE_KINDS[kind]]), value)), type

    def _in_postgresql(self, column: Any, kind: str) -> tuple[Any, Any]:
        steps = postgresql.ARRAY(sa.Text())
        if kind == "any":
            return column.op("#>>")(self.value(steps)), sa.Text()
        found = sa.func.json_typeof(column.op("#>", return_type=postgresql.JSON())(self.value(steps)))
        if kind == "document":
            value = sa.cast(column.op("#>", return_type=postgresql.JSON())(self.value(steps)), postgresql.JSONB)
            return sa.case((found.is_not(None), value)), postgresql.JSONB()
        value = column.op("#>>", return_type=sa.Text())(self.value(steps))
        if kind == "ordinal":
            number = sa.case((found == sa.literal_column("'number'"), sa.cast(value, sa.Numeric())))
            truth = sa.cast(sa.cast(value, sa.Boolean()), sa.Integer())
            return sa.case((found == sa.literal_column("'boolean'"), truth), else_=number), sa.Numeric()
        value = value.collate("C")
        if kind == "written":
            plain: list[Any] = [sa.literal_column("'number'"), sa.literal_column("'boolean'")]
            return sa.case((found.not_in(plain), value)), sa.Text()
        types: dict[str, Any] = {"number": sa.Numeric(), "bool": sa.Boolean()}
        typed = sa.cast(value, types[kind]) if kind in types else value
        return sa.case((found == sa.literal_column(f"'{_POSTGRESQL_KINDS[kind]}'"), typed)), types.get(kind, sa.Text())

    def _alike(self, word: str, operand: Any) -> Any:
        value = self.value(sa.Text())
        if not self.is_sqlite:
            if word == "$contains":
                return sa.func.strpos(sa.cast(operand, sa.Text), value) > sa.literal_column("0")
            text = sa.cast(operand, sa.Text)
            return text.like(value) if word == "$like" else text.ilike(value)
        if word == "$contains":
            return sa.func.instr(operand, value) > sa.literal_column("0")
        return operand.op("GLOB", is_comparison=True)(value) if word == "$like" else operand.like(value, escape="\\")

    def _holds(self, shape: Shape, kind: str) -> Any:
        column, _ = self.operand(shape)
        if not self.is_sqlite:
            return sa.cast(column, postgresql.JSONB).op("@>", is_comparison=True)(self.value(postgresql.JSONB()))
        each = sa.func.json_each(column).table_valued("value", "type")
        kinds: Any = [sa.literal_column(f"'{name}'") for name in _SQLITE_KINDS[kind]]
        types: dict[str, Any] = {"number": sa.Double(), "bool": sa.Integer()}
        same = each.c.value == self.value(types.get(kind, sa.Text()))
        is_list = sa.func.json_type(column) == sa.literal_column("'array'")
        return sa.and_(is_list, sa.exists(sa.select(sa.literal_column("1")).where(each.c.type.in_(kinds), same)))

    def _after(self, *keys: tuple[Shape, bool, bool]) -> Any:
        """What comes after a record, in the order of keys: (operand, goes down, is null there)."""
        if len({down for _, down, _ in keys}) == 1 and not any(null for *_, null in keys):
            operands = [self.operand(shape) for shape, *_ in keys]
            left = sa.tuple_(*(operand for operand, _ in operands))
            right = sa.tuple_(*(self.value(type) for _, type in operands))
            return left < right if keys[0][1] else left > right
        return sa.or_(*(self._after_key(keys[:number], key) for number, key in enumerate(keys)))

    def _after_key(self, before: Sequence[tuple[Shape, bool, bool]], key: tuple[Shape, bool, bool]) -> Any:
        parts = []
        for shape, _, null in before:
            operand, type = self.operand(shape)
            parts.append(operand.is_(None) if null else operand == self.value(type))
        shape, down, null = key
        operand, type = self.operand(shape)
        if null:
            parts.append(operand.is_not(None) if down else sa.false())
        elif down:
            parts.append(operand < self.value(type))
        else:
            later = operand > self.value(type)
            parts.append(sa.or_(later, operand.is_(None)) if self.is_nullable(shape) else later)
        return sa.and_(*parts)

    def order(self, keys: Iterable[tuple[Shape, bool]]) -> list[Any]:
        """Null is the largest value, on both databases."""
        found = []
        for shape, down in keys:
            operand, _ = self.operand(shape)
            found.append(self.way(operand, down, nullable=self.is_nullable(shape)))
        return found

    def way(self, operand: Any, down: bool, *, nullable: bool) -> Any:
        way = operand.desc() if down else operand.asc()
        if not (self.is_sqlite and nullable):
            return way
        return way.nulls_first() if down else way.nulls_last()

    def is_nullable(self, shape: Shape) -> bool:
        return shape[0] != "column" or bool(self.column(*shape[1:]).nullable)

    def output(self, column: Column) -> Change:
        return KINDS[column.type].reader(self.is_sqlite)


def version_of(table: Table) -> list[Any]:
    """For an open table: the version that the catalogue has at this moment, read along."""
    if not table.is_open:
        return []
    return [sa.literal_column(f"(SELECT version FROM _tables WHERE name='{table.name}')")]


def insertion(
    table: Table, names: Sequence[str], returned: Sequence[str], conflict: Shape | None, rows: int, is_sqlite: bool
) -> Statement:
    """Writes rows of the given columns. ``conflict``: (action, columns, changed columns)."""
    writer = Writer([(table.name, table)], is_sqlite)
    made = writer.tables[0]
    insert: Any = (sqlite if is_sqlite else postgresql).insert(made)
    values = [{name: writer.value(made.c[name].type) for name in names} for _ in range(rows)]
    insert = insert.values(values if rows > 1 else values[0] if names else {})
    if conflict is not None:
        action, columns, changed = conflict
        if action == "update" and changed:
            insert = insert.on_conflict_do_update(
                index_elements=list(columns), set_={name: insert.excluded[name] for name in changed}
            )
        else:
            insert = insert.on_conflict_do_nothing(index_elements=list(columns) or None)
    if returned:
        insert = insert.returning(*(made.c[name] for name in returned), *version_of(table))
    return compiled(insert, is_sqlite, [(name, writer.output(table.columns[name])) for name in returned])


def change(table: Table, names: Sequence[str], where: Shape, returned: Sequence[str], is_sqlite: bool) -> Statement:
    """Gives the columns of the found rows their values, which come before those of the filter."""
    writer = Writer([(table.name, table)], is_sqlite)
    made = writer.tables[0]
    update: Any = sa.update(made).values({name: writer.value(made.c[name].type) for name in names})
    update = update.where(writer.condition(where))
    if returned:
        update = update.returning(*(made.c[name] for name in returned), *version_of(table))
    return compiled(update, is_sqlite, [(name, writer.output(table.columns[name])) for name in returned])


def deletion(table: Table, where: Shape, returned: Sequence[str], is_sqlite: bool) -> Statement:
    writer = Writer([(table.name, table)], is_sqlite)
    made = writer.tables[0]
    delete: Any = sa.delete(made).where(writer.condition(where))
    if returned:
        delete = delete.returning(*(made.c[name] for name in returned), *version_of(table))
    return compiled(delete, is_sqlite, [(name, writer.output(table.columns[name])) for name in returned])


class Selection(NamedTuple):
    """The shape of a query: what it gives of which sources, and how much of it."""

    columns: tuple[tuple[int, str], ...]
    where: Shape
    order: tuple[tuple[Shape, bool], ...] = ()
    joins: tuple[tuple[str, tuple[tuple[str, int, str], ...]], ...] = ()
    """For each joined source how (``inner``, ``left``), and pairs: its column, another source and its column."""
    limited: bool = False
    offset: bool = False
    locked: bool = False


def selection(sources: Sequence[tuple[str, Table]], wanted: Selection, is_sqlite: bool) -> Statement:
    """A query; a joined table's columns are named with it: ``customers.name``."""
    writer = Writer(sources, is_sqlite)
    versions = version_of(sources[0][1]) if len(sources) == 1 else []
    query: Any = sa.select(*(writer.column(*each) for each in wanted.columns), *versions)
    query = _limited(writer, query.select_from(_joined(writer, wanted)).where(writer.condition(wanted.where)), wanted)
    if wanted.locked and not is_sqlite:
        query = query.with_for_update()
    outputs = [
        (f"{sources[at][0]}.{name}" if at else name, writer.output(sources[at][1].columns[name]))
        for at, name in wanted.columns
    ]
    return compiled(query, is_sqlite, outputs)


def _joined(writer: Writer, wanted: Selection) -> Any:
    found: Any = writer.tables[0]
    for number, (how, pairs) in enumerate(wanted.joins, 1):
        same = [writer.column(number, own) == writer.column(source, other) for own, source, other in pairs]
        found = found.join(writer.tables[number], sa.and_(*same), isouter=how == "left")
    return found


def _limited(writer: Writer, query: Any, wanted: Selection) -> Any:
    if wanted.order:
        query = query.order_by(*writer.order(wanted.order))
    if not (wanted.limited or wanted.offset):
        return query
    most = writer.value(sa.BigInteger()) if wanted.limited else sa.literal_column("-1") if writer.is_sqlite else None
    before = writer.value(sa.BigInteger()) if wanted.offset else sa.literal_column("0") if writer.is_sqlite else None
    return query.limit(most).offset(before)


def counting(sources: Sequence[tuple[str, Table]], wanted: Selection, is_sqlite: bool) -> Statement:
    """How many rows a query finds, whatever its limit."""
    writer = Writer(sources, is_sqlite)
    query: Any = sa.select(sa.func.count()).select_from(_joined(writer, wanted))
    return compiled(query.where(writer.condition(wanted.where)), is_sqlite)


def existence(table: Table, where: Shape, is_sqlite: bool) -> Statement:
    writer = Writer([(table.name, table)], is_sqlite)
    inner: Any = sa.select(sa.literal_column("1")).select_from(writer.tables[0]).where(writer.condition(where))
    return compiled(sa.select(sa.exists(inner)), is_sqlite)


class Grouping(NamedTuple):
    """The shape of an aggregate query: results by name, each a function and the column that it takes."""

    groups: tuple[tuple[int, str], ...]
    results: tuple[tuple[str, str, tuple[int, str] | None], ...]
    wanted: Selection
    having: Shape
    order: tuple[tuple[str, bool], ...]


def grouping(sources: Sequence[tuple[str, Table]], asked: Grouping, is_sqlite: bool) -> Statement:
    """Counts, sums, averages, by group; ``having`` and ``order`` name results and groups."""
    writer = Writer(sources, is_sqlite)
    groups = [writer.column(*each) for each in asked.groups]
    results = {name: _result(writer, function, column) for name, function, column in asked.results}
    query: Any = sa.select(*groups, *(each.label(name) for name, each in results.items()))
    query = query.select_from(_joined(writer, asked.wanted)).where(writer.condition(asked.wanted.where))
    if groups:
        query = query.group_by(*groups)
    known = {**{name: each for (_, name), each in zip(asked.groups, groups)}, **results}
    if asked.having[0] != "true":
        of_columns = {name for name, function, _ in asked.results if function in ("min", "max")}
        types = {
            name: each.type if name not in results or name in of_columns else _NUMBER for name, each in known.items()
        }
        query = query.having(_having(writer, known, types, asked.having))
    query = query.order_by(*(writer.way(known[name], down, nullable=True) for name, down in asked.order))
    query = _limited(writer, query, asked.wanted)
    outputs = [(name, writer.output(sources[number][1].columns[name])) for number, name in asked.groups]
    outputs += [(name, _outcome(writer, sources, function, column)) for name, function, column in asked.results]
    return compiled(query, is_sqlite, outputs)


def _outcome(writer: Writer, sources: Sequence[tuple[str, Table]], function: str, column: Any) -> Change:
    if function in ("min", "max") and column is not None:
        return writer.output(sources[column[0]][1].columns[column[1]])
    return inexact


def _result(writer: Writer, function: str, column: tuple[int, str] | None) -> Any:
    operand = sa.literal_column("*") if column is None else writer.column(*column)
    if function == "count_distinct":
        return sa.func.count(sa.distinct(operand))
    return getattr(sa.func, function)(operand)


def _having(writer: Writer, known: dict[str, Any], types: dict[str, Any], shape: Shape) -> Any:
    word, *parts = shape
    if word in ("true", "false"):
        return sa.true() if word == "true" else sa.false()
    if word in ("and", "or"):
        return (sa.and_ if word == "and" else sa.or_)(*(_having(writer, known, types, each) for each in parts))
    if word == "not":
        return _having(writer, known, types, parts[0]).self_group().is_not(sa.true())
    operand = known[parts[0]]
    if word in ("null", "not null"):
        return operand.is_(None) if word == "null" else operand.is_not(None)
    return operand.op(word, is_comparison=True, precedence=5)(writer.value(types[parts[0]]))
