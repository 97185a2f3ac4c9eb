"""A URL becomes a database: one raw connection for each process and thread, and one way to speak to both dialects.

Statements are written with ``?``. A connection never crosses a fork or a thread: a child opens its own, and keeps
a reference to its parent's so that it is never closed there.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from interpreter.diagnostic import Fault
from interpreter.state import prepare_state

BUSY_SECONDS = 10
"""How long one writer of SQLite waits for another."""
CONNECT_SECONDS = 3
STOPPED_SECONDS = 5
"""How long a process that stands still in the middle of a transaction may keep others from its rows."""
COLLISIONS = 5
"""How often a statement is tried that met another's deadlock or serialization failure."""
FILE_NAME = "workspace.db"

STALE_PLAN = "0A000"
"""PostgreSQL's word for a prepared statement whose table has changed since."""

_inherited: list[Any] = []
"""Connections of the parent process: kept, since closing one in a child would harm the parent's."""


class Database:
    """SQLite in a folder, or PostgreSQL by URL. Errors of reaching it are Faults background/database-unavailable."""

    def __init__(self, url: str | None, folder: Path) -> None:
        self._local = threading.local()
        self._opened: list[tuple[int, Any]] = []
        weakref.finalize(self, _close, self._opened)
        self.path: str | None = None
        if url is None:
            self.path = str(folder / FILE_NAME)
        elif url.startswith("sqlite:///"):
            self.path = unquote(url.removeprefix("sqlite:///"))
        elif url.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
            self.url = "postgresql://" + url.split("://", 1)[1]
        else:
            raise Fault(
                "workspace/settings",
                f'the database_url begins with "{url.split(":", 1)[0]}:", expected sqlite:///… or postgresql://…',
            )
        self.errors: tuple[type[Exception], ...] = (sqlite3.OperationalError,) if self.path else _psycopg_errors()
        self.refusals: tuple[type[Exception], ...] = (sqlite3.Error,) if self.path else _psycopg_refusals()

    @property
    def is_sqlite(self) -> bool:
        return self.path is not None

    @property
    def is_in_transaction(self) -> bool:
        """Whether this thread is inside a ``transaction``."""
        return bool(getattr(self._local, "in_transaction", False))

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Execute one statement and give its rows; outside a transaction it is one of its own."""
        cursor = self._execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []

    def change(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Execute one statement and say how many rows it touched."""
        return int(self._execute(statement, parameters).rowcount)

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """Execute a statement in the driver's own style of parameters (``?``, or ``%s``) and give its cursor.

        What the database refuses (``refusals``: constraints, wrong SQL) is raised as the driver raises it. Outside a
        transaction a deadlock is tried again; inside it is the Fault run/deadlock, and the transaction is undone.
        """
        for attempt in range(1, COLLISIONS + 1):
            try:
                return self._connection().execute(statement, parameters)
            except (UnicodeError, OverflowError) as error:
                raise _unwritable(error) from error
            except self.refusals as error:
                if attempt < COLLISIONS and self._may_try_again(error):
                    continue
                if _collided(error):
                    raise _deadlock() from error
                if self._is_away(error):
                    raise self._unavailable(error) from error
                raise
        raise AssertionError("the last try either returns or raises")

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of parameters, as ``execute``; only inside a transaction."""
        try:
            self._connection().cursor().executemany(statement, rows)
        except (UnicodeError, OverflowError) as error:
            raise _unwritable(error) from error
        except self.refusals as error:
            if self._is_away(error):
                raise self._unavailable(error) from error
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or none of it; inside another transaction it is a part of that one."""
        if self.is_in_transaction:
            yield
            return
        self._execute("BEGIN IMMEDIATE" if self.path else "BEGIN", ())
        local = self._local
        local.in_transaction, local.committed, local.undone = True, [], []
        try:
            yield
        except BaseException:
            self._end_transaction(local.undone, self._roll_back)
            raise
        try:
            self._execute("COMMIT", ())
        except BaseException:
            self._end_transaction(local.undone, self._roll_back)
            raise
        self._end_transaction(local.committed, lambda: None)

    def _end_transaction(self, callbacks: list[Callable[[], None]], end: Callable[[], None]) -> None:
        local = self._local
        local.in_transaction, local.committed, local.undone, local.block = False, [], [], 0
        end()
        for callback in callbacks:
            callback()

    @contextmanager
    def block(self) -> Iterator[None]:
        """A transaction that an author opened: inside another one it can be undone by itself, and so can each
        ``part`` of it."""
        local = self._local
        with self.part() if self.is_in_transaction else self.transaction():
            local.block = getattr(local, "block", 0) + 1
            try:
                yield
            finally:
                local.block = max(0, local.block - 1)

    @property
    def is_in_block(self) -> bool:
        """Whether this thread is inside a ``block``."""
        return bool(getattr(self._local, "block", 0))

    @contextmanager
    def part(self) -> Iterator[None]:
        """All or nothing of what is inside, whatever becomes of the rest: where its fault is caught, the block that
        it stands in goes on."""
        if not self.is_in_transaction:
            with self.transaction():
                yield
            return
        local = self._local
        local.depth = name = getattr(local, "depth", 0) + 1
        undone_before, committed_before = len(local.undone), len(local.committed)
        self._execute(f"SAVEPOINT part_{name}", ())
        try:
            yield
        except BaseException:
            local.depth = name - 1
            self._undo_part(name, undone_before, committed_before)
            raise
        local.depth = name - 1
        self._execute(f"RELEASE SAVEPOINT part_{name}", ())

    def _undo_part(self, name: int, undone_before: int, committed_before: int) -> None:
        local = self._local
        try:
            self._connection().execute(f"ROLLBACK TO SAVEPOINT part_{name}")
            self._connection().execute(f"RELEASE SAVEPOINT part_{name}")
        except self.refusals:
            return  # the connection is gone, and the whole transaction with it
        undone = local.undone[undone_before:]
        del local.undone[undone_before:], local.committed[committed_before:]
        for callback in undone:
            callback()

    def when_committed(self, callback: Callable[[], None]) -> None:
        """Call this once the present transaction is written, never where it is undone; at once outside of one."""
        if self.is_in_transaction:
            self._local.committed.append(callback)
        else:
            callback()

    def when_undone(self, callback: Callable[[], None]) -> None:
        """Call this where the present transaction, or the part of it, is undone."""
        if self.is_in_transaction:
            self._local.undone.append(callback)

    def lock_rows(self, table: str, ids: Sequence[str]) -> None:
        """Keep rows from changing until this transaction ends; SQLite's own lock does so already."""
        if not self.path:
            self.run(f"SELECT 1 FROM {table} WHERE id IN ({marks(len(ids))}) ORDER BY id FOR SHARE", ids)

    def lock(self, name: str) -> None:
        """Be the only one that holds this name's lock until this transaction ends; SQLite has one lock for all."""
        if not self.path:
            self.run("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (name,))

    def close(self) -> None:
        """Close this process's connections, those of other threads too: nothing may use them any more."""
        _close(self._opened)
        self._local = threading.local()

    def _execute(self, statement: str, parameters: Sequence[Any]) -> Any:
        if not self.path:
            statement = _percent(statement)
        for again in (True, False):
            try:
                return self._connection().execute(statement, parameters)
            except self.errors as error:
                if again and self._lost_its_connection():
                    continue
                raise self._unavailable(error) from error
        raise AssertionError("the second try either returns or raises")

    def _lost_its_connection(self) -> bool:
        """Whether the server went away between two statements, so that a new connection may be tried."""
        connection = getattr(self._local, "connection", None)
        lost = not self.path and connection is not None and connection.closed
        if lost:
            self._forget()
        return bool(lost and not self.is_in_transaction)

    def _roll_back(self) -> None:
        try:
            self._connection().execute("ROLLBACK")
        except self.errors:
            self._forget()

    def _may_try_again(self, error: Exception) -> bool:
        """Outside a transaction: after a collision with another's, and once a lost connection is replaced."""
        if self.is_in_transaction:
            return False
        if self._lost_its_connection():
            return True
        if _collided(error):
            time.sleep(random.uniform(0.001, 0.02))
            return True
        return getattr(error, "sqlstate", None) == STALE_PLAN

    def _is_away(self, error: Exception) -> bool:
        """Whether the database itself failed, rather than refused what it was asked."""
        if not isinstance(error, self.errors):
            return False
        return not self.path or getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR

    def _forget(self) -> None:
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        self._opened[:] = [each for each in self._opened if each[1] is not connection]
        if connection is not None:
            connection.close()

    def _unavailable(self, error: Exception) -> Fault:
        where = f'"{self.path}"' if self.path else "PostgreSQL"
        reason = str(error).strip().split("\n", 1)[0] or type(error).__name__
        return Fault("background/database-unavailable", f"the database {where} cannot be used: {reason}")

    def _connection(self) -> Any:
        local = self._local
        connection = getattr(local, "connection", None)
        if connection is None:
            connection = local.connection = self._open_sqlite() if self.path else self._open_postgresql()
            local.process = os.getpid()
            self._opened.append((local.process, connection))
        elif local.process != os.getpid():
            _inherited.append(connection)
            local.connection = None
            local.in_transaction, local.block, local.depth = False, 0, 0
            return self._connection()
        return connection

    def _open_sqlite(self) -> sqlite3.Connection:
        assert self.path is not None
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint=4000")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _open_postgresql(self) -> Any:
        import psycopg

        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=CONNECT_SECONDS)
        connection.execute(f"SET idle_in_transaction_session_timeout = {STOPPED_SECONDS * 1000}")
        connection.execute("SET TimeZone = 'UTC'")
        return connection


def _collided(error: Exception) -> bool:
    """Whether two transactions waited for one another, or one changed what the other had read."""
    return getattr(error, "sqlstate", None) in ("40001", "40P01")


def _unwritable(error: Exception) -> Fault:
    """A value that no database can hold: half of a character, a number beyond 64 bits."""
    return Fault("run/wrong-value", f"the database cannot hold a value: {error}", status=400)


def _deadlock() -> Fault:
    message = "two transactions waited for each other's records, and this one was undone"
    return Fault("run/deadlock", message, "try it again; change records in the same order everywhere", status=409)


def _close(opened: list[tuple[int, Any]]) -> None:
    """Close the connections that this process opened."""
    for process, connection in opened:
        if process == os.getpid():
            connection.close()
    opened.clear()


def open_database(url: str | None, state: Path) -> Database:
    """A workspace's database, by its settings; its folder is made where it is missing."""
    return Database(url, prepare_state(state))


def marks(count: int) -> str:
    """The placeholders of a list: ``?,?,?``."""
    return ",".join("?" * count)


@cache
def _percent(statement: str) -> str:
    return statement.replace("?", "%s")


def _psycopg_refusals() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error,)


def _psycopg_errors() -> tuple[type[Exception], ...]:
    try:
        import psycopg
    except ImportError:
        raise Fault(
            "background/database-unavailable",
            "database_url names PostgreSQL, and its driver psycopg is not installed",
            'pip install "stack-interpreter[postgresql]"',
        ) from None
    return (psycopg.OperationalError, psycopg.InterfaceError)
