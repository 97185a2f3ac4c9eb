"""Record nodes on the table ``async_executions`` become questions to the engine; it can only be read."""

from __future__ import annotations

from typing import Any

from interpreter.conditions import JOINING, Conditions
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.values import absent, integer

TABLE = "async_executions"


def refuse(node: str) -> Fault:
    """The fault of a node that would write."""
    hint = "executions are begun by async calls and ended by cancel_execution"
    return Fault("run/read-only", f'"{node}" cannot write to "{TABLE}", which can only be read', hint)


def all_of(context: Context, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """query_all_records."""
    for name in ("join", "includes"):
        if not absent(parameters.get(name)):
            raise Fault("run/wrong-value", f'"{TABLE}" has nothing to {name}: filter by parent_id or root_id instead')
    limit = _number(parameters, "limit")
    offset = _number(parameters, "offset") or 0
    page = _number(parameters, "page")
    if page is not None and limit is not None:
        offset += max(page - 1, 0) * limit
    found = context.executions.query(_filter(parameters), parameters.get("sort"), limit, offset)
    return [_selected(record, parameters.get("select")) for record in found]


def first_of(context: Context, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """get_record and query_single_record."""
    found = all_of(context, {**parameters, "limit": 1})
    return found[0] if found else None


def count_of(context: Context, parameters: dict[str, Any]) -> int:
    """count_records and has_record."""
    return context.executions.count_of(_filter(parameters))


def _filter(parameters: dict[str, Any]) -> Conditions:
    """What is looked for; ``id`` is another name of ``execution_id``."""
    given = parameters.get("filter")
    return [_renamed(each) for each in given or ()]


def _renamed(condition: list[Any]) -> list[Any]:
    if len(condition) == 3:
        column, *rest = condition
        return ["execution_id" if column == "id" else column, *rest]
    word, value = condition
    if word in JOINING:
        return [word, [[_renamed(each) for each in part] for part in value]]
    return [word, [_renamed(each) for each in value]] if word == "$not" else condition


def _number(parameters: dict[str, Any], name: str) -> int | None:
    given = parameters.get(name)
    if absent(given):
        return None
    number = integer(given, name)
    if number < 0:
        raise Fault("run/wrong-value", f'"{name}" is {number}, expected 0 or more')
    return number


def _selected(record: dict[str, Any], select: Any) -> dict[str, Any]:
    if absent(select):
        return record
    names = [each.strip() for each in select.split(",")] if isinstance(select, str) else list(select)
    return {name: record.get(name) for name in names}
