"""Nodes that write text, and the one that waits."""

from __future__ import annotations

from typing import Any

from interpreter import tree
from interpreter.catalog import action, flow, flow_with_result
from interpreter.context import Context
from interpreter.nodes.emitter import Emitter, Statements, parameter
from interpreter.values import text


@flow_with_result
def template_engine(emit: Emitter, node: tree.Node) -> Statements:
    """Fill a Jinja2 template, in Jinja's sandbox, with the given data or else all variables of the stack."""
    at = emit.at(node)
    before, (template, data) = emit.values(parameter(node, "template"), parameter(node, "data"))
    given = data if "data" in node.parameters else emit.all_variables(at)
    return [*before, *emit.result(node, at.call("_fill_template", template, given))]


@flow
def wait(emit: Emitter, node: tree.Node) -> Statements:
    """Wait a number of seconds."""
    at = emit.at(node)
    before, duration = emit.value(parameter(node, "duration"))
    return [*before, at.do(at.context("sleep_at", at.constant(emit.place()), duration))]


@action(touches=False)
def log(context: Context, message: Any = None, level: str = "info", data: Any = None) -> None:
    """Write one line to the run's log (stderr)."""
    context.log(text(level), text(message), data)
