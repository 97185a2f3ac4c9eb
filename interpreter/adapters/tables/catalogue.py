"""Names become tables: declared ones from their files, open ones from what was written, both as the database has them.

The table ``_tables`` remembers, in the same database, what every table was made from. A declared table is made at its
first use; an open one grows with its records, and each change of it counts its version up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from interpreter.adapters.tables import kinds
from interpreter.adapters.tables.differences import between
from interpreter.adapters.tables.model import UNSEEN, Column, Table, check_name, columns_of_every_table, of_told
from interpreter.catalog import did_you_mean
from interpreter.database import Database
from interpreter.diagnostic import Fault
from interpreter.values import absent, preview

DECLARED, OPEN = "declared", "open"
"""How a table came into being."""
MOST_COLUMNS = 300
"""Columns that an open table may come to have: whose records are data from outside may be given any keys."""
_LOCK = "tables"
_OWN = ("async_executions",)


class Catalogue:
    """The tables of one workspace, as this process knows them."""

    def __init__(self, database: Database, declared: Callable[[], dict[str, Table]], *, open_tables: bool) -> None:
        self.database = database
        self.declared = declared
        self.open_tables = open_tables
        self._known: dict[str, Table] = {}
        self._prepared = False
        self.sow: Callable[[Table], None] = lambda table: None
        """Writes the seed rows of a new table."""

    # --- finding --------------------------------------------------------------------------------------

    def find(self, name: Any) -> Table | None:
        """A table by its name; None where an open one may come into being and has not yet. Fault run/unknown-table."""
        known = self._known.get(name) if name.__class__ is str else None
        return known if known is not None else self._look_for(name)

    def _look_for(self, name: Any) -> Table | None:
        declared = self.declared()
        if name in declared:
            return self._declared_table(declared[name], declared)
        check_name("table", name)
        if not self.open_tables:
            known = sorted(declared)
            hint = did_you_mean(name, known) or f"declare it in tables/{name}.json, or allow open_tables"
            raise Fault("run/unknown-table", f'no table is named "{name}"', hint, details={"table": name})
        return self.read(name)

    def read(self, name: str) -> Table | None:
        """An open table as the catalogue has it now."""
        self._prepare()
        rows = self.database.run("SELECT kind, declaration, version FROM _tables WHERE name=?", (name,))
        if not rows:
            self._known.pop(name, None)
            return None
        _, told, version = rows[0]
        return self._keep(of_told(json.loads(told), is_open=True, version=version))

    def current(self, table: Table) -> Table:
        """A table as the catalogue has it now, where it may have grown in another process."""
        if not table.is_open:
            return table
        rows = self.database.run("SELECT version FROM _tables WHERE name=?", (table.name,))
        return table if rows and rows[0][0] == table.version else self.read(table.name) or table

    def _keep(self, table: Table) -> Table:
        """Know a table from now on; what was made in a transaction that is undone is forgotten with it."""
        self._known[table.name] = table
        self.database.when_undone(lambda: self.forget(table.name))
        return table

    def forget(self, name: str) -> None:
        """Look into the database when next asked."""
        self._known.pop(name, None)

    def names(self) -> list[str]:
        """Every table that there is, or is declared."""
        self._prepare()
        found = {row[0] for row in self.database.run("SELECT name FROM _tables")}
        return sorted(found | set(self.declared()))

    def _prepare(self) -> None:
        if self._prepared:
            return
        if self.database.is_in_transaction:
            self.database.when_undone(lambda: setattr(self, "_prepared", False))
        make = (
            "CREATE TABLE IF NOT EXISTS _tables (name TEXT PRIMARY KEY, kind TEXT NOT NULL,"
            " declaration TEXT NOT NULL, version INTEGER NOT NULL)"
        )
        if not self._has_catalogue():
            with self.database.transaction():
                self.lock()
                self.database.run(make)
        self._prepared = True

    def _has_catalogue(self) -> bool:
        if self.database.is_sqlite:
            return bool(self.database.run("SELECT 1 FROM sqlite_master WHERE type='table' AND name='_tables'"))
        return bool(
            self.database.run(
                "SELECT 1 FROM pg_tables WHERE schemaname=ANY(current_schemas(false)) AND tablename='_tables'"
            )
        )

    # --- declared tables ------------------------------------------------------------------------------

    def _declared_table(self, table: Table, declared: dict[str, Table]) -> Table:
        """A declared table that the database has just so; made, with all that are missing, where it is not there."""
        self._prepare()
        remembered = self.remembered()
        if table.name not in remembered:
            with self.database.transaction():
                self.lock()
                remembered = self.remembered()
                missing = [each for each in declared.values() if each.name not in remembered]
                self.make(missing, [each for each in declared.values() if each.name in remembered])
                remembered = self.remembered()
        if differs := next((each for each in between(remembered[table.name], table) if each.hinders), None):
            told = f"{differs.what} {differs.name}"
            message = f'the table "{table.name}" is declared otherwise than its database has it: the {told}'
            details = {"table": table.name}
            raise Fault("run/table-changed", message, "run: interpreter tables migrate", details=details)
        return self._keep(table)

    def lock(self) -> None:
        """Be the only one that makes or changes tables until this transaction ends."""
        self.database.lock(_LOCK)

    def remembered(self) -> dict[str, dict[str, Any]]:
        """What each table was made from."""
        self._prepare()
        rows = self.database.run("SELECT name, declaration FROM _tables")
        return {name: json.loads(told) for name, told in rows}

    def kinds(self) -> dict[str, str]:
        """How each table came into being: declared, or open."""
        self._prepare()
        return dict(self.database.run("SELECT name, kind FROM _tables"))

    def make(self, missing: list[Table], known: list[Table]) -> None:
        """Make tables in the database, remember them, and write their seed rows; inside a transaction."""
        from interpreter.adapters.tables.definitions import creation

        for statement in creation(missing, known, self.database.is_sqlite):
            self.database.execute(statement)
        self.made(missing)

    def made(self, missing: list[Table]) -> None:
        """Remember tables that were made this moment, and write their seed rows."""
        for table in missing:
            self.remember(table, DECLARED)
        for table in _referred_first(missing):
            self.sow(table)

    def remember(self, table: Table, kind: str) -> None:
        """Write down what a table is made from, and count its version up."""
        told = json.dumps(table.told(), sort_keys=False)
        self.database.run(
            "INSERT INTO _tables VALUES (?,?,?,?) ON CONFLICT (name) DO UPDATE SET kind=excluded.kind,"
            " declaration=excluded.declaration, version=excluded.version",
            (table.name, kind, told, table.version),
        )

    # --- open tables ----------------------------------------------------------------------------------

    def grown(self, name: str, records: Iterable[dict[str, Any]]) -> Table:
        """An open table with a column for every value of some records; made, or changed, where it lacks one."""
        table = self.find(name)
        if table is not None and (not table.is_open or not _lacks(table, records)):
            return table
        with self.database.transaction():
            self.lock()
            before = self.read(name)
            after = _with_columns(name, before, records)
            for column in after.columns:
                if before is None or column not in before.columns:
                    self._refuse_near_twin("column", column, after.columns)
            if before is None:
                self._refuse_near_twin("table", name, self.names())
                self._create(after)
            elif after is not before:
                self._alter(before, after)
            else:
                return after
            self.remember(after, OPEN)
            return self._keep(after)

    def _create(self, table: Table) -> None:
        from interpreter.adapters.tables.definitions import creation

        for statement in creation([table], [], self.database.is_sqlite):
            self.database.execute(statement)

    def _alter(self, before: Table, after: Table) -> None:
        from interpreter.adapters.tables.definitions import addition, widening

        for name, column in after.stored.items():
            if name not in before.stored:
                self.database.execute(addition(after, column, self.database.is_sqlite))
            elif before.columns[name].type != column.type and not self.database.is_sqlite:
                self.database.execute(widening(after, column))

    def _refuse_near_twin(self, what: str, name: str, known: Iterable[str]) -> None:
        """SQLite tells no upper from lower case in names."""
        twin = next((each for each in (*known, *_OWN) if each.lower() == name.lower() and each != name), None)
        if twin is not None or name in _OWN or name.lower().startswith("sqlite_"):
            message = f'there cannot be a {what} "{name}"' + (f' beside "{twin}"' if twin else "")
            raise Fault("run/wrong-name", message, "use another name")


def _lacks(table: Table, records: Iterable[dict[str, Any]]) -> bool:
    """Whether a record has something that an open table has no column for."""
    columns = table.columns
    for record in records:
        for name, value in record.items():
            column = columns.get(name)
            if column is None or (column.type == UNSEEN and not absent(value)):
                return True
            if column.type == "int" and value.__class__ is float and not value.is_integer():
                return True
    return False


def _with_columns(name: str, table: Table | None, records: Iterable[dict[str, Any]]) -> Table:
    """A table with the columns that records need; the same one where it has them all."""
    columns = dict(table.columns if table else columns_of_every_table())
    for record in records:
        for key, value in record.items():
            known = columns.get(key)
            seen = UNSEEN if absent(value) else kinds.type_of(value)
            if seen is None:
                raise Fault("run/wrong-type", f'"{key}" of a record is {preview(value)}, which no column can hold')
            if known is None:
                columns[check_name("column", key)] = Column(key, seen)
            elif known.type == UNSEEN and seen != UNSEEN:
                columns[key] = Column(key, seen)
            elif known.type == "int" and seen == "decimal" and not float(value).is_integer():
                columns[key] = known._replace(type="decimal")
    if table is not None and columns == table.columns:
        return table
    if len(columns) > MOST_COLUMNS:
        message = f'the table "{name}" would have more than {MOST_COLUMNS} columns'
        raise Fault("run/too-large", message, "keep what varies in one JSON column, or declare the table", status=400)
    return Table(name, columns, is_open=True, version=table.version + 1 if table else 1)


def _referred_first(tables: list[Table]) -> list[Table]:
    """Tables in an order in which what a record refers to is written before it, as far as there is one."""
    found: list[Table] = []
    waiting = list(tables)
    while waiting:
        names = {each.name for each in waiting}
        ready = [
            each
            for each in waiting
            if not {column.references[0] for column in each.references() if column.references} & (names - {each.name})
        ]
        found += ready or waiting[:1]
        waiting = [each for each in waiting if each not in found]
    return found
