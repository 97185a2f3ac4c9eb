"""Pieces of Python syntax, each standing where the JSON it came from stands.

The idea is that of Hy's ``asty``: an ``ast`` node takes its position from the thing it was made of, so that
Python's own tracebacks, debuggers and profilers point into the document.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeVar

from interpreter.source import Span

Made = TypeVar("Made", bound=ast.expr | ast.stmt | ast.keyword | ast.arg | ast.excepthandler)
Statements = list[ast.stmt]


class Syntax:
    """Makes ``ast`` nodes at one place of a document."""

    __slots__ = ("column", "end_column", "end_line", "line")

    def __init__(self, span: Span) -> None:
        self.line, self.column = span.source.byte_position(span.start)
        self.end_line, self.end_column = span.source.byte_position(span.end)

    def place(self, node: Made) -> Made:
        node.lineno = self.line
        node.col_offset = self.column
        node.end_lineno = self.end_line
        node.end_col_offset = self.end_column
        return node

    def name(self, id: str) -> ast.expr:
        return self.place(ast.Name(id, ast.Load()))

    def target(self, id: str) -> ast.expr:
        return self.place(ast.Name(id, ast.Store()))

    def constant(self, value: object) -> ast.expr:
        return self.place(ast.Constant(value))  # type: ignore[arg-type]

    def call(self, function: str | ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.expr:
        called = self.name(function) if isinstance(function, str) else function
        named = [self.place(ast.keyword(key, value)) for key, value in keywords.items()]
        return self.place(ast.Call(called, list(arguments), named))

    def attribute(self, value: ast.expr, name: str) -> ast.expr:
        return self.place(ast.Attribute(value, name, ast.Load()))

    def method(self, value: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
        return self.call(self.attribute(value, name), *arguments)

    def context(self, method: str, *arguments: ast.expr) -> ast.expr:
        """A call of one of the context's methods."""
        return self.method(self.name("_context"), method, *arguments)

    def subscript(self, value: ast.expr, index: ast.expr) -> ast.expr:
        return self.place(ast.Subscript(value, index, ast.Load()))

    def compare(self, left: ast.expr, *rest: tuple[ast.cmpop, ast.expr]) -> ast.expr:
        return self.place(ast.Compare(left, [operator for operator, _ in rest], [right for _, right in rest]))

    def binary(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
        return self.place(ast.BinOp(left, operator, right))

    def unary(self, operator: ast.unaryop, operand: ast.expr) -> ast.expr:
        return self.place(ast.UnaryOp(operator, operand))

    def both(self, operator: ast.boolop, *values: ast.expr) -> ast.expr:
        return self.place(ast.BoolOp(operator, list(values)))

    def choose(self, test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
        return self.place(ast.IfExp(test, then, otherwise))

    def keep(self, name: str, value: ast.expr) -> ast.expr:
        """``(name := value)``."""
        return self.place(ast.NamedExpr(self.place(ast.Name(name, ast.Store())), value))

    def tuple_(self, *items: ast.expr) -> ast.expr:
        return self.place(ast.Tuple(list(items), ast.Load()))

    def list_(self, *items: ast.expr) -> ast.expr:
        return self.place(ast.List(list(items), ast.Load()))

    def dict_(self, entries: Sequence[tuple[ast.expr | None, ast.expr]]) -> ast.expr:
        return self.place(ast.Dict([key for key, _ in entries], [value for _, value in entries]))

    def class_of(self, value: ast.expr) -> ast.expr:
        """``type(value)``, which Python runs faster than ``value.__class__``."""
        return self.call("_type", value)

    def is_class(self, value: ast.expr, name: str) -> ast.expr:
        return self.compare(self.class_of(value), (ast.Is(), self.name(name)))

    def is_one_of(self, value: ast.expr, kept: str, names: Sequence[str]) -> ast.expr:
        """``(kept := type(value)) is name or kept is …``, which costs a third of a look into a set."""
        first, *others = names
        tests = [self.compare(self.keep(kept, self.class_of(value)), (ast.Is(), self.name(first)))]
        tests += [self.compare(self.name(kept), (ast.Is(), self.name(other))) for other in others]
        return self.both(ast.Or(), *tests) if others else self.is_class(value, first)

    # --- statements ---

    def assign(self, target: str | ast.expr, value: ast.expr) -> ast.stmt:
        where = self.target(target) if isinstance(target, str) else target
        return self.place(ast.Assign([where], value))

    def do(self, value: ast.expr) -> ast.stmt:
        return self.place(ast.Expr(value))

    def give(self, value: ast.expr) -> ast.stmt:
        """``return value``."""
        return self.place(ast.Return(value))

    def when(self, test: ast.expr, body: Statements, otherwise: Statements | None = None) -> ast.stmt:
        return self.place(ast.If(test, body or [self.skip()], otherwise or []))

    def skip(self) -> ast.stmt:
        return self.place(ast.Pass())

    def attempt(self, body: Statements, caught: str, handler: Statements, name: str | None = None) -> ast.stmt:
        """``try: body except caught as name: handler``."""
        clause = self.place(ast.ExceptHandler(self.name(caught), name, handler or [self.skip()]))
        return self.place(ast.Try(body or [self.skip()], [clause], [], []))

    def within(self, entered: ast.expr, body: Statements) -> ast.stmt:
        """``with entered: body``."""
        return self.place(ast.With([ast.withitem(entered, None)], body or [self.skip()]))

    def forever(self, body: Statements) -> ast.stmt:
        return self.place(ast.While(self.constant(True), body or [self.skip()], []))

    def loop(self, target: ast.expr, over: ast.expr, body: Statements) -> ast.stmt:
        return self.place(ast.For(target, over, body or [self.skip()], []))
