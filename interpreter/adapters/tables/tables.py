"""Record nodes' questions become rows: ``context.Tables`` on the workspace's own database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from pathlib import Path
from typing import Any

from interpreter.adapters.tables import direct, questions, related, totals
from interpreter.adapters.tables.access import Access
from interpreter.adapters.tables.catalogue import Catalogue
from interpreter.adapters.tables.kept import Kept
from interpreter.adapters.tables.model import CREATED_AT, ID, Table
from interpreter.adapters.tables.refusals import fault_of
from interpreter.adapters.tables.rows import changed_row, last_of_each, merged, new_rows
from interpreter.adapters.tables.shapes import Asking, Shape, Source, names_of, unknown_column
from interpreter.adapters.tables.statement import Statement
from interpreter.conditions import Conditions
from interpreter.database import Database
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import absent, preview, text

MOST_PARAMETERS = 30_000
"""Values that one statement may have, on either database."""
ROWS = 500
"""Records that one statement writes."""


class Tables(Access):
    """``context.Tables``: the tables of one workspace, for all runs of a process."""

    def __init__(self, settings: Settings, root: Path, database: Database) -> None:
        self.kept = Kept(root, settings, database.is_sqlite)
        super().__init__(database, Catalogue(database, self.kept.tables, open_tables=settings.open_tables))
        self.allows_sql = settings.direct_queries
        self.catalogue.sow = self._sow

    def compiled(self, table: Table, key: Any) -> None:
        self.kept.keep(table, key)

    # --- reading --------------------------------------------------------------------------------------

    def find(self, table: str, query: dict[str, Any]) -> Any:
        return questions.find(self, table, query)

    def first(self, table: str, query: dict[str, Any]) -> dict[str, Any] | None:
        found = questions.records(self, table, query, 1, 0)
        return found[0] if found else None

    def count(self, table: str, filter: Conditions) -> int:
        return questions.count(self, table, {"filter": filter})

    def has(self, table: str, filter: Conditions) -> bool:
        return questions.exists(self, table, filter)

    def aggregate(self, table: str, query: dict[str, Any]) -> Any:
        return totals.aggregate(self, table, query)

    # --- writing --------------------------------------------------------------------------------------

    def add(self, table: str, record: dict[str, Any], on_conflict: Any = None) -> dict[str, Any] | None:
        known = self.catalogue.grown(_named(table), [_record(record)])
        (row,) = new_rows(known, [record], self.is_sqlite)
        conflict = _conflict(known, on_conflict, row)
        statement = self.statement(
            known,
            ("insert", tuple(row), conflict),
            lambda sql: sql.insertion(known, list(row), known.shown, conflict, 1, self.is_sqlite),
        )
        rows = self.rows(known, statement, list(row.values()), record)
        if not self.is_sqlite and ID in record and known.columns[ID].type == "int":
            self._pass_over(known)
        if not rows:
            return self._there_already(known, conflict, record)
        return self._whole(known, statement, rows[0])

    def _whole(self, table: Table, statement: Statement, row: Sequence[Any]) -> dict[str, Any]:
        """The record of a row that was written, with the columns too that others have added to its table meanwhile."""
        record = statement.record(row)
        if not table.is_open:
            return record
        if row[-1] != table.version:
            table = self.renewed(table)
            return self.first(table.name, {"filter": [[ID, "$eq", record[ID]]]}) or record
        return {**record, **dict.fromkeys(table.unseen)} if table.unseen else record

    def add_all(self, table: str, records: list[dict[str, Any]], on_conflict: Any = None) -> list[Any]:
        """Write many records, all or none; their ids."""
        if not records:
            return []
        known = self.catalogue.grown(_named(table), [_record(each) for each in records])
        rows = new_rows(known, records, self.is_sqlite)
        names = list(dict.fromkeys(name for shape in dict.fromkeys(map(tuple, rows)) for name in shape))
        conflict = _conflict(known, on_conflict, dict.fromkeys(names))
        if self.is_sqlite and conflict is None and ID not in names and len(rows) > 1:
            return self._write_each(known, names, rows)
        rows, places = last_of_each(rows, conflict)
        order = sorted(range(len(rows)), key=lambda at: ID not in rows[at])
        ids: list[Any] = []
        with self.together():
            for has_id, part in groupby((rows[at] for at in order), key=lambda row: ID in row):
                given = names if has_id else [name for name in names if name != ID]
                ids += self._write_part(known, given, list(part), conflict, records[0] if len(records) == 1 else {})
        if len(ids) < len(rows):  # on_conflict has left some as they are
            return ids
        written = dict(zip(order, ids))
        return [written[at] for at in places]

    def _write_part(
        self, table: Table, names: list[str], rows: list[dict[str, Any]], conflict: Shape | None, given: dict[str, Any]
    ) -> list[Any]:
        """Write rows that all have an id, or all get one; their ids."""
        ids: list[Any] = []
        size = max(1, min(ROWS, MOST_PARAMETERS // max(1, len(names))))
        for start in range(0, len(rows), size):
            ids += self._write(table, names, rows[start : start + size], conflict, given)
        if not self.is_sqlite and ID in names and table.columns[ID].type == "int":
            self._pass_over(table)
        return ids

    def _write_each(self, table: Table, names: list[str], rows: list[dict[str, Any]]) -> list[Any]:
        """Write rows by SQLite's quickest way; who writes is alone, so their ids follow one another."""
        statement = self.statement(
            table, ("insert each", tuple(names)), lambda sql: sql.insertion(table, names, (), None, 1, self.is_sqlite)
        )
        same = tuple(statement.arguments(names))
        values = [tuple(row.values()) if tuple(row) == same else tuple(map(row.get, same)) for row in rows]
        with self.together():
            try:
                self.database.execute_many(statement.sql, values)
            except self.database.refusals as error:
                raise fault_of(error, table, {}) from error
            last = int(self.database.run("SELECT last_insert_rowid()")[0][0])
        return list(range(last - len(rows) + 1, last + 1))

    def _write(
        self, table: Table, names: list[str], rows: list[dict[str, Any]], conflict: Shape | None, given: dict[str, Any]
    ) -> list[Any]:
        """Write some rows by one statement; their ids."""
        statement = self.statement(
            table,
            ("insert many", tuple(names), conflict, len(rows)),
            lambda sql: sql.insertion(table, names, [ID], conflict, len(rows), self.is_sqlite),
        )
        read = dict(statement.readers).get(ID) or (lambda value: value)
        values = [row.get(name) for row in rows for name in names]
        return [read(row[0]) for row in self.rows(table, statement, values, given)]

    def edit(self, table: str, filter: Conditions, changes: dict[str, Any], *, expected: Any = None) -> dict[str, Any]:
        """Change the one record of a filter; the record as it now stands.

        Fault run/record-not-found, run/several-records; where it does not have the ``expected`` values, run/conflict.
        """
        known = self._changed_table(table, [_record(changes)])
        row = changed_row(known, changes, self.is_sqlite)
        known, where, values = self._where(known, filter)
        if not absent(expected):
            _, guard, more = self._where(known, [["$equal", expected]])
            where, values = ("and", where, guard), [*values, *more]
        if not row:
            return self._one(known, filter)
        statement = self.statement(
            known,
            ("update", tuple(row), where),
            lambda sql: sql.change(known, list(row), where, known.shown, self.is_sqlite),
        )
        with self._all_or_nothing(filter):
            rows = self.rows(known, statement, [*row.values(), *values], changes)
            self._check_found(known, filter, len(rows), expected)
        return self._whole(known, statement, rows[0])

    def _one(self, table: Table, filter: Conditions, *, locked: bool = False) -> dict[str, Any]:
        """The one record of a filter; ``locked``: until the transaction ends nobody else changes it."""
        found = questions.records(self, table.name, {"filter": filter, "locked": locked}, 2, 0)
        self._check_found(table, filter, len(found), None)
        return found[0]

    def edit_each(self, table: str, records: list[dict[str, Any]]) -> int:
        """Change each record of a list by its id, all or none; how many."""
        with self.together():
            for each in records:
                if absent(_record(each).get(ID)):
                    raise Fault("run/wrong-record", f'a record of the list has no "{ID}": {preview(each)}', status=400)
                changes = {name: value for name, value in each.items() if name != ID}
                self.edit(table, [[ID, "$eq", each[ID]]], changes)
        return len(records)

    def add_or_edit(
        self, table: str, filter: Conditions, data: dict[str, Any], named: dict[str, Any], on_conflict: Any = None
    ) -> dict[str, Any] | None:
        """Change the one record of a filter, or add one with the data and what it is ``named`` by."""
        with self.together():
            if self.catalogue.find(table) is not None and self.has(table, filter):
                return self.edit(table, filter, data)
            return self.add(table, {**named, **_record(data)}, on_conflict)

    def edit_all(self, table: str, filter: Conditions, changes: dict[str, Any]) -> int:
        """Change every record of a filter; how many."""
        if self.catalogue.find(table) is None:
            return 0
        known = self._changed_table(table, [_record(changes)])
        row = changed_row(known, changes, self.is_sqlite)
        known, where, values = self._where(known, filter)
        if not row:
            return self.count(table, filter)
        statement = self.statement(
            known,
            ("update all", tuple(row), where),
            lambda sql: sql.change(known, list(row), where, (), self.is_sqlite),
        )
        return self.changed(known, statement, [*row.values(), *values], changes)

    def patch(self, table: str, filter: Conditions, changes: dict[str, Any], *, expected: Any = None) -> dict[str, Any]:
        """Change one record; objects are merged into those of its JSON columns, deep."""
        known = self._changed_table(table, [_record(changes)])
        holders = {name for name, column in known.columns.items() if column.type == "json"}
        partly = [name for name, value in changes.items() if isinstance(value, dict) and name in holders]
        if not partly:
            return self.edit(table, filter, changes, expected=expected)
        with self.together():
            found = self._one(known, filter, locked=True)
            deep = {name: merged(found[name], changes[name]) for name in partly}
            return self.edit(table, [[ID, "$eq", found[ID]]], {**changes, **deep}, expected=expected)

    def delete(self, table: str, filter: Conditions) -> dict[str, Any]:
        """Remove the one record that a filter finds; the record as it was."""
        known = self.catalogue.current(self._existing(table))
        known, where, values = self._where(known, filter)
        statement = self.statement(
            known, ("delete", where), lambda sql: sql.deletion(known, where, known.shown, self.is_sqlite)
        )
        with self._all_or_nothing(filter):
            rows = self.rows(known, statement, values)
            self._check_found(known, filter, len(rows), None)
        return {**statement.record(rows[0]), **dict.fromkeys(known.unseen)}

    def delete_all(self, table: str, filter: Conditions) -> int:
        """Remove every record of a filter; how many."""
        known = self.catalogue.find(table)
        if known is None:
            return 0
        known, where, values = self._where(known, filter)
        statement = self.statement(
            known, ("delete all", where), lambda sql: sql.deletion(known, where, (), self.is_sqlite)
        )
        return self.changed(known, statement, values)

    # --- transactions, SQL ----------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        return self.database.block()

    def sql(self, statement: str, parameters: Any) -> list[dict[str, Any]]:
        if not self.allows_sql:
            message = '"direct_database_query" is not allowed in this workspace'
            raise Fault("run/not-allowed", message, "set direct_queries = true in interpreter.toml")
        with self.part():
            return direct.run(self.database, statement, parameters)

    def secrets(self, table: Any, query: dict[str, Any] | None = None) -> tuple[str, ...]:
        """The columns of a table whose values no message may say; of the results of a query the paths to them."""
        known = self.catalogue.find(table)
        return () if known is None else related.secrets(self, known, query or {})

    # --- statements -----------------------------------------------------------------------------------

    def _all_or_nothing(self, filter: Conditions) -> AbstractContextManager[None]:
        """Around a change that is taken back where it meets more than one record."""
        return nullcontext() if _is_by_id(filter) else self.together()

    def _pass_over(self, table: Table) -> None:
        """The ids that PostgreSQL gives next come behind those that were given by hand."""
        name = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
        self.database.run(
            f'SELECT setval({name}, GREATEST((SELECT max(id) FROM "{table.name}"), nextval({name}) - 1, 1))'
        )

    # --- records --------------------------------------------------------------------------------------

    def _existing(self, name: Any) -> Table:
        known = self.catalogue.find(name)
        if known is None:
            message = f'the table "{name}" has no records yet'
            raise Fault("run/record-not-found", message, status=404, details={"table": name})
        return known

    def _changed_table(self, name: Any, records: list[dict[str, Any]]) -> Table:
        self._existing(name)
        return self.catalogue.grown(name, records)

    def _where(self, table: Table, filter: Conditions) -> tuple[Table, Shape, list[Any]]:
        """The shape of a filter and its values, and the table as it is when all its columns are known."""

        def shaped(known: Table) -> tuple[Table, Shape, list[Any]]:
            asking = Asking([Source(known.name, known)], self.is_sqlite)
            return known, asking.where(filter), asking.values

        return self.asked(table, shaped)

    def _check_found(self, table: Table, filter: Conditions, found: int, expected: Any) -> None:
        if found == 1:
            return
        if found > 1:
            message = f'the filter finds {found} records of "{table.name}", expected one'
            raise Fault("run/several-records", message, "use the bulk_ form of the node, or find one", status=409)
        details = {"table": table.name}
        if not absent(expected) and self.has(table.name, filter):
            shown = preview({name: value for name, value in expected.items() if name not in table.secrets})
            message = f'the record of "{table.name}" has changed: it does not have {shown} any more'
            raise Fault("run/conflict", message, "read it again, and decide anew", status=409, details=details)
        said = _said(table, filter)
        told = f" with {said}" if said else ""
        raise Fault("run/record-not-found", f'"{table.name}" has no record{told}', status=404, details=details)

    def _there_already(self, table: Table, conflict: Shape | None, record: dict[str, Any]) -> dict[str, Any] | None:
        """The record that on_conflict left as it is."""
        columns = conflict[1] if conflict else ()
        if not columns:
            columns = next((each for each in table.uniques if all(name in record for name in each)), ())
        query = {"filter": [[name, "$eq", record.get(name)] for name in columns]}
        return self.first(table.name, query) if columns else None

    def _sow(self, table: Table) -> None:
        """Write the seed rows of a table that was made this moment."""
        if table.records:
            self.catalogue._known[table.name] = table
            try:
                self.add_all(table.name, list(table.records))
            finally:
                self.catalogue.forget(table.name)


# --- what is given ------------------------------------------------------------------------------------


def _named(table: Any) -> str:
    return table if isinstance(table, str) else text(table)


def _record(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Fault("run/wrong-type", f"a record must be an object, not {preview(given)}", status=400)
    return given


def _conflict(table: Table, written: Any, row: dict[str, Any]) -> Shape | None:
    """``on_conflict`` as (action, columns, changed columns)."""
    if absent(written):
        return None
    told = written if isinstance(written, dict) else {"action": written}
    action = text(told.get("action", "update")).lower()
    if action not in ("ignore", "update"):
        raise Fault("run/wrong-value", f'on_conflict is {preview(action)}, expected "ignore" or "update"', status=400)
    columns = tuple(names_of(told.get("columns"), "the columns of on_conflict"))
    for name in columns:
        if name not in table.columns:
            raise unknown_column(table, name)
    if columns and not any(set(each) == set(columns) for each in table.uniques):
        message = f'no unique index of "{table.name}" is on {" and ".join(columns)}'
        raise Fault("run/wrong-value", message, f"declare one in tables/{table.name}.json", status=400)
    if not columns and action == "update":
        columns = next((each for each in table.uniques if all(name in row for name in each)), ())
        if not columns:
            message = f'on_conflict cannot tell by what a record of "{table.name}" is there already'
            raise Fault("run/wrong-value", message, "give a value of a unique column, or say its columns", status=400)
    changed = tuple(name for name in row if name not in (*columns, ID, CREATED_AT))
    return (action, columns, changed)


def _is_by_id(filter: Conditions) -> bool:
    return any(len(each) == 3 and each[:2] == [ID, "$eq"] and not isinstance(each[2], list) for each in filter)


def _said(table: Table, filter: Conditions) -> str:
    """The plain conditions of a filter, as a message says them."""
    plain = [each for each in filter if len(each) == 3 and each[1] == "$eq" and each[0] not in table.secrets]
    return " and ".join(f'"{name}" {preview(value)}' for name, _, value in plain)
