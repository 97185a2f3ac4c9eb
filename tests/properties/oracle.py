"""A resolved expression becomes its value by walking its tree: what the compiled Python is held against.

It shares with the interpreter only what values mean (``interpreter.values``) and how filters receive their arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from interpreter import tree, values
from interpreter.catalog import FILTERS, TESTS
from interpreter.diagnostic import Fault
from interpreter.filters.call import apply

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": values.add,
    "-": values.subtract,
    "*": values.multiply,
    "/": values.divide,
    "//": values.floor_divide,
    "%": values.modulo,
    "**": values.power,
    "~": values.join_text,
    "==": values.equal,
    "!=": lambda left, right: not values.equal(left, right),
    "===": values.identical,
    "!==": lambda left, right: not values.identical(left, right),
    "<": values.less,
    "<=": values.less_equal,
    ">": values.greater,
    ">=": values.greater_equal,
    "in": lambda left, right: values.contains(right, left),
    "not in": lambda left, right: not values.contains(right, left),
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "not": lambda value: not value,
    "-": values.negate,
    "+": values.positive,
}
Scope = Mapping[str, Any]


def value_of(expression: Any, scope: Scope) -> Any:
    """The value of an expression; ``scope`` holds every name that means something."""
    match expression:
        case tree.Constant(value=value):
            return value
        case tree.Name(id=name, binding=binding):
            return _function(name) if binding == "filter" else scope.get(name, values.Missing(name))
        case tree.Attribute(target=target, key=key):
            return values.read(value_of(target, scope), key)
        case tree.Index(target=target, index=index):
            return values.read(value_of(target, scope), value_of(index, scope))
        case tree.Slice(target=target, start=start, stop=stop):
            whole = value_of(target, scope)
            return values.part(whole, *(None if bound is None else value_of(bound, scope) for bound in (start, stop)))
        case tree.Unary(operator=operator, operand=operand):
            return UNARY[operator](value_of(operand, scope))
        case tree.Binary(operator=operator, left=left, right=right):
            first = value_of(left, scope)
            return BINARY[operator](first, value_of(right, scope))
        case tree.Logical():
            return _logical(expression, scope)
        case tree.Conditional(test=test, then=then, otherwise=otherwise):
            chosen = then if value_of(test, scope) else otherwise
            return None if chosen is None else value_of(chosen, scope)
        case tree.Test():
            given = [
                value_of(expression.operand, scope),
                *(value_of(each.value, scope) for each in expression.arguments),
            ]
            return bool(apply(TESTS[expression.name], None, tuple(given))) != expression.negated
        case tree.Call():
            return _call(expression, scope)
        case tree.Lambda(parameters=parameters, body=body):
            return _closure(parameters, body, scope)
        case tree.ListLiteral(items=items):
            return _list(items, scope)
        case tree.ObjectLiteral(entries=entries):
            return _object(entries, scope)
        case tree.Template(parts=parts):
            return values.joined([values.text(value_of(part, scope)) for part in parts])
    raise AssertionError(expression)


def _logical(expression: tree.Logical, scope: Scope) -> Any:
    left = value_of(expression.left, scope)
    if expression.operator == "??":
        keeps = not values.absent(left)
    else:
        keeps = bool(left) == (expression.operator == "or")
    return left if keeps else value_of(expression.right, scope)


def _call(expression: tree.Call, scope: Scope) -> Any:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for argument in expression.arguments:
        value = value_of(argument.value, scope)
        if argument.keyword is not None:
            named[argument.keyword] = value
        elif argument.spread:
            positional.extend(values.spread_list(value))
        else:
            positional.append(value)
    if expression.binding == "filter":
        return apply(FILTERS[expression.name], None, tuple(positional), named or None)
    called = scope.get(expression.name)
    if not callable(called):
        raise Fault("run/wrong-type", "only functions can be called")
    return called(*positional, **named)


def _function(name: str) -> Callable[..., Any]:
    return lambda value, *_: apply(FILTERS[name], None, (value,))


def _closure(parameters: list[str], body: tree.Expression, scope: Scope) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        given = [*arguments, *[values.MISSING] * len(parameters)]
        return value_of(body, {**scope, **dict(zip(parameters, given, strict=False))})

    return call


def _list(items: list[Any], scope: Scope) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if isinstance(item, tree.Spread):
            found.extend(values.spread_list(value_of(item.value, scope)))
        else:
            found.append(value_of(item, scope))
    return found


def _object(entries: list[Any], scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if isinstance(entry, tree.Spread):
            found.update(values.spread_object(value_of(entry.value, scope)))
        else:
            key = values.text(value_of(entry.key, scope))
            found[key] = value_of(entry.value, scope)
    return found
