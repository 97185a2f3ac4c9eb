"""Nodes that hold several changes together, and that speak SQL."""

from __future__ import annotations

from typing import Any

from interpreter import tree
from interpreter.catalog import action, flow
from interpreter.context import Context
from interpreter.nodes.emitter import Emitter, Statements, block


@flow
def database_transaction(emit: Emitter, node: tree.Node) -> Statements:
    """Run nodes whose changes to records are all written, or none where one of them fails."""
    at = emit.at(node)
    statements = emit.block(block(node, "operations")) or [at.skip()]
    return [at.within(at.context("transaction", at.constant(emit.place())), statements)]


@action("direct_database_query", stored=True)
def direct_database_query(context: Context, query: Any, parameters: Any = None) -> Any:
    """Run SQL of the author's own, where the workspace allows it; its rows."""
    return context.world.tables.sql(query, parameters)
