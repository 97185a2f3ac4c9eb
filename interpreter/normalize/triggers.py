"""A table's triggers become definitions: for each its condition, and what it gives to the function that it starts."""

from __future__ import annotations

from collections.abc import Iterator

from interpreter.diagnostic import Diagnostics
from interpreter.normalize.definitions import Definitions
from interpreter.source import Span
from interpreter.tree import Array, Definition, Literal, Member, Object, String, Value

_OWN = ("on", "function", "when", "columns", "batch")
"""What says when a trigger starts what; the rest is given to the function."""


def triggers(values: list[Value], diagnostics: Diagnostics) -> list[Definition]:
    """The definitions ``when 0``, ``given 0``, ``when 1``, … of the document of a table."""
    definitions = Definitions("triggers", diagnostics)
    definitions.read([stack for number, each in enumerate(_triggers(values)) for stack in _stacks(number, each)])
    return definitions.found


def functions(values: list[Value]) -> list[String]:
    """The names of the functions that the triggers start."""
    found = [each.get("function") for each in _triggers(values)]
    return [each for each in found if isinstance(each, String)]


def _triggers(values: list[Value]) -> list[Object]:
    found = values[0].get("triggers") if values and isinstance(values[0], Object) else None
    return [each for each in found.items if isinstance(each, Object)] if isinstance(found, Array) else []


def _stacks(number: int, trigger: Object) -> Iterator[Value]:
    when = trigger.get("when")
    if when is not None:
        yes, no = (_answer(Literal(value, when.span)) for value in (True, False))
        branches = {"function": String("conditional", when.span), "condition": when}
        node = _object(when.span, **branches, true_branch=yes, false_branch=no)
        yield _stack(f"when {number}", node)
    given = [member for member in trigger if member.key.value not in _OWN]
    if given:
        yield _stack(f"given {number}", _answer(Object(given, trigger.span)))


def _stack(name: str, node: Value) -> Value:
    """A definition that declares no inputs, so that a name which is none is told."""
    inputs = Object([], node.span)
    return _object(node.span, name=String(name, node.span), inputs=inputs, function_stack=Array([node], node.span))


def _answer(value: Value) -> Value:
    return _object(value.span, function=String("return_value", value.span), value=value)


def _object(span: Span, **members: Value) -> Object:
    return Object([Member(String(name, span), value) for name, value in members.items()], span)
