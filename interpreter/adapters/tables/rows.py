"""Records become rows: every value as its column has it, or one fault that names every column it does not fit."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from math import isfinite
from typing import Any

from interpreter.adapters.tables.kinds import KINDS, fitted, misfit
from interpreter.adapters.tables.model import ID, Column, Table
from interpreter.adapters.tables.shapes import unknown_column
from interpreter.diagnostic import Fault
from interpreter.inputs import Unfit
from interpreter.values import Missing, Moment

Row = dict[str, Any]
Writer = Callable[[Any], Any]
LARGEST_ID = 2**53 - 1


def new_rows(table: Table, records: Iterable[dict[str, Any]], sqlite: bool) -> list[Row]:
    """Rows of new records, their defaults filled in; Fault run/wrong-record, run/not-null-violation."""
    writers = _writers(table, sqlite)
    defaults = [(each, _default(each, sqlite)) for each in table.defaults]
    needed = table.needed
    rows = []
    for record in records:
        row, bad = _row(table, record, writers)
        for column, value in defaults:
            if row.get(column.name) is None and column.name not in bad:
                row[column.name] = value() if callable(value) else value
        if row.get(ID, 0) is None:
            del row[ID]
        missing = [name for name in needed if row.get(name) is None and name not in bad]
        if bad or missing:
            raise _unfit(table, bad, missing)
        rows.append(row)
    return rows


def changed_row(table: Table, changes: dict[str, Any], sqlite: bool) -> Row:
    """The changed columns of records that are there."""
    row, bad = _row(table, changes, _writers(table, sqlite))
    missing = [name for name, value in row.items() if value is None and table.columns[name].required]
    if bad or missing:
        raise _unfit(table, bad, missing)
    return row


def _row(table: Table, record: dict[str, Any], writers: dict[str, Writer]) -> tuple[Row, dict[str, str]]:
    """The values of a record as the database has them, and a sentence about each that does not fit."""
    row: Row = {}
    bad: dict[str, str] = {}
    for name, value in record.items():
        write = writers.get(name)
        if value is None or value.__class__ is Missing:
            if write is not None:
                row[name] = None
            elif name not in table.columns:
                raise unknown_column(table, name)
            continue
        if write is None:
            raise unknown_column(table, name)
        try:
            row[name] = write(value)
        except Unfit as unfit:
            bad[name] = misfit(table.columns[name], value, unfit)
    return row, bad


def _writers(table: Table, sqlite: bool) -> dict[str, Writer]:
    """What makes the database's value of a stack's, for each column that the database has."""
    if not table.writers:
        table.writers.update({name: _writer(column, sqlite) for name, column in table.stored.items()})
    return table.writers


def _id_writer(value: Any) -> int:
    """An id that leaves room for those to come, and is the same number in every reader's JSON."""
    found: int = KINDS["int"].read(value)
    if not -LARGEST_ID <= found <= LARGEST_ID:
        message = f'"{ID}" is {found}, expected a whole number of -{LARGEST_ID} to {LARGEST_ID}'
        raise Fault("run/wrong-value", message, status=400, details={"column": ID})
    return found


def _writer(column: Column, sqlite: bool) -> Writer:
    if (column.name, column.type) == (ID, "int"):
        return _id_writer
    if column.type in ("text", "file"):
        return _text_writer(KINDS[column.type].read)
    if column.type == "float":
        return _float_writer(KINDS["float"].read)
    if column.type == "password":
        return lambda value: _hashed(fitted(column, value))
    if column.type == "timestamp" and sqlite:
        return _time_writer
    read: Writer = partial(fitted, column) if column.type == "enum" else KINDS[column.type].read
    change = KINDS[column.type].writer(sqlite)
    if change is None:
        return read
    return change if column.type == "json" else lambda value: change(read(value))


def _text_writer(read: Writer) -> Writer:
    return lambda value: value if value.__class__ is str and "\x00" not in value else read(value)


def _float_writer(read: Writer) -> Writer:
    return lambda value: value if value.__class__ is float and isfinite(value) else read(value)


@lru_cache(maxsize=64)
def _time_of_text(value: str) -> str:
    """SQLite's text of a time that is a text; rows that are written together often have the same one."""
    return _time(value)


def _time(value: Any) -> str:
    kind = KINDS["timestamp"]
    assert kind.to_sqlite is not None
    return str(kind.to_sqlite(kind.read(value)))


def _time_writer(value: Any) -> str:
    return _time_of_text(value) if value.__class__ is str else _time(value)


def _default(column: Column, sqlite: bool) -> Any:
    """The database's value of a default, or what gives one for each record."""
    if column.default == "uuid" and column.type == "uuid":
        return lambda: str(uuid.uuid4())
    is_now = column.default == "now" and column.type in ("timestamp", "date")
    return _writer(column, sqlite)(Moment(time.time()) if is_now else column.default)


def _hashed(password: str) -> str:
    from interpreter.security.passwords import hash_password

    return hash_password(password)


def last_of_each(rows: list[Row], conflict: Any) -> tuple[list[Row], list[int]]:
    """Rows of which no two update the same record, and for each given one its place: the last counts.

    PostgreSQL takes no record twice in one statement. As with two statements, the first gives what no update changes.
    """
    if conflict is None or not (conflict[0] == "update" and conflict[2]):
        return rows, list(range(len(rows)))
    found: list[Row] = []
    known: dict[Any, int] = {}
    places = []
    for row in rows:
        key = tuple(map(row.get, conflict[1]))
        at = len(found) if None in key else known.setdefault(key, len(found))
        if at == len(found):
            found.append(row)
        else:
            changed = {name: row.get(name) for name in conflict[2]}
            found[at] = {**found[at], **changed}
        places.append(at)
    return found, places


def _unfit(table: Table, bad: dict[str, str], missing: list[str]) -> Fault:
    """One fault with every bad column of a record."""
    lacking = {name: f'"{name}" is missing, expected {KINDS[table.columns[name].type].expected}' for name in missing}
    found = {**bad, **lacking}
    details = {"table": table.name, "columns": found, "column": next(iter(found))}
    if not bad:
        message = f'a record of "{table.name}" lacks what it needs: {"; ".join(found.values())}'
        return Fault("run/not-null-violation", message, status=400, details=details)
    message = f'the record does not fit "{table.name}": {"; ".join(found.values())}'
    return Fault("run/wrong-record", message, status=400, details=details)


def merged(before: Any, change: dict[str, Any]) -> dict[str, Any]:
    """An object with another merged into it, deep."""
    if not isinstance(before, dict):
        return change
    both = {key: merged(before.get(key), value) if isinstance(value, dict) else value for key, value in change.items()}
    return {**before, **both}
