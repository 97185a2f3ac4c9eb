"""What every part of the emitter shares: the form that is being written, and what the stack says about names."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from typing import NamedTuple, Protocol

from interpreter import catalog, tree
from interpreter.expression.kinds import KindOf, kind_of
from interpreter.expression.syntax import Syntax

NUMBERS = ("_int", "_float")
"""The Python names of the types that a number may have."""


class Written(NamedTuple):
    """An expression as Python, and whether evaluating it plainly may raise."""

    syntax: ast.expr
    risky: bool


class Names(Protocol):
    """What the stack's compiler tells the expressions inside it."""

    strict: bool

    def load(self, name: tree.Name, at: Syntax) -> ast.expr:
        """Python for reading a name."""

    def loop_field(self, key: str, at: Syntax) -> ast.expr | None:
        """Python for ``loop.key`` of the innermost loop, where it is one of the known fields."""

    def kind(self, name: tree.Name) -> str:
        """The kind of a name's value."""

    def temporary(self) -> str:
        """A fresh Python name."""

    def enter(self, parameters: list[str]) -> list[str]:
        """Open a lambda's scope; the Python names of its parameters."""

    def leave(self) -> None:
        """Close the innermost lambda's scope."""

    def filter(self, name: str) -> catalog.Filter:
        """A filter of the catalogue, noted as one that the program needs."""

    def place(self) -> int:
        """The number of the node that the expression belongs to."""


class Writer(ABC):
    """Writes one form of one expression. ``risky`` gathers whether any of it may raise.

    ``keeping`` and ``kept`` are the operands that stand in two comparisons (``a < b < c``), by their id: the
    temporary name that the first is to keep its value in, and the second reads it from.
    """

    def __init__(self, names: Names, plain: bool) -> None:
        self.names = names
        self.plain = plain
        self.risky = False
        self.tolerant = False
        self.bounded = False
        self.keeping: dict[int, str] = {}
        self.kept: dict[int, str] = {}
        self.kind_of_name: KindOf = names.kind

    def kind(self, expression: tree.Expression) -> str:
        return kind_of(expression, self.kind_of_name)

    @abstractmethod
    def expression(self, expression: tree.Expression) -> ast.expr:
        """Python for an expression of any sort."""

    def tolerating(self, expression: tree.Expression) -> ast.expr:
        """An expression whose outermost read may find nothing, also in strict mode."""
        self.tolerant = True
        return self.expression(expression)

    def operand(self, expression: tree.Expression, bounded: bool = True) -> ast.expr:
        """An operand of arithmetic; ``bounded`` where the result's size is seen to, so that its own need not be."""
        self.bounded = bounded
        return self.expression(expression)
