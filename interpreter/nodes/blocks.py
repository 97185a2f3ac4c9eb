"""Nodes that choose or gather blocks: conditional, switch, group."""

from __future__ import annotations

import ast

from interpreter import tree
from interpreter.catalog import flow
from interpreter.nodes.emitter import Emitter, Statements, block, cases, parameter
from interpreter.values import parse_number


@flow
def conditional(emit: Emitter, node: tree.Node) -> Statements:
    """Run one of several blocks: the first whose condition holds, else false_branch."""
    condition = parameter(node, "condition")
    assert condition is not None
    branches = [tree.Case(condition, block(node, "true_branch") or _empty(node)), *cases(node, "else_if")]
    return _first_that_holds(emit, node, branches)


def _first_that_holds(emit: Emitter, node: tree.Node, branches: list[tree.Case]) -> Statements:
    if not branches:
        return emit.block(block(node, "false_branch"))
    at = emit.at(node)
    before, test = emit.condition(branches[0].test)  # type: ignore[arg-type]
    body = emit.block(branches[0].block)
    return [*before, at.when(test, body, _first_that_holds(emit, node, branches[1:]))]


def _empty(node: tree.Node) -> tree.Block:
    return tree.Block([], node.span)


@flow
def switch(emit: Emitter, node: tree.Node) -> Statements:
    """Run the block whose label is the value; no fall-through."""
    at = emit.at(node)
    before, value = emit.value(parameter(node, "value"))
    label = emit.temporary()
    chain = emit.block(block(node, "default"))
    for case in reversed(cases(node, "cases")):
        assert isinstance(case.test, tree.Constant)
        wanted = at.constant(_label(case.test.value))
        test = at.compare(at.name(label), (ast.Eq(), wanted))
        chain = [at.when(test, emit.block(case.block), chain)]
    return [*before, at.assign(label, at.call("_case_label", value)), *chain]


def _label(written: object) -> str:
    """A label as the text that a value is compared as: 1, "1" and "1.0" are one label."""
    from interpreter.control import case_label

    number = parse_number(written) if isinstance(written, str) else None
    return case_label(float(number) if number is not None and float(number).is_integer() else written)


@flow
def group(emit: Emitter, node: tree.Node) -> Statements:
    """Nodes gathered under one heading; they run as if they stood alone."""
    return emit.block(block(node, "operations"))
