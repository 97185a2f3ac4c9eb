"""An empty database becomes ours: the tables of executions, and the versions they went through, forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpreter.diagnostic import Fault

if TYPE_CHECKING:
    from interpreter.background.database import Database

VERSION = 1
"""The newest version of the tables that this program knows."""

_LOCK = 0x1_57AC_C0DE
"""The key of PostgreSQL's advisory lock under which one process changes the tables."""


def prepare(database: Database) -> None:
    """Bring the tables to VERSION; Fault where a newer program made them. Any number of processes may try."""
    if _version(database) == VERSION:
        return
    with database.transaction():
        if not database.is_sqlite:
            database.run("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
        found = _version(database)
        if found > VERSION:
            raise Fault(
                "background/newer-database",
                f"the executions' tables have version {found}, and this program knows version {VERSION} at most",
            )
        if found == 0:
            for statement in _statements(database.is_sqlite):
                database.run(statement)
            _set_version(database)


def _version(database: Database) -> int:
    if database.is_sqlite:
        return int(database.run("PRAGMA user_version")[0][0])
    if database.run("SELECT to_regclass('schema_version')")[0][0] is None:
        return 0
    return int(database.run("SELECT version FROM schema_version")[0][0])


def _set_version(database: Database) -> None:
    if database.is_sqlite:
        database.run(f"PRAGMA user_version = {VERSION}")
    else:
        database.run("CREATE TABLE schema_version (version integer NOT NULL)")
        database.run("INSERT INTO schema_version VALUES (?)", (VERSION,))


def _statements(sqlite: bool) -> list[str]:
    """The tables and indexes as one dialect's statements. Times are seconds since 1970; documents are JSON text."""
    from sqlalchemy import Column, Double, Index, Integer, MetaData, Table, Text, text
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.dialects import sqlite as sqlite_dialect
    from sqlalchemy.schema import CreateIndex, CreateTable

    metadata = MetaData()
    executions = Table(
        "executions",
        metadata,
        Column("id", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("function", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("inputs", Text, nullable=False),
        Column("options", Text),
        Column("queue", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("time_limit", Double),  # seconds that one attempt may take
        Column("output", Text),
        Column("error", Text),
        Column("error_message", Text),
        Column("error_details", Text),
        Column("progress", Text),
        Column("created_at", Double, nullable=False),
        Column("published_at", Double),  # null: the bus does not know of it
        Column("started_at", Double),
        Column("completed_at", Double),
        Column("worker", Text),
        Column("message", Text),  # the doorbell whose task runs it: what a revoke names
        Column("pending", Integer),  # how many awaited executions have not ended; null: it never waited
        Column("document", Text),  # hash of the document that its journal belongs to
        Column("parent_id", Text),
        Column("parent_sequence", Integer),  # the parent's step that dispatched it
        Column("root_id", Text, nullable=False),
        Column("idempotency_key", Text),
    )
    where = {"queued": text("state = 'queued'"), "running": text("state = 'running'")}

    def partial(name: str, *columns: Column[object], condition: object, unique: bool = False) -> Index:
        return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)

    column = executions.c
    indexes = [
        Index("executions_by_time", column.created_at),
        Index("executions_by_state", column.state, column.created_at),
        Index("executions_by_function", column.function, column.created_at),
        partial("executions_queued", column.published_at, condition=where["queued"]),
        partial("executions_running", column.worker, condition=where["running"]),
        partial(
            "executions_of_step",
            column.parent_id,
            column.parent_sequence,
            condition=column.parent_sequence.is_not(None),
            unique=True,
        ),
        partial(
            "executions_once",
            column.function,
            column.idempotency_key,
            condition=column.idempotency_key.is_not(None),
            unique=True,
        ),
    ]
    Table(
        "steps",
        metadata,
        Column("execution_id", Text, primary_key=True),
        Column("sequence", Integer, primary_key=True),
        Column("place", Text, nullable=False),  # stack and node
        Column("name", Text, nullable=False),
        Column("output", Text),  # output and fault both null: begun, not ended (an await)
        Column("fault", Text),
        Column("at", Double, nullable=False),
        sqlite_with_rowid=False,
    )
    Table(
        "timers",
        metadata,
        Column("due", Double, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("state", Text, primary_key=True),  # the state that it ends: delayed, retrying or waiting
        sqlite_with_rowid=False,
    )
    waits = Table(
        "waits",
        metadata,
        Column("child", Text, primary_key=True),
        Column("parent", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    indexes.append(Index("waits_by_parent", waits.c.parent))
    Table(
        "workers",
        metadata,
        Column("id", Text, primary_key=True),
        Column("host", Text, nullable=False),
        Column("process", Integer, nullable=False),
        Column("concurrency", Integer, nullable=False),
        Column("queues", Text, nullable=False),
        Column("started_at", Double, nullable=False),
        Column("beat_at", Double, nullable=False),
        Column("version", Text, nullable=False),
    )
    dialect = sqlite_dialect.dialect() if sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
    return tables + [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
