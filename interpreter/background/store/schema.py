"""An empty database becomes ours: the tables of executions, and the versions they went through, forward only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interpreter.diagnostic import Fault

if TYPE_CHECKING:
    from interpreter.database import Database

_LOCK = 0x1_57AC_C0DE
"""The key of PostgreSQL's advisory lock under which one process changes the tables."""


def prepare(database: Database) -> None:
    """Bring the tables to the newest version; Fault where a newer program made them. Any number of processes may."""
    newest = len(_VERSIONS)
    if version(database) == newest:
        return
    with database.transaction():
        if not database.is_sqlite:
            database.run("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
        found = version(database)
        if found > newest:
            raise Fault(
                "background/newer-database",
                f"the executions' tables have version {found}, and this program knows version {newest} at most",
            )
        for statements in _VERSIONS[found:]:
            for statement in statements(database.is_sqlite):
                database.run(statement)
        if found < newest:
            _set_version(database, newest)


def version(database: Database) -> int:
    """Which version the tables have; 0 where there are none."""
    if database.is_sqlite:
        return int(database.run("PRAGMA user_version")[0][0])
    # not by to_regclass: a process that has just waited for the lock would answer it from what it knew before
    if not database.run(
        "SELECT 1 FROM pg_class WHERE relname='_schema_version' AND relnamespace=to_regnamespace(current_schema())"
    ):
        return 0
    return int(database.run("SELECT version FROM _schema_version")[0][0])


def _set_version(database: Database, version: int) -> None:
    if database.is_sqlite:
        database.run(f"PRAGMA user_version = {version}")
        return
    database.run("CREATE TABLE IF NOT EXISTS _schema_version (version integer NOT NULL)")
    database.run("DELETE FROM _schema_version")
    database.run("INSERT INTO _schema_version VALUES (?)", (version,))


def _first(sqlite: bool) -> list[str]:
    """Executions with their steps, timers, waits, and the workers. Times are seconds since 1970; documents are JSON."""
    from sqlalchemy import Column, Double, Index, Integer, MetaData, Table, Text, text

    metadata = MetaData()
    executions = Table(
        "_executions",
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
        "_steps",
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
        "_timers",
        metadata,
        Column("due", Double, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("state", Text, primary_key=True),  # the state that it ends: delayed, retrying or waiting
        sqlite_with_rowid=False,
    )
    waits = Table(
        "_waits",
        metadata,
        Column("child", Text, primary_key=True),
        Column("parent", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    indexes.append(Index("waits_by_parent", waits.c.parent))
    Table(
        "_workers",
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
    return _written(metadata, indexes, sqlite)


def _second(sqlite: bool) -> list[str]:
    """The documents that runs began with, the turns of a life that were not its last, schedules and their fires."""
    from sqlalchemy import Column, Double, Index, Integer, MetaData, Table, Text

    metadata = MetaData()
    Table(
        "_documents",
        metadata,
        Column("hash", Text, primary_key=True),
        Column("path", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("kept_at", Double, nullable=False),
    )
    turns = Table(
        "_turns",
        metadata,
        Column("execution_id", Text, primary_key=True),
        Column("claimed_at", Double, primary_key=True),
        Column("ended_at", Double, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("worker", Text),
        Column("ending", Text, nullable=False),  # suspended, failed, lost
        Column("error", Text),
        Column("error_message", Text),
        Column("cpu_seconds", Double),
    )
    Table(
        "_schedules",
        metadata,
        Column("name", Text, primary_key=True),
        Column("definition", Text, nullable=False),  # what it says about when, as JSON
        Column("decided_at", Double, nullable=False),  # its fires up to here were run or left out
    )
    Table(
        "_fires",
        metadata,
        Column("schedule", Text, primary_key=True),
        Column("at", Double, primary_key=True),
        Column("execution_id", Text),  # null: left out
        Column("skipped", Text),  # why: missed or overlap
    )
    columns = [
        "claimed_at DOUBLE PRECISION",  # when its worker took it last
        "traceparent TEXT",
        "room INTEGER",  # how many of its queue may run at the same time; null: any number
        "attempts_before INTEGER NOT NULL DEFAULT 0",  # attempts that no longer count: it was begun anew after them
    ]
    indexes = [
        "DROP INDEX executions_by_time",
        "DROP INDEX executions_by_state",
        "DROP INDEX executions_by_function",
        "CREATE INDEX executions_by_state ON _executions (state, id)",
        "CREATE INDEX executions_by_function ON _executions (function, state, id)",
        "CREATE INDEX executions_of_parent ON _executions (parent_id, id) WHERE parent_id IS NOT NULL",
    ]
    indexes.append(
        "CREATE INDEX executions_limited ON _executions (queue, published_at, priority, id)"
        " WHERE state = 'queued' AND room IS NOT NULL"
    )
    return [
        *(f"ALTER TABLE _executions ADD COLUMN {column}" for column in columns),
        "ALTER TABLE _executions RENAME COLUMN message TO process",  # which of its worker's processes has it
        "ALTER TABLE _executions DROP COLUMN document",  # a step of the journal says it, for each stack of the run
        *indexes,
        *_written(metadata, [Index("turns_by_end", turns.c.ended_at)], sqlite),
    ]


def _third(sqlite: bool) -> list[str]:
    """Notes of ends, which a trigger writes down whoever ends an execution, and the sums that they are folded into."""
    from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, Table, Text

    metadata = MetaData()
    Table(
        "_ends",
        metadata,
        Column("number", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True),
        Column("function", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("waited", Double),  # seconds until its last turn began
        Column("ran", Double),  # seconds since its first one
    )
    Table(
        "_tallies",
        metadata,
        Column("measure", Text, primary_key=True),
        Column("function", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("state", Text, primary_key=True),
        Column("bucket", Integer, primary_key=True),
        Column("number", BigInteger, nullable=False),
        Column("seconds", Double, nullable=False),
        sqlite_with_rowid=False,
    )
    ended = "('completed', 'error', 'timeout', 'cancelled')"
    when = f"WHEN (NEW.state IN {ended} AND OLD.state NOT IN {ended})"
    note = (
        "INSERT INTO _ends (function, kind, state, waited, ran) VALUES (NEW.function, NEW.kind, NEW.state,"
        " NEW.claimed_at - coalesce(NEW.published_at, NEW.created_at), NEW.completed_at - NEW.started_at);"
    )
    trigger = "CREATE TRIGGER executions_end AFTER UPDATE OF state ON _executions FOR EACH ROW"
    if sqlite:
        triggers = [f"{trigger} {when} BEGIN {note} END"]
    else:
        function = f"CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {note} RETURN NULL; END$$"
        triggers = [function, f"{trigger} {when} EXECUTE FUNCTION note_end()"]
    return [*_written(metadata, [], sqlite), *triggers]


def _written(metadata: Any, indexes: list[Any], sqlite: bool) -> list[str]:
    """Tables and indexes as one dialect's statements."""
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.dialects import sqlite as sqlite_dialect
    from sqlalchemy.schema import CreateIndex, CreateTable

    dialect = sqlite_dialect.dialect() if sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
    return tables + [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]


_VERSIONS: tuple[Callable[[bool], list[str]], ...] = (_first, _second, _third)
"""What each version adds to the one before it; a version that was released is never changed."""
NEWEST = len(_VERSIONS)
"""The version that this program makes."""
