"""What a flow node may ask of the compiler: a Protocol, so that no node imports it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from interpreter import tree
from interpreter.expression.syntax import Syntax

Statements = list[ast.stmt]


class Loop(Protocol):
    """One loop being compiled: the Python names of its index and of what it runs over."""

    index: str
    items: str


class Emitter(Protocol):
    """The compiler of one stack, while it is at one node."""

    def at(self, node: tree.Node) -> Syntax:
        """Syntax that stands where the node's function name stands."""

    def place(self) -> int:
        """The node's number in its program."""

    def value(self, expression: tree.Expression | None) -> tuple[Statements, ast.expr]:
        """Statements that must come first, and Python that is certain not to raise; null where absent."""

    def values(self, *expressions: tree.Expression | None) -> tuple[Statements, list[ast.expr]]:
        """Several values, evaluated in their order."""

    def object(self, node: tree.Node, names: list[str]) -> tuple[Statements, ast.expr]:
        """Those of the node's parameters that it has, as one dict."""

    def condition(self, expression: tree.Expression) -> tuple[Statements, ast.expr]:
        """The same as a truth value."""

    def set(self, variable: tree.Expression, value: tree.Expression | None, at: Syntax) -> Statements:
        """Give a variable the value of an expression."""

    def store(self, variable: str, value: ast.expr, at: Syntax) -> ast.stmt:
        """Give a variable a value that is Python already."""

    def current(self, variable: str, at: Syntax) -> ast.expr:
        """Python for a variable's value, as it is before the node."""

    def owned(self, variable: str, at: Syntax) -> ast.expr:
        """Python for the containers that a variable owns (``variables.Owned``)."""

    def result(self, node: tree.Node, value: ast.expr) -> Statements:
        """Keep a node's result under return_as or its implicit name, else only evaluate it."""

    def block(self, block: tree.Block | None) -> Statements:
        """A block's statements."""

    def loop_over(
        self, block: tree.Block, item_name: str | None, over: Callable[[Loop], ast.expr], at: Syntax
    ) -> Statements:
        """A loop's statements around its block."""

    def turn(self, at: Syntax) -> Statements:
        """What every turn of a loop does first."""

    def body(self, block: tree.Block) -> Statements:
        """The block of a loop without items."""

    def catching(self, block: tree.Block, error: str) -> Statements:
        """A catch block, in which ``error`` is the Python name of the error object."""

    def temporary(self) -> str:
        """A fresh Python name."""

    def leave_loop(self, how: str, at: Syntax) -> Statements:
        """``break`` or ``continue`` of the innermost loop."""

    def all_variables(self, at: Syntax) -> ast.expr:
        """Every variable of the stack, as one dict."""


def parameter(node: tree.Node, name: str) -> tree.Expression | None:
    """A parameter that is an expression; None where absent."""
    found = node.parameters.get(name)
    if found is None or isinstance(found, (tree.Block, list)):
        return None
    return found  # type: ignore[return-value]


def block(node: tree.Node, name: str) -> tree.Block | None:
    """A parameter that is a block; None where absent."""
    found = node.parameters.get(name)
    return found if isinstance(found, tree.Block) else None


def cases(node: tree.Node, name: str) -> list[tree.Case]:
    """A parameter that is a list of guarded blocks."""
    found = node.parameters.get(name)
    return found if isinstance(found, list) else []


def constant_text(expression: tree.Expression | None) -> str | None:
    """The text of a parameter that is a plain text; None where it is computed."""
    if isinstance(expression, tree.Constant) and isinstance(expression.value, str):
        return expression.value
    return None
