"""A call's arguments are held against the signature of what is called: how many, which names, plainly wrong types."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from interpreter import tree
from interpreter.catalog import Filter, Parameter, did_you_mean, misspelt
from interpreter.diagnostic import Diagnostics
from interpreter.filters import patterns
from interpreter.filters.call import moment_of
from interpreter.source import Span
from interpreter.values import parse_number

_SHOWN = {
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "a boolean",
    "list": "a list",
    "object": "an object",
    "moment": "a time",
    "function": "a function",
}
_CONTAINERS = frozenset(("list", "object", "function"))


def check_arguments(
    entry: Filter, arguments: Sequence[tree.Argument], span: Span, piped: bool, diagnostics: Diagnostics
) -> None:
    """Report what the run would refuse for certain. The piped value is the first of ``arguments``."""
    positional = [each.value for each in arguments if each.keyword is None and not each.spread]
    named = {each.keyword: each for each in arguments if each.keyword is not None}
    spread = any(each.spread for each in arguments)
    if entry.most is not None and len(positional) > entry.most:
        limit = _counted(entry.most - piped)
        message = f'"{entry.name}" is given {_counted(len(positional) - piped)}; {limit} at most were expected'
        diagnostics.error("resolve/wrong-arity", message, span, f"as in {entry.signature}")
        return
    if not spread:
        _check_required(entry, len(positional), named.keys(), span, diagnostics)
        for value, parameter in zip(positional, _receivers(entry, len(positional))):
            _check_type(entry, value, parameter, diagnostics)
    _check_named(entry, len(positional), named, diagnostics)
    _check_patterns(entry, positional, named, diagnostics)


class DeclaredInput(Protocol):
    """What a call needs to know of an input."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def required(self) -> bool: ...


class Callee(Protocol):
    """A stack that can be called; ``inputs`` is None where it declares none."""

    @property
    def inputs(self) -> Sequence[DeclaredInput] | None: ...


def check_inputs(
    name: str, declared: Sequence[DeclaredInput], given: dict[str, Span], span: Span, diagnostics: Diagnostics
) -> None:
    """Report what a called stack would refuse: inputs that it does not declare, and required ones not given.

    A misspelt input is one error, not two.
    """
    names = [each.name for each in declared]
    for written, place in given.items():
        if written not in names:
            message = f'"{name}" declares no input "{written}"'
            diagnostics.error("resolve/unknown-input", message, place, did_you_mean(written, names))
    meant = misspelt(given, names)
    for each in declared:
        if each.required and each.name not in given and each.name not in meant:
            message = f'"{name}" is not given its input "{each.name}", {each.type} was expected'
            diagnostics.error("resolve/missing-input", message, span)


def receiver(entry: Filter, position: int) -> Parameter | None:
    """The parameter that receives the positional argument of that number; None beyond the last."""
    receivers = _receivers(entry, position + 1)
    return receivers[position] if position < len(receivers) else None


def _receivers(entry: Filter, count: int) -> list[Parameter]:
    """The parameters that so many positional arguments go to; a variadic one takes all that follow."""
    found: list[Parameter] = []
    for parameter in entry.parameters:
        if parameter.variadic:
            return found + [parameter] * max(0, count - len(found))
        if not parameter.named:
            found.append(parameter)
    return found[:count]


def _counted(number: int) -> str:
    return f"{number} argument" if number == 1 else f"{number} arguments"


def _check_required(entry: Filter, given: int, named: Collection[str], span: Span, diagnostics: Diagnostics) -> None:
    received = {parameter.name for parameter in _receivers(entry, given)}
    for parameter in entry.parameters:
        if parameter.required and parameter.name not in received and parameter.name not in named:
            message = f'"{entry.name}" lacks its argument "{parameter.name}"'
            diagnostics.error("resolve/wrong-arity", message, span, f"as in {entry.signature}")
            return


def _check_named(entry: Filter, given: int, named: dict[str, tree.Argument], diagnostics: Diagnostics) -> None:
    received = {parameter.name for parameter in _receivers(entry, given) if not parameter.variadic}
    known = {parameter.name: parameter for parameter in entry.parameters if not parameter.variadic}
    for name, argument in named.items():
        span = argument.keyword_span or argument.value.span
        if name in received:
            message = f'"{entry.name}" is given its argument "{name}" twice, by place and by name'
            diagnostics.error("resolve/wrong-arity", message, span, f"as in {entry.signature}")
        elif name in known:
            _check_type(entry, argument.value, known[name], diagnostics)
        elif not entry.keywords:
            hint = did_you_mean(name, list(known)[1:]) or f"as in {entry.signature}"
            diagnostics.error("resolve/unknown-argument", f'"{entry.name}" has no argument "{name}"', span, hint)


def _check_type(entry: Filter, value: tree.Expression, parameter: Parameter, diagnostics: Diagnostics) -> None:
    kind = literal_kind(value)
    if kind is None:
        return
    types = parameter.type.split("|")
    if "any" in types or any(_becomes(value, kind, type) for type in types):
        return
    expected = " or ".join(_SHOWN.get(type, type) for type in types)
    diagnostics.error(
        "resolve/wrong-argument-type",
        f'"{entry.name}" is given {_SHOWN[kind]} as "{parameter.name}"; {expected} was expected',
        value.span,
        f"as in {entry.signature}",
    )


def literal_kind(value: tree.Expression) -> str | None:
    """The type of a literal, by its name; None where the value is computed, or null."""
    match value:
        case tree.Constant(value=bool()):
            return "boolean"
        case tree.Constant(value=str()):
            return "text"
        case tree.Constant(value=int() | float()):
            return "number"
        case tree.ListLiteral():
            return "list"
        case tree.ObjectLiteral():
            return "object"
        case tree.Lambda():
            return "function"
        case _:
            return None


def _becomes(value: tree.Expression, kind: str, type: str) -> bool:
    """Whether a literal is of a declared type, or becomes it when the filter is called."""
    if type in _CONTAINERS:
        return kind == type
    if type == "boolean":
        return True
    if kind in _CONTAINERS:
        return False
    assert isinstance(value, tree.Constant)
    if type == "moment":
        return moment_of(value.value) is not None
    if type in ("number", "integer"):
        number = parse_number(value.value) if kind == "text" else value.value
        return number is not None and (type == "number" or float(number).is_integer())
    return True


def _check_patterns(
    entry: Filter, positional: list[tree.Expression], named: dict[str, tree.Argument], diagnostics: Diagnostics
) -> None:
    given = dict(zip((parameter.name for parameter in _receivers(entry, len(positional))), positional))
    given.update((name, argument.value) for name, argument in named.items())
    pattern = given.get("pattern")
    if isinstance(pattern, tree.Constant) and isinstance(pattern.value, str) and pattern is not positional[0]:
        problem = patterns.problem(pattern.value)
        if problem:
            diagnostics.error("resolve/pattern", problem, pattern.span, "patterns are written in RE2 syntax")
