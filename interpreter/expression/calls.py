"""Calls of filters, tests, stacks and lambdas become Python calls, plain where the arguments' types are certain."""

from __future__ import annotations

import ast

from interpreter import catalog, tree
from interpreter.expression.syntax import Syntax
from interpreter.expression.writer import Writer

_TOLERANT = frozenset(
    ("default", "coalesce", "first_notempty", "is_null", "is_not_null", "is_empty", "is_not_empty", "empty_to_null")
)
"""Filters that are asked about what may be missing: their piped value is read tolerantly in strict mode."""
_PYTHON_TYPES = {"text": "_str", "list": "_list", "object": "_dict"}
_CONSTANT_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}


class Calls(Writer):
    """The part of the emitter that writes calls, tests and lambdas."""

    def call(self, expression: tree.Call, at: Syntax) -> ast.expr:
        if expression.name == "now" and not expression.arguments:
            return at.name("_now")
        if expression.binding == "filter":
            return self.filter(expression, at)
        arguments, keywords = self.arguments(expression, at)
        if expression.binding == "function":
            place = at.constant(self.names.place())
            return at.context("invoke", place, at.constant(expression.name), arguments, keywords)
        called = self.names.load(tree.Name(expression.name, expression.name_span, "variable"), at)
        return at.call("_call_value", called, arguments, keywords)

    def filter(self, expression: tree.Call, at: Syntax) -> ast.expr:
        entry = self.names.filter(expression.name)
        if self.plain and is_positional(expression) and not entry.needs_context:
            written = self.plain_filter(entry, expression, at)
            if written is not None:
                return written
        if entry.name in _TOLERANT:
            self.tolerant = True
        arguments, keywords = self.arguments(expression, at)
        return at.call("_apply", at.name(f"_filter_{entry.name}"), at.name("_context"), arguments, keywords)

    def plain_filter(self, entry: catalog.Filter, expression: tree.Call, at: Syntax) -> ast.expr | None:
        """``x.upper()``, or ``_upper(x) if x.__class__ is str else careful``; None where types do not tell."""
        values = [argument.value for argument in expression.arguments]
        if not values or len(values) > len(entry.parameters):
            return None
        if entry.method and len(values) == 1:
            self.risky = True
            return at.method(self.expression(values[0]), entry.method)
        wanted = _PYTHON_TYPES.get(entry.parameters[0].type)
        if wanted is None or not all(map(_fits_exactly, values[1:], entry.parameters[1:])):
            return None
        self.risky = True  # the careful form says what is wrong with a value that the filter cannot use
        kept = self.names.temporary()
        fits = at.is_class(at.keep(kept, self.expression(values[0])), wanted)
        rest = [self.expression(value) for value in values[1:]]
        plainly = at.call(f"_plain_{entry.name}", at.name(kept), *rest)
        again = [self.expression(value) for value in values[1:]]
        carefully = at.call(
            "_apply",
            at.name(f"_filter_{entry.name}"),
            at.name("_context"),
            at.tuple_(at.name(kept), *again),
            at.constant(None),
        )
        return at.choose(fits, plainly, carefully)

    def arguments(self, expression: tree.Call, at: Syntax) -> tuple[ast.expr, ast.expr]:
        """Positional arguments as a tuple, keyword arguments as a dict or None."""
        positional: list[ast.expr] = []
        named: list[tuple[ast.expr | None, ast.expr]] = []
        for argument in expression.arguments:
            value = self.expression(argument.value)
            if argument.keyword is not None:
                named.append((at.constant(argument.keyword), value))
            elif argument.spread:
                positional.append(at.place(ast.Starred(at.call("_spread_list", value), ast.Load())))
            else:
                positional.append(value)
        return at.tuple_(*positional), at.dict_(named) if named else at.constant(None)

    def lambda_(self, expression: tree.Lambda, at: Syntax) -> ast.expr:
        """A Python lambda; careful throughout, since what raises inside a filter cannot be tried again."""
        plain, self.plain = self.plain, False
        names = self.names.enter(expression.parameters)
        body = self.expression(expression.body)
        self.names.leave()
        self.plain = plain
        parameters = [at.place(ast.arg(name)) for name in names]
        defaults = [at.name("_MISSING") for _ in names]
        extra = at.place(ast.arg("_extra"))
        signature = ast.arguments([], parameters, extra, [], [], None, defaults)
        return at.place(ast.Lambda(signature, body))

    def test(self, expression: tree.Test, at: Syntax) -> ast.expr:
        operand = self.tolerating(expression.operand)
        if expression.name in ("defined", "undefined"):
            missing = at.compare(at.class_of(operand), (ast.Is(), at.name("_Missing")))
            negated = expression.negated == (expression.name == "undefined")
            return at.unary(ast.Not(), missing) if negated else missing
        arguments = [self.expression(argument.value) for argument in expression.arguments]
        tested = at.call("_test", at.constant(expression.name), at.name("_context"), operand, *arguments)
        return at.unary(ast.Not(), tested) if expression.negated else tested


def is_positional(call: tree.Call) -> bool:
    return all(argument.keyword is None and not argument.spread for argument in call.arguments)


def _fits_exactly(value: tree.Expression, parameter: catalog.Parameter) -> bool:
    """Whether an argument is a literal of exactly the declared type."""
    wanted = _CONSTANT_TYPES.get(parameter.type, ())
    return isinstance(value, tree.Constant) and value.value.__class__ in wanted and not parameter.variadic
