"""What a database refuses becomes a Fault that a stack can catch: which rule of which table, and which columns."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from interpreter.adapters.tables.model import Table
from interpreter.diagnostic import Fault
from interpreter.values import preview, text

_SQLITE_RULES = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: "unique",
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: "unique",
    sqlite3.SQLITE_CONSTRAINT_ROWID: "unique",
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: "foreign key",
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: "not null",
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: "foreign key",
}
_POSTGRESQL_RULES = {"23505": "unique", "23503": "foreign key", "23502": "not null", "23001": "foreign key"}
_COLUMNS = re.compile(r"Key \((.*?)\)=")


def fault_of(error: Exception, table: Table, given: dict[str, Any] | None = None, *, reads: bool = False) -> Fault:
    """The fault of what a driver raised; ``given`` are the values of the record that was written, where it was one."""
    rule, columns = _sqlite(error) if isinstance(error, sqlite3.Error) else _postgresql(error)
    if rule == "foreign key":  # SQLite names no column, and what was deleted has none
        columns = columns or [each.name for each in table.references() if (given or {}).get(each.name) is not None]
        columns = [] if given is None else columns
    details: dict[str, Any] = {"table": table.name, "columns": columns, "column": columns[0] if columns else None}
    if rule == "unique":
        return _unique(table, columns, given, details)
    if rule == "foreign key":
        return _foreign_key(table, columns, given, details)
    if rule == "not null":
        message = f'a record of "{table.name}" needs "{details["column"]}"'
        return Fault("run/not-null-violation", message, "give it a value", status=400, details=details)
    message = f'the database refused to {"read" if reads else "change"} "{table.name}": {said(error)}'
    return Fault("run/database", message, status=500, details=details)


def _unique(table: Table, columns: list[str], given: dict[str, Any] | None, details: dict[str, Any]) -> Fault:
    plain = [name for name in columns if name in table.columns and not table.columns[name].is_secret]
    shown = ", ".join(preview(given[name]) for name in plain if given and name in given)
    names = " and ".join(f'"{name}"' for name in columns) or "its key"
    message = f'there is a record of "{table.name}" with that {names} already{": " + shown if shown else ""}'
    hint = "use another value, or on_conflict"
    return Fault("run/unique-violation", message, hint, status=409, details=details)


def _foreign_key(table: Table, columns: list[str], given: dict[str, Any] | None, details: dict[str, Any]) -> Fault:
    if given is None:
        message = f'a record of "{table.name}" is referred to by another one'
        hint = "delete what refers to it first, or declare on_delete"
        return Fault("run/foreign-key-violation", message, hint, status=409, details=details)
    told = [f'"{name}" {preview(given.get(name))}' for name in columns]
    message = f'a record of "{table.name}" refers to one that is not there: {", ".join(told) or "its reference"}'
    hint = "write the record that it refers to first"
    return Fault("run/foreign-key-violation", message, hint, status=400, details=details)


def _sqlite(error: sqlite3.Error) -> tuple[str, list[str]]:
    rule = _SQLITE_RULES.get(getattr(error, "sqlite_errorcode", 0), "")
    _, _, named = str(error).partition("failed: ")
    columns = [each.strip().partition(".")[2] for each in named.split(",") if "." in each]
    return rule, columns


def _postgresql(error: Any) -> tuple[str, list[str]]:
    rule = _POSTGRESQL_RULES.get(error.sqlstate or "", "")
    about = error.diag
    if rule == "not null" and about.column_name:
        return rule, [about.column_name]
    found = _COLUMNS.search(about.message_detail or "")
    columns = [each.strip().strip('"') for each in found[1].split(",")] if found else []
    return rule, columns


def said(error: Exception) -> str:
    """The database's own words, on one line."""
    return text(str(error).strip().split("\n", 1)[0]) or type(error).__name__
