"""Expressions become kinds: as much of a value's type as is certain before the run.

A kind promises that a value is of exactly that Python type, *or* is null or missing, on which every plain
Python operation raises and the careful one takes over. ``any`` promises nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from interpreter import catalog, tree

NUMBER, TEXT, BOOLEAN, LIST, OBJECT, ANY = "number", "text", "boolean", "list", "object", "any"
NOTHING = ""
"""No value has been seen yet: where the search for a variable's kind begins."""

KindOf = Callable[[tree.Name], str]

_ARITHMETIC = frozenset(("-", "*", "/", "//", "%", "**"))
_RESULTS = {"text": TEXT, "number": NUMBER, "integer": NUMBER, "boolean": BOOLEAN, "list": LIST, "object": OBJECT}


def merge(first: str, second: str) -> str:
    """The kind of a value that is of one kind or the other."""
    if first == second or second == NOTHING:
        return first
    return second if first == NOTHING else ANY


def kind_of(expression: tree.Expression, name_kind: KindOf) -> str:
    """The kind of an expression, where ``name_kind`` knows the kinds of names."""
    match expression:
        case tree.Constant(value=value):
            return constant_kind(value)
        case tree.Name():
            return name_kind(expression)
        case tree.Template():
            return TEXT
        case tree.ListLiteral():
            return LIST
        case tree.ObjectLiteral():
            return OBJECT
        case tree.Unary(operator="not") | tree.Test():
            return BOOLEAN
        case tree.Unary():
            return NUMBER
        case tree.Binary():
            return _binary_kind(expression, name_kind)
        case tree.Logical(left=left, right=right):
            return merge(kind_of(left, name_kind), kind_of(right, name_kind))
        case tree.Conditional(then=then, otherwise=otherwise) if otherwise is not None:
            return merge(kind_of(then, name_kind), kind_of(otherwise, name_kind))
        case tree.Call(binding="filter", name=name) if name in catalog.FILTERS:
            return _RESULTS.get(catalog.FILTERS[name].result, ANY)
        case tree.Attribute(target=tree.Name(id="loop", binding="loop"), key=key):
            return NUMBER if key in ("index", "index0", "length", "revindex", "revindex0") else ANY
        case _:
            return ANY


def constant_kind(value: object) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, (int, float)):
        return NUMBER
    return TEXT if isinstance(value, str) else ANY


def _binary_kind(expression: tree.Binary, name_kind: KindOf) -> str:
    if expression.operator == "~":
        return TEXT
    if expression.operator == "+":
        left, right = kind_of(expression.left, name_kind), kind_of(expression.right, name_kind)
        if TEXT in (left, right):
            return TEXT
        if left == right and left in (NUMBER, LIST, NOTHING):
            return left
        return right if left == NOTHING else left if right == NOTHING else ANY
    if expression.operator == "-":
        return NUMBER if kind_of(expression.left, name_kind) in (NUMBER, BOOLEAN, NOTHING) else ANY
    return NUMBER if expression.operator in _ARITHMETIC else BOOLEAN
