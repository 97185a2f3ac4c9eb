"""Nodes that call other stacks, now or in the background, and await them."""

from __future__ import annotations

from interpreter import tree
from interpreter.catalog import flow, flow_with_result
from interpreter.nodes.emitter import Emitter, Statements, constant_text, parameter

OPTIONS = (
    "timeout",
    "resource_limits",
    "retry_policy",
    "timeout_handling",
    "priority",
    "queue",
    "delay",
    "callback_url",
    "idempotency_key",
)


@flow_with_result
def custom_function(emit: Emitter, node: tree.Node) -> Statements:
    """Call another function: its answer, or with execution_mode async its execution id at once."""
    if node.asynchronous:
        return _call_later(emit, node, "function", "name", "inputs")
    at = emit.at(node)
    before, (name, inputs) = emit.values(parameter(node, "name"), parameter(node, "inputs"))
    return [*before, *emit.result(node, at.context("call", at.constant(emit.place()), name, inputs))]


@flow
def background_task(emit: Emitter, node: tree.Node) -> Statements:
    """Send a task to the background; its execution id."""
    return _call_later(emit, node, "task", "task", "data")


def _call_later(emit: Emitter, node: tree.Node, kind: str, name: str, inputs: str) -> Statements:
    at = emit.at(node)
    before, (called, given) = emit.values(parameter(node, name), parameter(node, inputs))
    more, options = emit.object(node, [option for option in OPTIONS if option in node.parameters])
    call = at.context("call_later", at.constant(emit.place()), at.constant(kind), called, given, options)
    return [*before, *more, *emit.result(node, call)]


@flow_with_result
def async_function_await(emit: Emitter, node: tree.Node) -> Statements:
    """Wait for executions: their records in the order asked."""
    at = emit.at(node)
    before, (ids, timeout) = emit.values(parameter(node, "execution_ids"), parameter(node, "timeout"))
    mode = at.constant(constant_text(parameter(node, "mode")) or "all")
    on_timeout = at.constant(constant_text(parameter(node, "on_timeout")) or "return")
    call = at.context("wait", at.constant(emit.place()), ids, timeout, mode, on_timeout)
    return [*before, *emit.result(node, call)]


@flow_with_result
def cancel_execution(emit: Emitter, node: tree.Node) -> Statements:
    """Cancel executions that have not ended; their records."""
    at = emit.at(node)
    before, ids = emit.value(parameter(node, "execution_ids"))
    return [*before, *emit.result(node, at.context("cancel", at.constant(emit.place()), ids))]
