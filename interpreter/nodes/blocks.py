"""Nodes that choose or gather blocks: conditional, switch, group."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from interpreter import tree
from interpreter.catalog import flow
from interpreter.expression.syntax import Syntax
from interpreter.nodes.emitter import Emitter, Statements, block, cases, parameter
from interpreter.values import parse_number

GROUP = 100
"""Branches in one chain of ``elif``: Python nests them, and its compiler goes only so deep."""


class Arm(NamedTuple):
    """One branch, compiled: what comes before its test, its test, and what runs where that holds."""

    before: Statements
    test: ast.expr
    body: Statements


@flow
def conditional(emit: Emitter, node: tree.Node) -> Statements:
    """Run one of several blocks: the first whose condition holds, else false_branch."""
    condition = parameter(node, "condition")
    assert condition is not None
    branches = [tree.Case(condition, block(node, "true_branch") or _empty(node)), *cases(node, "else_if")]
    searching = _searching(emit, len(branches))
    arms = [Arm(*emit.condition(each.test), emit.block(each.block)) for each in branches]  # type: ignore[arg-type]
    return _first_that_holds(emit.at(node), arms, emit.block(block(node, "false_branch")), searching)


def _searching(emit: Emitter, count: int) -> str | None:
    """A name for whether no branch has held so far, where there are too many for one chain.

    It is taken before the branches are compiled, so that none of them takes it too.
    """
    return emit.temporary() if count > GROUP else None


def _first_that_holds(at: Syntax, arms: Sequence[Arm], otherwise: Statements, searching: str | None) -> Statements:
    """A chain of ``if … elif … else``; a long one in groups, each entered only while nothing has held."""
    if searching is None:
        return _chain(at, arms, otherwise)
    found: Statements = []
    for start in range(0, len(arms), GROUP):
        nothing_held = [at.assign(searching, at.constant(True))]
        group = [
            at.assign(searching, at.constant(False)),
            *_chain(at, arms[start : start + GROUP], nothing_held),
        ]
        found += [at.when(at.name(searching), group)] if start else group
    return [*found, at.when(at.name(searching), otherwise)] if otherwise else found


def _chain(at: Syntax, arms: Sequence[Arm], otherwise: Statements) -> Statements:
    for before, test, body in reversed(arms):
        otherwise = [*before, at.when(test, body, otherwise)]
    return otherwise


def _empty(node: tree.Node) -> tree.Block:
    return tree.Block([], node.span)


@flow
def switch(emit: Emitter, node: tree.Node) -> Statements:
    """Run the block whose label is the value; no fall-through."""
    at = emit.at(node)
    labelled = cases(node, "cases")
    before, value = emit.value(parameter(node, "value"))
    label = emit.temporary()
    searching = _searching(emit, len(labelled))
    default = emit.block(block(node, "default"))
    arms: list[Arm] = []
    for case in labelled:
        assert isinstance(case.test, tree.Constant)
        test = at.compare(at.name(label), (ast.Eq(), at.constant(_label(case.test.value))))
        arms.append(Arm([], test, emit.block(case.block)))
    chosen = _first_that_holds(at, arms, default, searching)
    return [*before, at.assign(label, at.call("_case_label", value)), *chosen]


def _label(written: object) -> str:
    """A label as the text that a value is compared as: 1, "1" and "1.0" are one label."""
    from interpreter.control import case_label

    number = parse_number(written) if isinstance(written, str) else None
    return case_label(float(number) if number is not None and float(number).is_integer() else written)


@flow
def group(emit: Emitter, node: tree.Node) -> Statements:
    """Nodes gathered under one heading; they run as if they stood alone."""
    return emit.block(block(node, "operations"))
