"""Nodes that read and write many records at once."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.nodes import executions_table
from interpreter.nodes.which import conditions, hide, secrets, some
from interpreter.values import absent, preview


@action("*table", secret=secrets)
def query_all_records(context: Context, table: Any, **query: Any) -> Any:
    """All records that a filter finds; with a page, its items and totals."""
    if table == executions_table.TABLE:
        return executions_table.all_of(context, query)
    return context.world.tables.find(table, query)


@action("*table")
def count_records(context: Context, table: Any, filter: Any = None) -> Any:
    """How many records a filter finds."""
    if table == executions_table.TABLE:
        return executions_table.count_of(context, {"filter": conditions(filter)})
    return context.world.tables.count(table, conditions(filter))


@action("*table", secret=secrets)
def aggregate_query(context: Context, table: Any, **query: Any) -> Any:
    """Counts, sums and averages over a table."""
    if table == executions_table.TABLE:
        hint = "count_records counts them; the metrics of a worker say the rest"
        raise Fault("run/wrong-value", f'"{table}" cannot be aggregated', hint)
    return context.world.tables.aggregate(table, query)


@action("*table", stored=True)
def bulk_add_records(context: Context, table: Any, data: Any, on_conflict: Any = None) -> Any:
    """Add many records at once, all or none; their ids."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("bulk_add_records")
    records = [] if absent(data) else data
    if not isinstance(records, list):
        raise Fault("run/wrong-type", f"bulk_add_records needs a list of records, not {preview(data)}", status=400)
    hide(context, table, records)
    return context.world.tables.add_all(table, records, on_conflict)


@action("*table", stored=True)
def bulk_edit_records(context: Context, table: Any, data: Any, filter: Any = None, all: Any = False) -> Any:
    """Change every record that a filter finds, or each of a list by its id, all or none; how many."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("bulk_edit_records")
    hide(context, table, data)
    if isinstance(data, list):
        return context.world.tables.edit_each(table, data)
    found = conditions(filter)
    return context.world.tables.edit_all(table, found if all is True else some("bulk_edit_records", found), data)


@action("*table", stored=True)
def bulk_delete_records(
    context: Context, table: Any, filter: Any = None, record_ids: Any = None, all: Any = False
) -> Any:
    """Delete every record that a filter finds, or that a list of ids names; how many."""
    if table == executions_table.TABLE:
        raise executions_table.refuse("bulk_delete_records")
    found = conditions(filter)
    if not absent(record_ids):
        found.append(["id", "$in", record_ids if isinstance(record_ids, list) else [record_ids]])
    return context.world.tables.delete_all(table, found if all is True else some("bulk_delete_records", found))
