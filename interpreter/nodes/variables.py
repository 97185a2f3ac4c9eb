"""Nodes that set and change variables."""

from __future__ import annotations

import ast

from interpreter import tree
from interpreter.catalog import flow
from interpreter.expression.syntax import Syntax
from interpreter.nodes.emitter import Emitter, Statements, constant_text, parameter


@flow
def create_variable(emit: Emitter, node: tree.Node) -> Statements:
    """Give a variable a value."""
    name = parameter(node, "name")
    assert name is not None
    return emit.set(name, parameter(node, "value"), emit.at(node))


@flow
def update_variable(emit: Emitter, node: tree.Node) -> Statements:
    """Set a variable, or change it in place; the name may be a dotted path."""
    name, operation = parameter(node, "name"), constant_text(parameter(node, "operation")) or "set"
    assert name is not None
    written = constant_text(name)
    if written is None:
        return _change_named(emit, node, name, operation)
    if operation == "set" and "." not in written:
        return emit.set(name, parameter(node, "value"), emit.at(node))
    variable, *path = written.split(".")
    at = emit.at(node)
    if path:
        return _change_at_path(emit, node, variable, path, operation, at)
    before, (value, key) = emit.values(parameter(node, "value"), parameter(node, "key"))
    current = emit.current(variable, at)
    if operation in ("increment", "decrement"):
        changed = at.call("_increase", current, value, at.constant(1 if operation == "increment" else -1))
    else:
        arguments = (key, value) if operation == "set_key" else (value,)
        changed = at.call(f"_{operation}", current, emit.owned(variable, at), *arguments)
    return [*before, emit.store(variable, changed, at)]


def _change_at_path(
    emit: Emitter, node: tree.Node, variable: str, path: list[str], operation: str, at: Syntax
) -> Statements:
    before, (value, key) = emit.values(parameter(node, "value"), parameter(node, "key"))
    steps: list[ast.expr] = [at.constant(step) for step in path]
    changed = at.call(
        "_change",
        emit.current(variable, at),
        emit.owned(variable, at),
        at.tuple_(*steps),
        at.constant(operation),
        value,
        key,
    )
    return [*before, emit.store(variable, changed, at)]


def _change_named(emit: Emitter, node: tree.Node, name: tree.Expression, operation: str) -> Statements:
    """A variable whose name, or path, is computed."""
    at = emit.at(node)
    before, values = emit.values(name, parameter(node, "value"), parameter(node, "key"))
    written, value, key = values
    return [
        *before,
        at.do(at.call("_change_named", at.name("_variables"), written, at.constant(operation), value, key)),
    ]
