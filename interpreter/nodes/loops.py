"""Nodes that repeat a block, and the two that leave it early."""

from __future__ import annotations

import ast

from interpreter import tree
from interpreter.catalog import flow
from interpreter.nodes.emitter import Emitter, Loop, Statements, block, constant_text, parameter


@flow
def loop(emit: Emitter, node: tree.Node) -> Statements:
    """Run a block for each item of a list, or each {key, value} of an object."""
    at = emit.at(node)
    before, array = emit.value(parameter(node, "array"))
    item = constant_text(parameter(node, "item_variable"))
    body = block(node, "operations") or tree.Block([], node.span)

    def over(_: Loop) -> ast.expr:
        return at.call("_items_of", array)

    return [*before, *emit.loop_over(body, item, over, at)]


@flow
def for_loop(emit: Emitter, node: tree.Node) -> Statements:
    """Run a block a number of times; item and index count from 0."""
    at = emit.at(node)
    before, count = emit.value(parameter(node, "count"))
    body = block(node, "operations") or tree.Block([], node.span)

    def over(_: Loop) -> ast.expr:
        return at.call("_count", count)

    return [*before, *emit.loop_over(body, None, over, at)]


@flow
def while_loop(emit: Emitter, node: tree.Node) -> Statements:
    """Run a block as long as a condition holds, at most max_iterations times (1,000,000 where absent)."""
    at = emit.at(node)
    condition = parameter(node, "condition")
    assert condition is not None
    before, most = emit.value(parameter(node, "max_iterations"))
    limit, left = emit.temporary(), emit.temporary()
    test_before, test = emit.condition(condition)
    stop = at.when(at.unary(ast.Not(), test), [at.place(ast.Break())])
    spent = at.compare(at.name(left), (ast.LtE(), at.constant(0)))
    too_many = at.place(ast.Raise(at.call("_too_many_turns", at.name(limit)), None))
    count_down = at.assign(left, at.binary(at.name(left), ast.Sub(), at.constant(1)))
    body = emit.body(block(node, "operations") or tree.Block([], node.span))
    return [
        *before,
        at.assign(limit, at.call("_turns", most)),
        at.assign(left, at.name(limit)),
        at.forever([*emit.turn(at), *test_before, stop, at.when(spent, [too_many]), count_down, *body]),
    ]


@flow
def break_loop(emit: Emitter, node: tree.Node) -> Statements:
    """End the innermost loop."""
    return emit.leave_loop("break", emit.at(node))


@flow
def continue_loop(emit: Emitter, node: tree.Node) -> Statements:
    """Go on with the innermost loop's next turn."""
    return emit.leave_loop("continue", emit.at(node))
