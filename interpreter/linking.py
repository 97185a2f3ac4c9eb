"""A program's code becomes a Python function: its names are bound to operators, filters and tests."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from interpreter import control, values, variables
from interpreter.catalog import FILTERS, TESTS
from interpreter.context import Response
from interpreter.diagnostic import Fault
from interpreter.program import STACK, Program
from interpreter.templating import fill_template
from interpreter.trail import PROGRAM

RISKY = (TypeError, LookupError, AttributeError, ArithmeticError, ValueError)
"""What a plain operation may raise; the careful one then takes over."""

_OPERATORS = (
    values.add,
    values.subtract,
    values.multiply,
    values.divide,
    values.floor_divide,
    values.modulo,
    values.power,
    values.negate,
    values.positive,
    values.join_text,
    values.equal,
    values.identical,
    values.less,
    values.less_equal,
    values.greater,
    values.greater_equal,
    values.contains,
    values.read,
    values.read_strict,
    values.part,
    values.text,
    values.sized,
    values.sized_text,
    values.sized_list,
    values.spread_list,
    values.spread_object,
    values.items_of,
    values.equal,
    variables.append,
    variables.prepend,
    variables.merge,
    variables.remove,
    variables.set_key,
    variables.change,
    variables.change_named,
    variables.increase,
    control.thrown,
    control.unmet,
    control.too_many_turns,
    control.turns,
    control.count,
    control.case_label,
    control.set_header,
    control.loop_object,
    control.lookup,
    fill_template,
)


def _call_value(called: Any, arguments: tuple[Any, ...], keywords: dict[str, Any] | None) -> Any:
    """A call of what a variable holds: only lambdas can be called."""
    if not callable(called):
        what = f"{values.preview(called)} is {values.kind(called)}"
        raise Fault("run/wrong-type", f"{what}, and only functions can be called")
    return called(*arguments, **(keywords or {}))


def _test(name: str, context: Any, value: Any, *arguments: Any) -> bool:
    from interpreter.filters.call import apply

    return bool(apply(TESTS[name], context, (value, *arguments), None))


def _function(name: str, context: Any) -> Callable[..., Any]:
    """A filter as a value: further arguments that a caller offers (index, whole list) are left out."""
    from interpreter.filters.call import apply

    entry = FILTERS[name]
    return lambda value, *_: apply(entry, context, (value,), None)


_RUNTIME: dict[str, Any] = {
    **{f"_{function.__name__}": function for function in _OPERATORS},
    "_type": type,
    "_str": str,
    "_int": int,
    "_float": float,
    "_list": list,
    "_dict": dict,
    "_len": len,
    "_enumerate": enumerate,
    "_Exception": Exception,
    "_Halted": BaseException,
    "_RISKY": RISKY,
    "_Missing": values.Missing,
    "_MISSING": values.MISSING,
    "_Response": Response,
    "_BREAK": object(),
    "_CONTINUE": object(),
    "_call_value": _call_value,
    "_test": _test,
    "_function": _function,
}

MOST_LINKED = 1_000
"""Programs; a worker that lives for months meets ever new ones as documents change."""
_linked: dict[int, tuple[Program, Callable[..., Any]]] = {}


def link(program: Program) -> Callable[..., Any]:
    """The program's function; made once for each program."""
    known = _linked.get(id(program))
    if known is not None:
        return known[1]
    if len(_linked) >= MOST_LINKED:
        _linked.clear()
    namespace = {**_RUNTIME, PROGRAM: program}
    for python, name in program.variables:
        namespace[f"_missing_{python}"] = values.Missing(name)
    _bind_catalogue(program, namespace)
    exec(program.code, namespace)
    function: Callable[..., Any] = namespace[STACK]
    _linked[id(program)] = (program, function)
    return function


def _bind_catalogue(program: Program, namespace: dict[str, Any]) -> None:
    for module in {*program.filters.values(), *program.tests.values()}:
        import_module(module)
    for name in program.filters:
        entry = FILTERS[name]
        namespace[f"_filter_{entry.name}"] = entry
        namespace[f"_plain_{entry.name}"] = entry.function
    if program.filters or program.tests:
        from interpreter.filters.call import apply

        namespace["_apply"] = apply
