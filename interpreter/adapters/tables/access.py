"""A shape and its values become rows: what is compiled is kept, executed, and its refusals told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from interpreter.adapters.tables.catalogue import Catalogue
from interpreter.adapters.tables.model import Table
from interpreter.adapters.tables.refusals import fault_of
from interpreter.adapters.tables.statement import Statement
from interpreter.database import Database
from interpreter.diagnostic import Fault

T = TypeVar("T")
MOST_STATEMENTS = 500
"""Compiled statements that are kept for one table."""


class Access:
    """The way to the rows of a workspace's tables."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self.database = database
        self.is_sqlite = database.is_sqlite
        self.catalogue = catalogue

    def statement(self, table: Table, key: Any, compile: Callable[[Any], Statement]) -> Statement:
        """What was compiled for a shape of a question about a table, or is now."""
        kept = table.statements
        found: Statement | None = kept.get(key)
        if found is None:
            from interpreter.adapters.tables import statements

            if len(kept) >= MOST_STATEMENTS:
                kept.clear()
            found = kept[key] = compile(statements)
            self.compiled(table, key)
        return found

    def compiled(self, table: Table, key: Any) -> None:
        """A statement was compiled for a table: it may be kept for other processes."""

    def rows(
        self, table: Table, statement: Statement, values: Sequence[Any], given: dict[str, Any] | None = None
    ) -> list[Any]:
        """The rows of a statement; a Fault where the database refuses it."""
        try:
            with self.part():
                found: list[Any] = self.database.execute(statement.sql, statement.arguments(values)).fetchall()
                return found
        except self.database.refusals as error:
            raise fault_of(error, table, given, reads=statement.reads) from error

    def changed(
        self, table: Table, statement: Statement, values: Sequence[Any], given: dict[str, Any] | None = None
    ) -> int:
        try:
            with self.part():
                return int(self.database.execute(statement.sql, statement.arguments(values)).rowcount)
        except self.database.refusals as error:
            raise fault_of(error, table, given) from error

    def part(self) -> AbstractContextManager[None]:
        """Around one statement: where an author's transaction goes on after its fault, it must be undone by itself."""
        return self.database.part() if self.database.is_in_block else nullcontext()

    def together(self) -> AbstractContextManager[None]:
        """Around the several statements of one node."""
        return self.database.part() if self.database.is_in_block else self.database.transaction()

    def asked(self, table: Table, ask: Callable[[Table], T]) -> T:
        """The answer to a question about a table: a column that is not known may have come in another process."""
        try:
            return ask(table)
        except Fault as fault:
            if fault.code != "run/unknown-column" or not table.is_open:
                raise
            newer = self.renewed(table)
            if newer.version == table.version:
                raise
            return ask(newer)

    def renewed(self, table: Table) -> Table:
        """An open table as it is now, after another process has changed it."""
        self.catalogue.forget(table.name)
        return self.catalogue.find(table.name) or table
