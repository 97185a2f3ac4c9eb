"""Nodes that read and write tables; their adapter belongs to a later version, but for the table of executions."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.nodes import executions_table
from interpreter.nodes.adapter import no_adapter


@action("*table")
def add_record(context: Context, **parameters: Any) -> Any:
    """Add a record to a table."""
    if executions_table.is_meant(parameters):
        raise executions_table.refuse("add_record")
    raise no_adapter("add_record")


@action("*table")
def get_record(context: Context, **parameters: Any) -> Any:
    """One record, by id, field or filter."""
    if executions_table.is_meant(parameters):
        return executions_table.first_of(context, parameters)
    raise no_adapter("get_record")


@action("*table")
def query_single_record(context: Context, **parameters: Any) -> Any:
    """The first record that a filter finds."""
    if executions_table.is_meant(parameters):
        return executions_table.first_of(context, parameters)
    raise no_adapter("query_single_record")


@action("*table")
def query_all_records(context: Context, **parameters: Any) -> Any:
    """All records that a filter finds."""
    if executions_table.is_meant(parameters):
        return executions_table.all_of(context, parameters)
    raise no_adapter("query_all_records")


@action("*table")
def edit_record(context: Context, **parameters: Any) -> Any:
    """Change fields of a record."""
    if executions_table.is_meant(parameters):
        raise executions_table.refuse("edit_record")
    raise no_adapter("edit_record")


@action("*table")
def patch_record(context: Context, **parameters: Any) -> Any:
    """Change only the given fields of a record."""
    if executions_table.is_meant(parameters):
        raise executions_table.refuse("patch_record")
    raise no_adapter("patch_record")


@action("*table")
def add_or_edit_record(context: Context, **parameters: Any) -> Any:
    """Add a record, or change it where it is there already."""
    if executions_table.is_meant(parameters):
        raise executions_table.refuse("add_or_edit_record")
    raise no_adapter("add_or_edit_record")


@action("*table")
def delete_record(context: Context, **parameters: Any) -> Any:
    """Delete a record."""
    if executions_table.is_meant(parameters):
        raise executions_table.refuse("delete_record")
    raise no_adapter("delete_record")


@action("*table")
def count_records(context: Context, **parameters: Any) -> Any:
    """How many records a filter finds."""
    if executions_table.is_meant(parameters):
        return executions_table.count_of(context, parameters)
    raise no_adapter("count_records")


@action("*table")
def has_record(context: Context, **parameters: Any) -> Any:
    """Whether a filter finds a record."""
    if executions_table.is_meant(parameters):
        return executions_table.count_of(context, parameters) > 0
    raise no_adapter("has_record")


@action("*table")
def aggregate_query(context: Context, **parameters: Any) -> Any:
    """Sums, counts and averages over a table."""
    raise no_adapter("aggregate_query")


@action("*table")
def bulk_add_records(context: Context, **parameters: Any) -> Any:
    """Add many records at once."""
    if executions_table.is_meant(parameters):
        raise executions_table.refuse("bulk_add_records")
    raise no_adapter("bulk_add_records")


@action("database_transaction")
def database_transaction(context: Context, **parameters: Any) -> Any:
    """Nodes whose records are written all or not at all."""
    raise no_adapter("database_transaction")


@action("direct_database_query")
def direct_database_query(context: Context, **parameters: Any) -> Any:
    """SQL of the author's own."""
    raise no_adapter("direct_database_query")
