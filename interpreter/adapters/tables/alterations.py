"""The differences of one table become the statements that end them: on SQLite it may be built anew."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from interpreter.adapters.tables import definitions as sql
from interpreter.adapters.tables.differences import COLUMN, DIFFERENT, EXTRA, INDEX, MISSING, Difference
from interpreter.adapters.tables.kinds import KINDS, fitted
from interpreter.adapters.tables.model import Column, Index, Table

_AS_TEXT = ("text", "enum", "email", "uuid", "file", "date", "int")
_WIDER = {
    ("int", "decimal"),
    ("int", "float"),
    *((each, "text") for each in _AS_TEXT),
    ("text", "file"),
    ("text", "enum"),
}
"""Changes of a column's type that lose nothing; whether a text is of an enum is looked at before."""
_NOW = {True: "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", False: "CURRENT_TIMESTAMP"}
_TODAY = {True: "date('now')", False: "CURRENT_DATE"}
_UUID = {
    True: "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
    False: "gen_random_uuid()",
}


def loses(difference: Difference) -> bool:
    """Whether ending it takes values out of records."""
    if difference.kind == EXTRA:
        return difference.what != INDEX
    return difference.kind == DIFFERENT and not _keeps(difference.was, difference.wanted)


def _keeps(was: Column, wanted: Column) -> bool:
    return was.type == wanted.type or (was.type, wanted.type) in _WIDER


def altered(table: Table, found: Sequence[Difference], *, drop: bool) -> Table:
    """What a table becomes: as it is declared, with what it has besides where that is not to be dropped."""
    kept = {
        each.name: each.was._replace(required=False)
        for each in found
        if (each.what, each.kind) == (COLUMN, EXTRA) and not drop
    }
    return Table(table.name, {**table.columns, **kept}, table.indexes, version=table.version)


def altering(
    table: Table, found: Sequence[Difference], known: Sequence[Table], is_sqlite: bool, *, drop: bool
) -> list[str]:
    """The statements that make a table what it is declared to be. ``known``: every table that it may refer to."""
    after = altered(table, found, drop=drop)
    changing = [each for each in found if drop or each.what == INDEX or each.hinders]
    if not is_sqlite:
        return [line for each in changing for line in _in_postgresql(after, each, known, drop=drop)]
    if all(_is_plain(each) for each in changing):
        return [line for each in changing for line in _in_sqlite(after, each)]
    return list(_rebuilding(after, changing, known))


def _is_plain(difference: Difference) -> bool:
    """Whether SQLite can do it in place."""
    if difference.what == INDEX:
        return True
    wanted = difference.wanted
    return difference.kind == MISSING and not (wanted.required or wanted.unique or wanted.references)


def _in_sqlite(table: Table, difference: Difference) -> Iterator[str]:
    if difference.what == INDEX:
        yield _of_index(table, difference, True)
        return
    yield sql.addition(table, difference.wanted, True)
    yield from _filling(table, difference.wanted, True)


def _of_index(table: Table, difference: Difference, is_sqlite: bool) -> str:
    columns = tuple(difference.name.split(","))
    if difference.kind == MISSING:
        return sql.indexing(table, is_sqlite)[columns]
    before = Table(table.name, table.columns, (Index(columns, difference.wanted),))
    return f"DROP INDEX IF EXISTS {sql.quoted(sql.index_name(before, 0))}"


def _filling(table: Table, column: Column, is_sqlite: bool) -> Iterator[str]:
    """What gives a column's default to the records that have nothing in it."""
    if column.default is not None:
        name = sql.quoted(column.name)
        value = default_of(column, is_sqlite)
        yield f"UPDATE {sql.quoted(table.name)} SET {name} = {value} WHERE {name} IS NULL"


def default_of(column: Column, is_sqlite: bool) -> str:
    """The default of a column, in SQL."""
    if column.default == "now" and column.type in ("timestamp", "date"):
        return (_NOW if column.type == "timestamp" else _TODAY)[is_sqlite]
    if column.default == "uuid" and column.type == "uuid":
        return _UUID[is_sqlite]
    value = fitted(column, column.default)
    change = KINDS[column.type].writer(is_sqlite)
    return _literal(value if change is None else change(value))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        value = value.isoformat()
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _in_postgresql(table: Table, difference: Difference, known: Sequence[Table], *, drop: bool) -> Iterator[str]:
    if difference.what == INDEX:
        yield _of_index(table, difference, False)
        return
    change = f"ALTER TABLE {sql.quoted(table.name)} "
    name = sql.quoted(difference.name)
    was, wanted = difference.was, difference.wanted
    if difference.kind == EXTRA:
        yield change + (f"DROP COLUMN {name}" if drop else f"ALTER COLUMN {name} DROP NOT NULL")
        return
    if difference.kind == DIFFERENT and not _keeps(was, wanted):
        yield change + f"DROP COLUMN {name}"
        was = None
    if was is None:
        yield sql.addition(table, wanted, False)
        was = Column(wanted.name, wanted.type)
    if was.type != wanted.type:
        type = sql.type_of(table, wanted, False)
        yield change + f"ALTER COLUMN {name} TYPE {type} USING {name}::{type}"
    if was.references and (was.references, was.on_delete) != (wanted.references, wanted.on_delete):
        yield change + f'DROP CONSTRAINT IF EXISTS "{sql.reference_name(table, wanted)}"'
    if was.unique and not wanted.unique:
        yield change + f'DROP CONSTRAINT IF EXISTS "{_unique_name(table, wanted)}"'
    yield from _filling(table, wanted, False)
    if was.required != wanted.required:
        yield change + f"ALTER COLUMN {name} {'SET' if wanted.required else 'DROP'} NOT NULL"
    if wanted.unique and not was.unique:
        yield change + f'ADD CONSTRAINT "{_unique_name(table, wanted)}" UNIQUE ({name})'
    if wanted.references and (was.references, was.on_delete) != (wanted.references, wanted.on_delete):
        yield sql.referring(table, wanted, known)


def _unique_name(table: Table, column: Column) -> str:
    return f"{table.name}_{column.name}_key"[:63]


# --- SQLite -------------------------------------------------------------------------------------------


def _rebuilding(table: Table, found: Sequence[Difference], known: Sequence[Table]) -> Iterator[str]:
    """A new table is filled from the old one and takes its place; references to it are off meanwhile."""
    differing = {each.name: each for each in found if each.what == COLUMN}
    part = Table(f"{table.name}__new", table.columns)
    old, new = sql.quoted(table.name), sql.quoted(part.name)
    yield sql.creation([part], [table, *(each for each in known if each.name != table.name)], True)[0]
    columns = list(table.stored.values())
    values = [_value(each, differing.get(each.name)) for each in columns]
    names = ", ".join(sql.quoted(each.name) for each in columns)
    yield f"INSERT INTO {new} ({names}) SELECT {', '.join(values)} FROM {old}"
    sequence = "sqlite_sequence"
    if table.columns["id"].type == "int":
        yield f"DELETE FROM {sequence} WHERE name = '{part.name}'"
        yield f"INSERT INTO {sequence} SELECT '{part.name}', seq FROM {sequence} WHERE name = '{table.name}'"
    yield f"DROP TABLE {old}"
    yield f"ALTER TABLE {new} RENAME TO {old}"
    yield from sql.indexing(table, True).values()


def _value(column: Column, difference: Difference | None) -> str:
    """What a column of the new table is filled with."""
    default = "NULL" if column.default is None else default_of(column, True)
    name = sql.quoted(column.name)
    if difference is None or difference.kind == EXTRA:
        return name
    if difference.kind == MISSING or not _keeps(difference.was, column):
        return default
    value = f"CAST({name} AS TEXT)" if difference.was.type == "int" and column.type == "text" else name
    return f"coalesce({value}, {default})" if column.required and column.default is not None else value
