"""Operators become Python operators where these mean the same or raise, else calls of the careful functions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from interpreter import tree
from interpreter.expression.kinds import ANY, NUMBER, TEXT
from interpreter.expression.syntax import Syntax
from interpreter.expression.writer import NUMBERS, Writer
from interpreter.values import PLAIN_RESULT, Moment, parse_number

_ORDERINGS: dict[str, tuple[type[ast.cmpop], str]] = {
    "<": (ast.Lt, "_less"),
    "<=": (ast.LtE, "_less_equal"),
    ">": (ast.Gt, "_greater"),
    ">=": (ast.GtE, "_greater_equal"),
}
_CAREFUL = {
    "+": "_add",
    "-": "_subtract",
    "*": "_multiply",
    "/": "_divide",
    "//": "_floor_divide",
    "%": "_modulo",
    "**": "_power",
    "~": "_join_text",
    "==": "_equal",
    "===": "_identical",
    **{sign: careful for sign, (_, careful) in _ORDERINGS.items()},
}


class Operators(Writer):
    """The part of the emitter that writes operators and conditionals."""

    def unary(self, expression: tree.Unary, at: Syntax) -> ast.expr:
        operand = self.expression(expression.operand)
        if expression.operator == "not":
            return at.unary(ast.Not(), operand)
        if self.plain and self.kind(expression.operand) == NUMBER:
            self.risky = self.risky or not isinstance(expression.operand, tree.Constant)
            return at.unary(ast.USub() if expression.operator == "-" else ast.UAdd(), operand)
        return at.call("_negate" if expression.operator == "-" else "_positive", operand)

    def logical(self, expression: tree.Logical, at: Syntax) -> ast.expr:
        if expression.operator == "??":
            return self.otherwise(expression, at)
        if expression.operator == "or":
            left = self.tolerating(expression.left)
            return at.both(ast.Or(), left, self.expression(expression.right))
        shared = _shared_operand(expression)
        if shared is None or is_small(shared):
            return at.both(ast.And(), self.expression(expression.left), self.expression(expression.right))
        self.keeping[id(shared)] = self.names.temporary()
        left = self.expression(expression.left)
        self.kept[id(shared)] = self.keeping.pop(id(shared))
        right = self.expression(expression.right)
        del self.kept[id(shared)]
        return at.both(ast.And(), left, right)

    def otherwise(self, expression: tree.Logical, at: Syntax) -> ast.expr:
        kept = self.names.temporary()
        left = at.keep(kept, self.tolerating(expression.left))
        present = at.both(
            ast.And(),
            at.compare(left, (ast.IsNot(), at.constant(None))),
            at.compare(at.class_of(at.name(kept)), (ast.IsNot(), at.name("_Missing"))),
        )
        return at.choose(present, at.name(kept), self.expression(expression.right))

    def conditional(self, expression: tree.Conditional, at: Syntax) -> ast.expr:
        other = expression.otherwise
        return at.choose(
            self.expression(expression.test),
            self.expression(expression.then),
            at.constant(None) if other is None else self.expression(other),
        )

    def binary(self, expression: tree.Binary, at: Syntax, bounded: bool) -> ast.expr:
        """``bounded`` says that the operation around it sees to the size of the result."""
        operator = expression.operator
        if operator in ("in", "not in"):
            return self.membership(expression, at)
        if operator in ("!=", "!=="):
            return at.unary(ast.Not(), self.equality(expression, operator[:-1].replace("!", "=") + "=", at))
        if operator in ("==", "==="):
            return self.equality(expression, operator, at)
        if self.plain:
            written = self.plain_binary(expression, at, bounded)
            if written is not None:
                return written
        return self.careful_binary(expression, operator, at)

    def careful_binary(self, expression: tree.Binary, operator: str, at: Syntax) -> ast.expr:
        return at.call(_CAREFUL[operator], self.expression(expression.left), self.expression(expression.right))

    def plain_binary(self, expression: tree.Binary, at: Syntax, bounded: bool) -> ast.expr | None:
        """The operation as by hand, or None where the careful function is the better choice from the start."""
        operator, left, right = expression.operator, expression.left, expression.right
        kinds = (self.kind(left), self.kind(right))
        if operator == "+":
            return self.plain_sum(expression, kinds, at, bounded)
        if operator == "-" and TEXT not in kinds:
            return self.sum_or_difference(expression, ast.Sub(), at, bounded)
        if operator == "*" and TEXT not in kinds:
            product = at.binary(self.numeric(left, at), ast.Mult(), self.numeric(right, at))
            return self.calculated(product, at, bounded)
        if operator == "%" and kinds[0] == NUMBER:
            self.risky = True
            return at.binary(self.expression(left), ast.Mod(), self.numeric(right, at))
        if operator in _ORDERINGS:
            return self.plain_ordering(expression, kinds, at)
        return None

    def plain_sum(self, expression: tree.Binary, kinds: tuple[str, str], at: Syntax, bounded: bool) -> ast.expr | None:
        """A plain ``+`` raises unless both sides are numbers, as soon as one is known to be one."""
        if NUMBER in kinds and TEXT not in kinds:
            return self.sum_or_difference(expression, ast.Add(), at, bounded)
        if kinds == (ANY, ANY) and is_small(expression.right):

            def plainly(kept: ast.expr, right: ast.expr) -> ast.expr:
                return self.calculated(at.binary(kept, ast.Add(), right), at, bounded)

            return self.if_number(expression, plainly, "_add", at)
        return None

    def sum_or_difference(self, expression: tree.Binary, operator: ast.operator, at: Syntax, bounded: bool) -> ast.expr:
        """Adding a small literal to a number within the size limit cannot leave it: that needs no guard."""
        guarded = bounded or not _moves_little(expression)
        left, right = self.operand(expression.left, guarded), self.operand(expression.right, guarded)
        return self.calculated(at.binary(left, operator, right), at, bounded or not guarded)

    def calculated(self, result: ast.expr, at: Syntax, bounded: bool) -> ast.expr:
        """``kept if -1e15 < (kept := left * right) < 1e15 else _sized(kept)``: sizes stay bounded."""
        self.risky = True
        if bounded:
            return result
        kept = self.names.temporary()
        within = at.compare(
            at.unary(ast.USub(), at.constant(PLAIN_RESULT)),
            (ast.Lt(), at.keep(kept, result)),
            (ast.Lt(), at.constant(PLAIN_RESULT)),
        )
        return at.choose(within, at.name(kept), at.call("_sized", at.name(kept)))

    def if_number(
        self, expression: tree.Binary, plainly: Callable[[ast.expr, ast.expr], ast.expr], careful: str, at: Syntax
    ) -> ast.expr:
        """``plain if type(kept := left) is a number's else careful(kept, right)``."""
        self.risky = True
        kept = self.names.temporary()
        left = at.keep(kept, self.expression(expression.left))
        number = at.is_one_of(left, self.names.temporary(), NUMBERS)
        then = plainly(at.name(kept), self.expression(expression.right))
        return at.choose(number, then, at.call(careful, at.name(kept), self.expression(expression.right)))

    def numeric(self, expression: tree.Expression, at: Syntax) -> ast.expr:
        """An operand that raises unless it is a number: unary plus, where the kind does not tell already."""
        written = self.operand(expression)
        return written if self.kind(expression) == NUMBER else at.unary(ast.UAdd(), written)

    def plain_ordering(self, expression: tree.Binary, kinds: tuple[str, str], at: Syntax) -> ast.expr | None:
        """A plain comparison raises unless both sides are numbers, as soon as one is known to be one."""
        operator, careful = _ORDERINGS[expression.operator]
        if NUMBER in kinds:
            self.risky = True
            return at.compare(self.expression(expression.left), (operator(), self.expression(expression.right)))
        if kinds == (ANY, ANY) and is_small(expression.right):
            return self.if_number(expression, lambda kept, right: at.compare(kept, (operator(), right)), careful, at)
        return None

    def equality(self, expression: tree.Binary, operator: str, at: Syntax) -> ast.expr:
        left, right = expression.left, expression.right
        for side, other in ((right, left), (left, right)):
            if isinstance(side, tree.Constant):
                written = self.equals_constant(other, side, operator, at)
                if written is not None:
                    return written
        if self.kind(left) == self.kind(right) == NUMBER:
            return at.compare(self.expression(left), (ast.Eq(), self.expression(right)))
        return self.careful_binary(expression, operator, at)

    def equals_constant(
        self, expression: tree.Expression, constant: tree.Constant, operator: str, at: Syntax
    ) -> ast.expr | None:
        """Comparison with a literal, where ``==`` of Python means the same; None where it does not."""
        value, kind = constant.value, self.kind(expression)
        written = self.expression
        if value is None:
            return at.compare(self.tolerating(expression), (ast.Eq(), written(constant)))
        if isinstance(value, bool):
            return at.compare(written(expression), (ast.Is(), written(constant)))
        if isinstance(value, str):
            special = parse_number(value) is not None or Moment.parse(value) is not None
            return None if special else at.compare(written(expression), (ast.Eq(), written(constant)))
        if kind == NUMBER:
            return at.compare(written(expression), (ast.Eq(), written(constant)))
        kept = self.names.temporary()
        number = at.is_one_of(at.keep(kept, written(expression)), self.names.temporary(), NUMBERS)
        plain = at.compare(at.name(kept), (ast.Eq(), written(constant)))
        return at.choose(number, plain, at.call(_CAREFUL[operator], at.name(kept), written(constant)))

    def membership(self, expression: tree.Binary, at: Syntax) -> ast.expr:
        found = at.call("_contains", self.expression(expression.right), self.expression(expression.left))
        return at.unary(ast.Not(), found) if expression.operator == "not in" else found


def _shared_operand(conjunction: tree.Logical) -> tree.Expression | None:
    """The middle of ``a < b < c``, which is one node in both comparisons; None where there is none."""
    first, second = conjunction.left, conjunction.right
    if isinstance(first, tree.Logical):
        first = first.right
    if isinstance(second, tree.Binary):
        middle = second.left
    elif isinstance(second, tree.Test):
        middle = second.operand
    else:
        return None
    return middle if middle is first or (isinstance(first, tree.Binary) and middle is first.right) else None


def _moves_little(expression: tree.Binary) -> bool:
    """Whether one side of a sum is a literal of at most 1e15."""
    sides = [each.value for each in (expression.left, expression.right) if isinstance(each, tree.Constant)]
    return any(isinstance(value, (int, float)) and abs(value) <= PLAIN_RESULT for value in sides)


def is_small(expression: tree.Expression) -> bool:
    """Whether writing it twice costs little: a name, a literal, or a short path."""
    depth = 0
    while isinstance(expression, tree.Attribute) and depth < 3:
        expression, depth = expression.target, depth + 1
    return isinstance(expression, (tree.Name, tree.Constant))
