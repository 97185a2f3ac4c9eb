"""A record filter becomes SQL over executions: ``async_executions`` as a table that can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interpreter.background.store.records import COLUMNS, STATUS, record, shown
from interpreter.catalog import did_you_mean
from interpreter.conditions import Conditions, equal_to, read
from interpreter.database import Database, marks
from interpreter.diagnostic import Fault
from interpreter.values import Moment, absent, preview

MOST = 10_000
"""Rows that one query gives; more are a fault, not a full memory."""

_TEXTS = {
    "execution_id": "id",
    "function_name": "function",
    "kind": "kind",
    "error": "error",
    "error_message": "error_message",
    "queue": "queue",
    "parent_id": "parent_id",
    "root_id": "root_id",
}
_TIMES = {name: name for name in ("created_at", "started_at", "completed_at")}
_NUMBERS = {"attempt": "attempt", "priority": "priority"}
_PLAIN = {**_TEXTS, **_TIMES, **_NUMBERS}
_FIELDS = (*_PLAIN, "status", "state")

_COMPARED = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

Condition = tuple[str, list[Any]]
"""SQL, and its values."""


def query(
    database: Database, wanted: Conditions, sort: Any = None, limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """The records that a filter finds, in the order of ``sort``, else the oldest first.

    Fault run/wrong-value where the filter or sort names what is not there, run/too-large beyond ``MOST`` rows.
    """
    where, values = _all_of(database, wanted)
    most = MOST + 1 if limit is None else min(limit, MOST + 1)
    rows = database.run(
        f"SELECT {COLUMNS} FROM _executions WHERE {where} ORDER BY {_order(sort)} LIMIT ? OFFSET ?",
        (*values, most, offset),
    )
    if len(rows) > MOST:
        raise Fault("run/too-large", f"the filter finds more than {MOST:,} executions", "give a limit, or count them")
    return [record(row) for row in rows]


def count(database: Database, wanted: Conditions) -> int:
    """How many records a filter finds."""
    where, values = _all_of(database, wanted)
    return int(database.run(f"SELECT count(*) FROM _executions WHERE {where}", values)[0][0])


def _all_of(database: Database, wanted: Conditions) -> Condition:
    return _joined(" AND ", [_part(database, each) for each in wanted])


def _joined(word: str, parts: Iterable[Condition]) -> Condition:
    conditions = list(parts)
    if not conditions:
        return "1=1", []
    return "(" + word.join(sql for sql, _ in conditions) + ")", [value for _, values in conditions for value in values]


def _part(database: Database, condition: list[Any]) -> Condition:
    if len(condition) == 3:
        return _compared(database, *condition)
    word, value = condition
    if word in ("$and", "$or"):
        return _joined(" AND " if word == "$and" else " OR ", (_all_of(database, each) for each in value))
    if word == "$not":
        sql, values = _all_of(database, value)
        return f"NOT {sql}", values
    if absent(value):
        return "1=1", []
    return _all_of(database, equal_to(value) if word == "$equal" else read(value))


def _compared(database: Database, field: str, operator: str, value: Any) -> Condition:
    if field not in _FIELDS:
        hint = did_you_mean(field, _FIELDS) or f"it can be filtered by {', '.join(_FIELDS)}"
        raise Fault("run/wrong-value", f'async_executions has no column "{field}" to filter by', hint)
    if operator in ("$eq", "$ne") and isinstance(value, list):
        operator = "$in" if operator == "$eq" else "$nin"
    if operator == "$between":
        low, high = value if isinstance(value, list) and len(value) == 2 else _refuse(field, operator, value)
        return _joined(" AND ", [_compared(database, field, "$gte", low), _compared(database, field, "$lte", high)])
    if field in ("status", "state"):
        return _of_state(field, operator, value)
    column = _PLAIN[field]
    if operator == "$exists":
        return f"{column} IS {'NOT ' if value else ''}NULL", []
    if operator in ("$in", "$nin"):
        given = [_value(field, each) for each in (value if isinstance(value, list) else [value])]
        listed = f"{column} IN ({marks(len(given))})" if given else "1=0"
        return (listed, given) if operator == "$in" else (f"({column} IS NULL OR NOT {listed})", given)
    if operator in ("$like", "$ilike", "$contains"):
        return _alike(database, column, operator, str(value))
    if absent(value):
        return f"{column} IS {'NOT ' if operator == '$ne' else ''}NULL", []
    if operator == "$ne":
        return f"({column} IS NULL OR {column}<>?)", [_value(field, value)]
    return f"{column}{_COMPARED.get(operator, '=')}?", [_value(field, value)]


def _of_state(field: str, operator: str, value: Any) -> Condition:
    """Words that a record shows, which are not those in the table."""
    if operator not in ("$eq", "$ne", "$in", "$nin"):
        raise Fault("run/wrong-value", f'"{field}" can be compared by $eq, $ne, $in and $nin only')
    word: Callable[[str], str] = shown if field == "state" else STATUS.__getitem__
    wanted = value if isinstance(value, list) else [value]
    states = [own for own in STATUS if (word(own) in wanted) == (operator in ("$eq", "$in"))]
    return (f"state IN ({marks(len(states))})", list(states)) if states else ("1=0", [])


def _alike(database: Database, column: str, operator: str, value: str) -> Condition:
    if operator == "$contains":
        return (f"instr({column}, ?)>0" if database.is_sqlite else f"strpos({column}, ?)>0"), [value]
    if not database.is_sqlite:
        return f"{column} {'LIKE' if operator == '$like' else 'ILIKE'} ?", [value]
    if operator == "$ilike":
        return f"{column} LIKE ?", [value]
    glob = "".join({"%": "*", "_": "?"}.get(sign, f"[{sign}]" if sign in "*?[" else sign) for sign in value)
    return f"{column} GLOB ?", [glob]


def _value(field: str, value: Any) -> Any:
    """A value as the column keeps it."""
    if field in _TIMES:
        moment = Moment.parse(value) if isinstance(value, str) else value
        if isinstance(moment, Moment):
            return float(moment.seconds)
        if isinstance(moment, int | float) and not isinstance(moment, bool):
            return float(moment)
        return _refuse(field, "a time", value)
    if field in _NUMBERS:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else _refuse(field, "a", value)
    return str(value)


def _refuse(field: str, what: str, value: Any) -> Any:
    raise Fault("run/wrong-type", f'"{field}" cannot be compared with {preview(value)} ({what})')


def _order(sort: Any) -> str:
    """``-created_at``, ``[{"priority": "desc"}, "created_at"]`` and the like as SQL; the id decides the rest."""
    parts = []
    for each in sort if isinstance(sort, list) else [] if absent(sort) else [sort]:
        pairs = each.items() if isinstance(each, dict) else [(str(each).lstrip("-+"), str(each)[:1])]
        for field, way in pairs:
            if field not in _FIELDS:
                raise Fault("run/wrong-value", f'async_executions has no column "{field}" to sort by')
            parts.append(f"{_PLAIN.get(field, 'state')}{' DESC' if str(way).lower() in ('-', 'desc', '-1') else ''}")
    return ", ".join([*parts, "id"])
