"""Nodes that answer."""

from __future__ import annotations

from interpreter import tree
from interpreter.catalog import flow
from interpreter.nodes.emitter import Emitter, Statements, parameter


@flow
def return_response(emit: Emitter, node: tree.Node) -> Statements:
    """End the whole stack with a status, headers and a body."""
    at = emit.at(node)
    before, values = emit.values(*(parameter(node, name) for name in ("status", "body", "headers")))
    return [*before, at.give(at.context("respond", *values))]


@flow
def return_value(emit: Emitter, node: tree.Node) -> Statements:
    """End the stack with a value."""
    at = emit.at(node)
    before, value = emit.value(parameter(node, "value"))
    return [*before, at.give(at.call("_Response", value))]


@flow
def set_response_header(emit: Emitter, node: tree.Node) -> Statements:
    """Set one header of the answer that the stack will give."""
    at = emit.at(node)
    before, (name, value) = emit.values(parameter(node, "name"), parameter(node, "value"))
    headers = at.attribute(at.name("_context"), "response_headers")
    return [*before, at.do(at.call("_set_header", headers, name, value))]
