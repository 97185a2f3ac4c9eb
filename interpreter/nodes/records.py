"""Nodes that read and write one record."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.nodes import executions_table
from interpreter.nodes.which import EVERY, conditions, hide, secrets, some
from interpreter.values import absent, text


@action("*table", stored=True, secret=secrets)
def add_record(
    context: Context, table: Any, data: Any, on_conflict: Any = None, includes: Any = None, written: Any = None
) -> Any:
    """Add a record to a table; the record as it now stands."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("add_record")
    hide(context, table, data)
    record = context.world.tables.add(table, data, on_conflict)
    if record is not None and not absent(includes):
        query = {"filter": [["id", "$eq", record["id"]]], "includes": includes, "written": written}
        record = context.world.tables.first(table, query)
    return record


@action("*table", secret=secrets)
def get_record(
    context: Context,
    table: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
    **query: Any,
) -> Any:
    """One record, by id, field or filter; null where there is none."""
    return _first(context, table, conditions(filter, record_id, field_name, field_value), query)


@action("*table", secret=secrets)
def query_single_record(
    context: Context,
    table: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
    **query: Any,
) -> Any:
    """The first record that a filter finds; null where there is none."""
    return _first(context, table, conditions(filter, record_id, field_name, field_value), query)


def _first(context: Context, table: Any, found: Any, query: dict[str, Any]) -> Any:
    query = {**query, "filter": found}
    if table == executions_table.TABLE:
        return executions_table.first_of(context, query)
    return context.world.tables.first(table, query)


@action("*table", stored=True, secret=secrets)
def edit_record(
    context: Context,
    table: Any,
    data: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
    expected: Any = None,
) -> Any:
    """Change the given columns of one record; the record as it now stands."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("edit_record")
    hide(context, table, data)
    found = some("edit_record", conditions(filter, record_id, field_name, field_value))
    return context.world.tables.edit(table, found, data, expected=expected)


@action("*table", stored=True, secret=secrets)
def patch_record(
    context: Context,
    table: Any,
    data: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
    expected: Any = None,
) -> Any:
    """Change one record; what is given for a JSON column is merged into what it holds."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("patch_record")
    hide(context, table, data)
    found = some("patch_record", conditions(filter, record_id, field_name, field_value))
    return context.world.tables.patch(table, found, data, expected=expected)


@action("*table", stored=True, secret=secrets)
def add_or_edit_record(
    context: Context,
    table: Any,
    data: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
    on_conflict: Any = None,
) -> Any:
    """Change the record that is meant, or add it where it is not there; the record as it now stands."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("add_or_edit_record")
    hide(context, table, data)
    if record_id is EVERY and absent(field_name) and absent(filter):
        return context.world.tables.add(table, data, "update" if absent(on_conflict) else on_conflict)
    named = {} if absent(field_name) else {text(field_name): field_value}
    if record_id is not EVERY and not absent(record_id):
        named["id"] = record_id
    found = some("add_or_edit_record", conditions(filter, record_id, field_name, field_value))
    return context.world.tables.add_or_edit(table, found, data, named, on_conflict)


@action("*table", stored=True, secret=secrets)
def delete_record(
    context: Context,
    table: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
) -> Any:
    """Delete one record; the record as it was."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("delete_record")
    found = some("delete_record", conditions(filter, record_id, field_name, field_value))
    return context.world.tables.delete(table, found)


@action("*table")
def has_record(
    context: Context,
    table: Any,
    record_id: Any = EVERY,
    field_name: Any = None,
    field_value: Any = None,
    filter: Any = None,
) -> Any:
    """Whether a filter finds a record."""
    found = conditions(filter, record_id, field_name, field_value)
    if table == executions_table.TABLE:
        return executions_table.count_of(context, {"filter": found}) > 0
    return context.world.tables.has(table, found)
