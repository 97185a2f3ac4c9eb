"""Tables become the statements that make, widen and index them, in one dialect.

With ``statements`` alone it imports SQLAlchemy, and is imported when the first of them has to be compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from interpreter.adapters.tables.model import CREATED_AT, ID, Column, Table

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("text", "enum", "email", "password", "file"), _TEXT),
    "int": sa.BigInteger(),
    "decimal": sa.Numeric(),
    "float": sa.Double(),
    "bool": sa.Boolean(create_constraint=False),
    "timestamp": sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"),
    "date": sa.Text().with_variant(postgresql.DATE(), "postgresql"),
    "json": sa.Text().with_variant(postgresql.JSON(), "postgresql"),
    "uuid": sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql"),
}
"""How each type of column is declared; its values are converted by ``kinds``, not here."""
_NOW = {
    True: sa.text("(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"),
    False: sa.text("CURRENT_TIMESTAMP"),
}


@cache
def dialect(is_sqlite: bool) -> Any:
    return sqlite.dialect(paramstyle="qmark") if is_sqlite else PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]


def sql_table(table: Table, metadata: sa.MetaData | None = None) -> sa.Table:
    """A table as SQLAlchemy knows it; with others in one ``metadata`` its references are found."""
    known = metadata if metadata is not None else sa.MetaData()
    columns = [_sql_column(column) for column in table.stored.values()]
    found = sa.Table(table.name, known, *columns, sqlite_autoincrement=table.columns[ID].type == "int")
    if metadata is not None:
        for column in table.references():
            assert column.references is not None
            target = ".".join(column.references)
            rule = column.on_delete.replace("_", " ").upper()
            name = reference_name(table, column)
            found.append_constraint(sa.ForeignKeyConstraint([column.name], [target], name=name, ondelete=rule))
        for number, index in enumerate(table.indexes):
            sa.Index(index_name(table, number), *(found.c[name] for name in index.columns), unique=index.unique)
    return found


def index_name(table: Table, number: int) -> str:
    index = table.indexes[number]
    return f"{table.name}_{'_'.join(index.columns)}_{'key' if index.unique else 'idx'}"[:63]


def _sql_column(column: Column) -> sa.Column[Any]:
    more: dict[str, Any] = {"nullable": not column.required}
    type = _TYPES[column.type]
    if column.name == ID:
        more["primary_key"] = True
        if column.type == "int":
            type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
            return sa.Column(ID, type, sa.Identity(), **more)
        return sa.Column(ID, type, **more)
    if column.unique:
        more["unique"] = True
    return sa.Column(column.name, type, **more)


def creation(tables: Sequence[Table], known: Sequence[Table], is_sqlite: bool) -> list[str]:
    """The statements that make ``tables``, in an order in which each finds what it refers to; ``known`` are there."""
    metadata = sa.MetaData()
    made = {each.name: sql_table(each, metadata) for each in (*known, *tables)}
    for each in made.values():
        each.c[CREATED_AT].server_default = sa.schema.DefaultClause(_NOW[is_sqlite])
    wanted = {each.name for each in tables}
    statements: list[str] = []
    late: list[Any] = []
    for table, constraints in sa.schema.sort_tables_and_constraints(made.values()):  # type: ignore[no-untyped-call]
        if table is None:
            late = [each for each in constraints if each.parent.name in wanted]
            continue
        if table.name not in wanted:
            continue
        inline = None if is_sqlite else [each for each in table.constraints if each not in constraints]
        create = sa.schema.CreateTable(table)
        if inline is not None:
            create.include_foreign_key_constraints = list(constraints)
        statements.append(_text_of(create, is_sqlite))
        statements += [_text_of(sa.schema.CreateIndex(each), is_sqlite) for each in table.indexes]
    if not is_sqlite:
        statements += [_text_of(sa.schema.AddConstraint(each), is_sqlite) for each in late]
    return statements


def indexing(table: Table, is_sqlite: bool) -> dict[tuple[str, ...], str]:
    """The statement that makes each index of a table, by its columns."""
    made = sql_table(table, sa.MetaData()).indexes
    return {tuple(each.columns.keys()): _text_of(sa.schema.CreateIndex(each), is_sqlite) for each in made}


def _text_of(statement: Any, is_sqlite: bool) -> str:
    return str(statement.compile(dialect=dialect(is_sqlite)))


def addition(table: Table, column: Column, is_sqlite: bool) -> str:
    """The statement that adds a column to a table; the records that are there have null in it."""
    made = sql_table(table).c[column.name]
    made.nullable = True
    return f"ALTER TABLE {quoted(table.name)} ADD COLUMN {_text_of(sa.schema.CreateColumn(made), is_sqlite)}"


def type_of(table: Table, column: Column, is_sqlite: bool) -> str:
    """The type of a column as the database calls it."""
    return str(sql_table(table).c[column.name].type.compile(dialect=dialect(is_sqlite)))


def reference_name(table: Table, column: Column) -> str:
    return f"{table.name}_{column.name}_fkey"[:63]


def referring(table: Table, column: Column, known: Sequence[Table]) -> str:
    """PostgreSQL's statement that adds a column's reference."""
    metadata = sa.MetaData()
    made = {
        each.name: sql_table(each, metadata) for each in (*(each for each in known if each.name != table.name), table)
    }
    wanted = reference_name(table, column)
    found = next(each for each in made[table.name].constraints if each.name == wanted)
    return _text_of(sa.schema.AddConstraint(found), False)


def widening(table: Table, column: Column) -> str:
    """PostgreSQL's statement that gives a column its (wider) type."""
    type = sql_table(table).c[column.name].type.compile(dialect=dialect(False))
    return f"ALTER TABLE {quoted(table.name)} ALTER COLUMN {quoted(column.name)} TYPE {type}"


def quoted(name: str) -> str:
    """A checked name, in SQL that is not compiled."""
    return f'"{name}"'
