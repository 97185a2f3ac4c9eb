"""What the grammar matched becomes the nodes of an expression, each with its exact span."""

from __future__ import annotations

import re
from typing import Any

from interpreter.catalog import FILTERS, nearest
from interpreter.expression.tokens import Malformed, Token
from interpreter.source import Span
from interpreter.tree import (
    Argument,
    Attribute,
    Binary,
    Call,
    Conditional,
    Constant,
    Entry,
    Expression,
    Index,
    Lambda,
    ListLiteral,
    Logical,
    Name,
    ObjectLiteral,
    Slice,
    Spread,
    Test,
    Unary,
)

_LEVELS = (
    ("or",),
    ("??",),
    ("and",),
    ("==", "!=", "===", "!=="),
    ("<", "<=", ">", ">=", "in", "not in", "is"),
    ("+", "-", "~"),
    ("*", "/", "//", "%"),
    ("**",),
)
"""Binary operators, loosest first. What is tighter still stands in the grammar: unary (so -2 ** 2 is 4), filter,
attribute and call; and what is looser: the ternaries and the lambda."""

_PRECEDENCE = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_CHAINED = frozenset((3, 4))  # the levels where a < b < c means a < b and b < c
_RIGHT = _PRECEDENCE["**"]  # the one level that groups from the right
_LOGICAL = frozenset(("or", "??", "and"))
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", "'": "'", '"': '"'}
_ESCAPE = re.compile(r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
MAX_DIGITS = 4_000


def _across(first: Any, last: Any) -> Span:
    begin: Span = first.span
    return Span(begin.source, begin.start, last.span.end)


def _named(name: str, span: Span) -> str:
    """A name, unless it reaches for Python's insides."""
    if name.startswith("__"):
        raise Malformed(
            "expression/forbidden-name",
            f'"{name}" begins with two underscores, which no name of a stack may',
            span,
            "templates read data only; use another name",
        )
    return name


class Builder:
    """Makes the nodes: lark calls the method that a rule names with what the rule matched."""

    # --- chains of binary operators

    def first(self, parts: list[Any]) -> list[Any]:
        return parts

    def more(self, parts: list[Any]) -> list[Any]:
        chain: list[Any] = parts[0]
        chain += parts[1:]
        return chain

    def test(self, parts: list[Any]) -> list[Any]:
        arguments = parts[4] if len(parts) == 6 else []
        return self._add_test(parts[0], parts[1], parts[2], arguments, parts[-1])

    def test_of_one(self, parts: list[Any]) -> list[Any]:
        return self._add_test(parts[0], parts[1], parts[2], [Argument(parts[3])], parts[3])

    def _add_test(
        self, chain: list[Any], operator: Token, name: Token, arguments: list[Argument], last: Any
    ) -> list[Any]:
        """The name with its arguments follows ``is`` like an operand; folding makes the Test of it."""
        negated = operator.value != "is"
        operator = Token("IS", "is", operator.span)
        placeholder = Constant(None, name.span)
        chain += (operator, Test(placeholder, name.value, name.span, arguments, negated, _across(name, last)))
        return chain

    def folded(self, parts: list[Any]) -> Expression:
        return _fold(parts[0])

    # --- conditionals and lambdas

    def conditional(self, parts: list[Any]) -> Conditional:
        test = _fold(parts[0])
        return Conditional(test, parts[2], parts[4], _across(test, parts[4]))

    def inline_if(self, parts: list[Any]) -> Conditional:
        then, test = _fold(parts[0]), _fold(parts[2])
        otherwise = parts[4] if len(parts) == 5 else None
        return Conditional(test, then, otherwise, _across(then, otherwise or test))

    def function(self, parts: list[Any]) -> Lambda:
        head, body = parts
        names = re.findall(r"[^\s(),=>]+", head.value)
        for name in names:
            _named(name, head.span)
            if names.count(name) > 1:
                raise Malformed("expression/syntax", f'the function has two parameters named "{name}"', head.span)
        return Lambda(names, body, _across(head, body))

    # --- operands

    def unary(self, parts: list[Any]) -> Unary:
        return Unary(parts[0].value, parts[1], _across(*parts))

    def filtered(self, parts: list[Any]) -> Call:
        piped, _, name, *rest = parts
        arguments = rest[1] if len(rest) == 3 else []
        last = rest[-1] if rest else name
        return self._pipe(piped, name, arguments, last)

    def filtered_by_colons(self, parts: list[Any]) -> Call:
        piped, _, name, values = parts
        return self._pipe(piped, name, [Argument(value) for value in values], values[-1])

    def _pipe(self, piped: Expression, name: Token, arguments: list[Argument], last: Any) -> Call:
        _named(name.value, name.span)
        return Call(name.value, name.span, [Argument(piped), *arguments], _across(piped, last), piped=True)

    def colon_arguments(self, parts: list[Any]) -> list[Expression]:
        return parts[1::2]

    def grouped(self, parts: list[Any]) -> Expression:
        inner: Expression = parts[1]
        if not isinstance(inner, Name | Constant):
            inner.span = _across(parts[0], parts[2])
        return inner

    def attribute(self, parts: list[Any]) -> Attribute | Index:
        target, token = parts
        key = token.value.lstrip("?. \t\r\n")
        source, end = token.span.source, token.span.end
        key_span = Span(source, end - len(key), end)
        span = _across(target, token)
        if key.isdecimal():
            return Index(target, Constant(int(key), key_span), span)
        return Attribute(target, _named(key, key_span), key_span, span, token.value[0] == "?")

    def index(self, parts: list[Any]) -> Index:
        target, opening, index, closing = parts
        if isinstance(index, Constant) and isinstance(index.value, str):
            _named(index.value, index.span)
        return Index(target, index, _across(target, closing), opening.type == "OPTIONAL_INDEX")

    def slice(self, parts: list[Any]) -> Slice:
        return Slice(parts[0], parts[2], parts[4], _across(parts[0], parts[5]))

    def bound(self, parts: list[Any]) -> Expression | None:
        return parts[0] if parts else None

    def call(self, parts: list[Any]) -> Call:
        target = parts[0]
        arguments = parts[2] if len(parts) == 4 else []
        if isinstance(target, Name):
            return Call(target.id, target.span, arguments, _across(target, parts[-1]))
        if isinstance(target, Attribute):
            raise Malformed(
                "expression/not-a-name",
                f'"{target.key}" is called as a method, and values have none',
                target.key_span,
                _instead_of_method(target.key),
            )
        raise Malformed(
            "expression/not-a-name",
            "only a function's name can be called",
            target.span,
            "keep a function in a variable, and call it by that name",
        )

    # --- arguments

    def arguments(self, parts: list[Any]) -> list[Argument]:
        found: list[Argument] = parts[::2]
        named: set[str] = set()
        for argument in found:
            if argument.keyword is None:
                if named and not argument.spread:
                    raise Malformed(
                        "expression/syntax",
                        "an argument without a name stands behind one with a name",
                        argument.value.span,
                        "put the named arguments last",
                    )
            elif argument.keyword in named:
                span = argument.keyword_span or argument.value.span
                raise Malformed("expression/syntax", f'the argument "{argument.keyword}" is given twice', span)
            else:
                named.add(argument.keyword)
        return found

    def positional(self, parts: list[Any]) -> Argument:
        return Argument(parts[0])

    def keyword(self, parts: list[Any]) -> Argument:
        name, _, value = parts
        return Argument(value, _named(name.value, name.span), name.span)

    def spread_argument(self, parts: list[Any]) -> Argument:
        return Argument(parts[1], spread=True)

    # --- literals

    def name(self, parts: list[Any]) -> Name:
        token = parts[0]
        return Name(_named(token.value, token.span), token.span)

    def number(self, parts: list[Any]) -> Constant:
        token = parts[0]
        return Constant(_number(token), token.span)

    def text(self, parts: list[Any]) -> Constant:
        token = parts[0]
        return Constant(_unquoted(token), token.span)

    def constant(self, parts: list[Any]) -> Constant:
        token = parts[0]
        return Constant(_CONSTANTS.get(token.value), token.span)

    def list_literal(self, parts: list[Any]) -> ListLiteral:
        return ListLiteral(parts[1:-1:2], _across(parts[0], parts[-1]))

    def object_literal(self, parts: list[Any]) -> ObjectLiteral:
        return ObjectLiteral(parts[1:-1:2], _across(parts[0], parts[-1]))

    def entry(self, parts: list[Any]) -> Entry:
        key = parts[0]
        name = _unquoted(key) if key.type == "STRING" else key.value
        return Entry(Constant(_named(name, key.span), key.span), parts[2])

    def computed(self, parts: list[Any]) -> Entry:
        return Entry(parts[1], parts[4])

    def spread(self, parts: list[Any]) -> Spread:
        return Spread(parts[1], _across(*parts))


def _instead_of_method(name: str) -> str:
    """The mend of ``value.name()``: the filter of that name, or the one that is most like it."""
    found = [name] if name in FILTERS else nearest(name, FILTERS, 1)
    return f"write value|{found[0]}(…)" if found else "write value|filter(…)"


def _fold(chain: list[Any]) -> Expression:
    """Operands and operators in turn become a tree: split at the loosest operators, fold what is between."""
    if len(chain) == 1:
        return chain[0]  # type: ignore[no-any-return]
    if len(chain) == 3:
        return _combine(*chain)
    level = min(_PRECEDENCE[operator.value] for operator in chain[1::2])
    operators: list[Token] = []
    operands: list[Expression] = []
    begin = 0
    for position in range(1, len(chain), 2):
        if _PRECEDENCE[chain[position].value] == level:
            operands.append(_fold(chain[begin:position]))
            operators.append(chain[position])
            begin = position + 1
    operands.append(_fold(chain[begin:]))
    if level == _RIGHT:
        return _from_right(operands, operators)
    if level in _CHAINED:
        return _comparisons(operands, operators)
    return _from_left(operands, operators)


def _from_left(operands: list[Expression], operators: list[Token]) -> Expression:
    result = operands[0]
    for operator, operand in zip(operators, operands[1:]):
        result = _combine(result, operator, operand)
    return result


def _from_right(operands: list[Expression], operators: list[Token]) -> Expression:
    result = operands[-1]
    for operator, operand in zip(reversed(operators), operands[-2::-1]):
        result = _combine(operand, operator, result)
    return result


def _comparisons(operands: list[Expression], operators: list[Token]) -> Expression:
    """``a < b < c`` is ``a < b and b < c``; the shared operand is one node that stands in both."""
    left = operands[0]
    result: Expression | None = None
    for operator, operand in zip(operators, operands[1:]):
        comparison = _combine(left, operator, operand)
        result = Logical("and", result, comparison, _across(result, comparison)) if result else comparison
        left = comparison if isinstance(comparison, Test) else operand
    assert result is not None
    return result


def _combine(left: Expression, operator: Token, right: Expression) -> Expression:
    span = _across(left, right)
    if operator.type == "IS":
        if not isinstance(right, Test):
            message = f'"{operator.value} {right.span.text}" goes on behind its test with a tighter operator'
            raise Malformed("expression/syntax", message, right.span, "put brackets round the test: (value is test)")
        right.operand, right.span = left, span
        return right
    if operator.value in _LOGICAL:
        return Logical(operator.value, left, right, span)
    return Binary(operator.value, left, right, span)


def _number(token: Token) -> int | float:
    written = token.value
    if written.isdecimal():
        if len(written) > MAX_DIGITS:
            raise Malformed(
                "expression/syntax", f"the number has {len(written)} digits; {MAX_DIGITS} may be", token.span
            )
        return int(written)
    number = float(written)
    if number == float("inf"):
        raise Malformed("expression/syntax", f'"{written}" is too large for a number', token.span)
    return number


def _unquoted(token: Token) -> str:
    inner = token.value[1:-1]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(found: re.Match[str]) -> str:
    """One escape of JSON, or \\'; a backslash before anything else stays, so that '\\d+' is a pattern."""
    escape = found[1]
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape[0] == "u" and len(escape) > 1:
        units = bytes.fromhex(escape.replace("\\", "").replace("u", ""))
        return units.decode("utf-16-be", errors="replace")
    return found[0]
