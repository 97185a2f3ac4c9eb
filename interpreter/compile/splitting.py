"""Blocks nested too deeply for one Python function become functions inside it.

Python allows 20 statically nested blocks in one function. Where a node would go beyond, its statements move into an
inner function that shares the stack's variables; leaving a loop from there is a returned mark.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from interpreter import tree
from interpreter.expression.syntax import Syntax
from interpreter.nodes.emitter import Statements

LIMIT = 12
WEIGHTS = {"try_catch": 6, "loop": 2, "for_loop": 2, "while_loop": 2, "database_transaction": 2}
"""How many of Python's nested blocks a node takes, with room for the tries around risky expressions."""


class Around(Protocol):
    """What the compiler of the stack tells of the code around an inner function."""

    def bound(self) -> set[str]:
        """Python names that belong to the functions around."""

    def loop_level(self) -> int | None:
        """The level of the innermost loop, None outside any."""

    def temporary(self) -> str:
        """A fresh Python name."""


class Splitter:
    """Counts nesting while a stack is compiled; ``level`` is the number of functions inside one another."""

    def __init__(self) -> None:
        self.weights = [0]
        self.shared: set[str] = set()

    @property
    def level(self) -> int:
        return len(self.weights) - 1

    @contextmanager
    def inside(self, function: str) -> Iterator[bool]:
        """Around the compiling of one node; gives whether it goes into a function of its own."""
        weight = WEIGHTS.get(function, 0)
        splits = weight > 0 and self.weights[-1] + weight > LIMIT
        if splits:
            self.weights.append(weight)
        else:
            self.weights[-1] += weight
        try:
            yield splits
        finally:
            if splits:
                self.weights.pop()
            else:
                self.weights[-1] -= weight

    def split(self, statements: Statements, node: tree.Node, around: Around) -> Statements:
        """The statements as an inner function, and its call."""
        at = Syntax(node.function_span)
        name, result = f"_block{around.temporary()}", around.temporary()
        shared = sorted(assigned(statements) & around.bound())
        self.shared.update(shared)
        body = [at.place(ast.Nonlocal(shared)), *statements] if shared else statements
        parameters = ast.arguments([], [], None, [], [], None, [])
        inner = at.place(function_definition(name, parameters, body))
        call = at.assign(result, at.call(name))
        left = at.when(at.compare(at.name(result), (ast.IsNot(), at.constant(None))), self._left(result, around, at))
        return [inner, call, left]

    def _left(self, result: str, around: Around, at: Syntax) -> Statements:
        """What follows when the inner function was left early: the loop around goes on, or the stack ends."""
        ending: Statements = [at.give(at.name(result))]
        if around.loop_level() != self.level:
            return ending
        for mark, statement in (("_CONTINUE", ast.Continue()), ("_BREAK", ast.Break())):
            is_mark = at.compare(at.name(result), (ast.Is(), at.name(mark)))
            ending = [at.when(is_mark, [at.place(statement)], ending)]
        return ending


def assigned(statements: Statements) -> set[str]:
    """The names that statements assign, without those of functions inside them."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            if isinstance(node, ast.FunctionDef):
                found.update(name for each in node.body if isinstance(each, ast.Nonlocal) for name in each.names)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def function_definition(name: str, arguments: ast.arguments, body: Statements) -> ast.FunctionDef:
    """A ``def``; Python 3.12 added a field that it does not do without."""
    function = ast.FunctionDef(name, arguments, body, [])
    if "type_params" in ast.FunctionDef._fields:
        function.type_params = []  # type: ignore[attr-defined,unused-ignore]
    return function
