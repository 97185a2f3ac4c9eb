"""Nodes that raise errors and catch them."""

from __future__ import annotations

import ast

from interpreter import tree
from interpreter.catalog import flow
from interpreter.nodes.emitter import Emitter, Statements, block, parameter


@flow
def try_catch(emit: Emitter, node: tree.Node) -> Statements:
    """Run a block; on an error the catch block with ``error`` set; the finally block in any case."""
    at = emit.at(node)
    body = emit.block(block(node, "try_block")) or [at.skip()]
    catch, final = block(node, "catch_block"), block(node, "finally_block")
    handlers = []
    if catch is not None or final is None:
        raised, error = emit.temporary(), emit.temporary()
        caught = at.assign(error, at.context("caught", at.name(raised)))
        handling = [caught, *(emit.catching(catch, error) if catch else [])]
        handlers = [at.place(ast.ExceptHandler(at.name("_Exception"), raised, handling))]
    ending = (emit.block(final) or [at.skip()]) if final is not None else []
    return [at.place(ast.Try(body, handlers, [], ending))]


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
