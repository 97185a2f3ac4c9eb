"""An author's own SQL becomes rows; its values are bound, whatever they are."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

from interpreter.adapters.tables.kinds import inexact
from interpreter.adapters.tables.refusals import said
from interpreter.database import Database
from interpreter.diagnostic import Fault
from interpreter.values import Moment, absent, encode, preview

_PARTS = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|::|:(?P<name>[A-Za-z_]\w*)|(?P<mark>\?)|%""",
    re.DOTALL,
)
"""Texts, names and comments, in which nothing is a parameter; casts; parameters; and what psycopg would read as one."""

_CONTROL = frozenset("begin start commit end rollback abort savepoint release attach detach vacuum".upper().split())
"""Statements of transactions and of whole databases."""


def run(database: Database, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """The rows of a statement with ``:name`` or ``?`` for its values."""
    sql, values = _bound(statement, parameters, database.is_sqlite)
    try:
        cursor = database.execute(sql, [_given(value, database.is_sqlite) for value in values])
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, map(_taken, row))) for row in cursor.fetchall()]
    except database.refusals as error:
        hint = "the statement is the author's own; its words are the database's"
        raise Fault("run/database", f"the database refused the statement: {said(error)}", hint, status=500) from error


def _bound(statement: str, parameters: Any, sqlite: bool) -> tuple[str, list[Any]]:
    """The statement in the driver's style, and its values in their order."""
    _check_single(statement)
    given = [] if absent(parameters) else parameters
    values: list[Any] = []

    def part(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None and found["mark"] is None:
            return found[0] if sqlite else found[0].replace("%", "%%")
        values.append(_named(given, name) if name else _next(given, len(values)))
        return "?" if sqlite else "%s"

    sql = _PARTS.sub(part, statement)
    if isinstance(given, list) and len(values) != len(given):
        message = f"the statement has {len(values)} parameters and was given {len(given)}"
        raise Fault("run/wrong-value", message, status=400)
    return sql, values


def _check_single(statement: str) -> None:
    """One statement, and none that begins or ends a transaction: the run has one of its own."""
    bare = _PARTS.sub(" ", statement).strip().rstrip(";").strip()
    if ";" in bare:
        raise Fault("run/wrong-value", "direct_database_query runs one statement at a time", status=400)
    word = bare.split(None, 1)[0].upper() if bare else ""
    if word in _CONTROL:
        hint = "put the nodes that belong together into a database_transaction"
        raise Fault("run/not-allowed", f'"{word}" cannot be run by direct_database_query', hint)


def _named(given: Any, name: str) -> Any:
    if not isinstance(given, dict) or name not in given:
        raise Fault("run/wrong-value", f'no parameter "{name}" was given', f'add it to parameters: {{"{name}": …}}')
    return given[name]


def _next(given: Any, position: int) -> Any:
    if not isinstance(given, list) or position >= len(given):
        raise Fault("run/wrong-value", "the statement has more parameters than it was given", status=400)
    return given[position]


def _given(value: Any, sqlite: bool) -> Any:
    if absent(value):
        return None
    if isinstance(value, Moment):
        return value.datetime.isoformat(timespec="microseconds")[:26] + "Z" if sqlite else value.datetime
    if isinstance(value, (dict, list)):
        return encode(value)
    if isinstance(value, (str, int, float)):
        return value
    raise Fault("run/wrong-type", f"{preview(value)} cannot be bound to a statement", status=400)


def _taken(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return Moment.of(value)
    if isinstance(value, Decimal):
        return inexact(value)
    if value is None or isinstance(value, (str, int, float, bool, dict, list)):
        return value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
