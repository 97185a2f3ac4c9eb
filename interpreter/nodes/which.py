"""The parameters of a record node become the conditions of the records that it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interpreter.conditions import Conditions, read
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.nodes import executions_table
from interpreter.values import absent, text

EVERY: Any = object()
"""Stands for a parameter that is not there at all, which null is not."""


def conditions(
    filter: Any = None, record_id: Any = EVERY, field_name: Any = None, field_value: Any = None
) -> Conditions:
    """What a filter, an id, or a field and its value say, together."""
    found: Conditions = [] if absent(filter) else list(filter)
    if record_id is not EVERY:
        found.append(["id", "$eq", None if absent(record_id) else record_id])
    if not absent(field_name):
        found.append([text(field_name), "$eq", field_value])
    return found


def some(node: str, found: Conditions) -> Conditions:
    """Conditions that a node which changes records was given; Fault run/whole-table where there are none."""
    if not says_something(found):
        message = f'"{node}" does not say which records, and would change every one'
        hint = 'give a filter; where every record is meant, a bulk_ node with "all": true says so'
        raise Fault("run/whole-table", message, hint)
    return found


def says_something(found: Conditions) -> bool:
    """Whether any condition is left when those that came out empty are not counted."""
    return any(len(each) == 3 or not _is_empty(*each) for each in found)


def _is_empty(word: str, value: Any) -> bool:
    if word == "$equal":
        return absent(value) or value == {}
    if word == "$filter":
        return not says_something(read(value))
    if word == "$not":
        return False
    return not any(says_something(each) for each in value)


def secrets(context: Context, parameters: dict[str, Any], *results: Any) -> list[Any]:
    """What the secret columns of records hold, in a node's data and in its result."""
    if parameters["table"] == executions_table.TABLE or not any(isinstance(each, (dict, list)) for each in results):
        return []
    names = context.world.tables.secrets(parameters["table"], parameters)
    found = list(_objects(results)) if names else []
    return [value for name in names for each in found for value in _at(each, name) if not absent(value)]


def hide(context: Context, table: Any, data: Any) -> None:
    """Before anything is said of data: what it has for secret columns is a secret of the run."""
    if found := secrets(context, {"table": table}, data):
        context.hide(found)


def _at(found: Any, path: str) -> Iterable[Any]:
    """What stands at a path; of a list on its way, in each of its items."""
    name, _, rest = path.partition(".")
    value = found.get(name) if isinstance(found, dict) else None
    if not rest:
        return [value]
    return [inner for each in (value if isinstance(value, list) else [value]) for inner in _at(each, rest)]


_PAGE = {"items", "page", "pages", "per_page"}
"""Keys of a page, which holds records and is none."""


def _objects(records: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for each in records:
        if isinstance(each, dict):
            yield from _objects(each["items"]) if each.keys() >= _PAGE else (each,)
        elif isinstance(each, list):
            yield from _objects(each)
