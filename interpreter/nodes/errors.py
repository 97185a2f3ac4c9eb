"""Nodes that raise errors and catch them."""

from __future__ import annotations

import ast

from interpreter import tree
from interpreter.catalog import flow
from interpreter.expression.syntax import Syntax
from interpreter.nodes.emitter import Emitter, Statements, block, parameter


@flow
def try_catch(emit: Emitter, node: tree.Node) -> Statements:
    """Run a block; on an error the catch block with ``error`` set; the finally block in any case."""
    at = emit.at(node)
    halted = emit.temporary()  # before the blocks, whose nodes would take its name else
    statements = emit.block(block(node, "try_block")) or [at.skip()]
    catch, final = block(node, "catch_block"), block(node, "finally_block")
    if catch is not None or final is None:
        raised, error = emit.temporary(), emit.temporary()
        caught = at.assign(error, at.context("caught", at.name(raised)))
        handling = [caught, *(emit.catching(catch, error) if catch else [])]
        statements = [at.attempt(statements, "_Exception", handling, raised)]
    return statements if final is None else _finally(halted, statements, emit.block(final), at)


def _finally(halted: str, statements: Statements, final: Statements, at: Syntax) -> Statements:
    """The final block runs however the statements end, but not where the run itself is ended from outside.

    A deadline, a cancel or a suspension is no error of the stack: a ``continue`` or an answer in the final block
    would swallow it.
    """
    again = at.place(ast.Raise(None, None))
    handlers = [
        at.place(ast.ExceptHandler(at.name("_Exception"), None, [again])),
        at.place(ast.ExceptHandler(at.name("_Halted"), None, [at.assign(halted, at.constant(True)), again])),
    ]
    ending = at.when(at.unary(ast.Not(), at.name(halted)), final, [])
    return [at.assign(halted, at.constant(False)), at.place(ast.Try(statements, handlers, [], [ending]))]


@flow
def throw_error(emit: Emitter, node: tree.Node) -> Statements:
    """End the stack with an error, or go to the nearest catch block."""
    at = emit.at(node)
    names = ("message", "code", "status", "details")
    before, values = emit.values(*(parameter(node, name) for name in names))
    return [*before, at.place(ast.Raise(at.call("_thrown", *values), None))]


@flow
def precondition(emit: Emitter, node: tree.Node) -> Statements:
    """Raise an error unless a condition holds."""
    at = emit.at(node)
    condition = parameter(node, "condition")
    assert condition is not None
    before, test = emit.condition(condition)
    inner, values = emit.values(*(parameter(node, name) for name in ("error_type", "message", "payload")))
    failing = [*inner, at.place(ast.Raise(at.call("_unmet", *values), None))]
    return [*before, at.when(at.unary(ast.Not(), test), failing)]
