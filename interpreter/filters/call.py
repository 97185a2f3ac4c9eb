"""From a filter and whatever the author gave it to its result: the careful path of every filter call.

Each argument becomes what the filter's signature declares; what cannot is a fault that names the filter and the
argument. The compiler calls a filter's function directly where the arguments are certain to have the exact types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpreter import values
from interpreter.catalog import REQUIRED, Filter, Parameter
from interpreter.diagnostic import Fault
from interpreter.values import Missing, Moment, absent, kind, preview

Convert = Callable[[Any], Any]

MILLISECONDS_FROM = 1e11
"""A number at or beyond this is a time in milliseconds, below it in seconds (the year 5138)."""


class _Unfit(Exception):
    """A value that cannot become what was declared; ``args[0]`` is what was expected."""


# --- one value to one declared type -----------------------------------------------------------------


def _any(value: Any) -> Any:
    return None if value.__class__ is Missing else value


def _text(value: Any) -> str:
    if isinstance(value, (list, dict)) or callable(value):
        raise _Unfit("a text")
    return values.text(value)


def _number(value: Any) -> int | float:
    try:
        return values.number(value)
    except Fault:
        raise _Unfit("a number") from None


def _integer(value: Any) -> int:
    try:
        return values.integer(value)
    except Fault:
        raise _Unfit("a whole number") from None


def _boolean(value: Any) -> bool:
    return bool(value)


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if absent(value):
        return []
    raise _Unfit("a list")


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if absent(value):
        return {}
    raise _Unfit("an object")


def _function(value: Any) -> Callable[..., Any]:
    if callable(value) and not isinstance(value, (Missing, Moment)):
        return value  # type: ignore[no-any-return]
    raise _Unfit("a function, such as x => x.name")


def moment_of(value: Any) -> Moment | None:
    """A time, its ISO text, or its count of seconds (or milliseconds, from 1e11) as a Moment; else None."""
    if value.__class__ is Moment:
        return value
    if isinstance(value, str):
        parsed = Moment.parse(value.strip())
        if parsed is not None:
            return parsed
        number = values.parse_number(value)
        return None if number is None else moment_of(number)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e18:
        return Moment(microseconds=round(value * (1_000 if abs(value) >= MILLISECONDS_FROM else 1_000_000)))
    return None


def _moment(value: Any) -> Moment:
    found = moment_of(value)
    if found is None:
        raise _Unfit("a time (ISO 8601 text, or seconds since 1970)")
    return found


_ONE: dict[str, tuple[Convert, frozenset[type]]] = {
    "any": (_any, frozenset((str, int, float, bool, list, dict, type(None), Moment))),
    "text": (_text, frozenset((str,))),
    "number": (_number, frozenset((int, float))),
    "integer": (_integer, frozenset((int,))),
    "boolean": (_boolean, frozenset((bool,))),
    "list": (_list, frozenset((list,))),
    "object": (_object, frozenset((dict,))),
    "moment": (_moment, frozenset((Moment,))),
    "function": (_function, frozenset((type(lambda: None),))),
}
"""Each declared type: how a value becomes it, and the classes that need not."""


def _one_of(names: list[str]) -> Convert:
    """The first declared type that the value is, else the first that it can become."""
    structures = ((list, "list"), (dict, "object"))
    # A number becomes text where text is what is asked for first; in "a list or a text" it is neither.
    converts = [_ONE[name][0] for name in names if name != "text" or names[0] == "text"]

    def convert(value: Any) -> Any:
        for structure, name in structures:
            if isinstance(value, structure) and name in names:
                return value
        for attempt in converts:
            try:
                return attempt(value)
            except _Unfit:
                continue
        raise _Unfit(" or ".join(_SHOWN[name] for name in names))

    return convert


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


# --- one filter's arguments -------------------------------------------------------------------------


class Slot:
    """One parameter, ready to receive: its converter and the classes that pass as they are."""

    __slots__ = ("convert", "exact", "name", "python_name")

    def __init__(self, parameter: Parameter, keeps_missing: bool) -> None:
        names = parameter.type.split("|")
        self.name = parameter.name
        self.python_name = parameter.python_name
        self.exact = frozenset().union(*(_ONE[name][1] for name in names))
        self.convert = _ONE[names[0]][0] if len(names) == 1 else _one_of(names)
        if parameter.default is None:
            self.convert = _optional(self.convert)
        if keeps_missing and parameter.type == "any":
            self.exact |= {Missing}


def _optional(convert: Convert) -> Convert:
    def convert_unless_absent(value: Any) -> Any:
        return None if absent(value) else convert(value)

    return convert_unless_absent


class Plan:
    """How one filter receives its arguments; made once per filter."""

    __slots__ = ("by_name", "exact", "fixed", "function", "least", "most", "needs_context", "open", "rest", "slots")

    def __init__(self, entry: Filter) -> None:
        self.function = entry.function
        self.needs_context = entry.needs_context
        positional = [each for each in entry.parameters if not each.variadic and not each.named]
        variadic = [each for each in entry.parameters if each.variadic]
        self.slots = tuple(Slot(each, entry.is_test) for each in positional)
        self.rest = Slot(variadic[0], entry.is_test) if variadic else None
        self.by_name = {each.name: Slot(each, entry.is_test) for each in entry.parameters if not each.variadic}
        self.open = entry.keywords
        self.least = entry.least
        self.most = len(positional) if self.rest is None else None
        self.exact = tuple(slot.exact for slot in self.slots)
        # So many arguments at most go straight to the function; none do where the context goes first.
        self.fixed = -1 if self.needs_context else len(positional)


_PLANS: dict[Filter, Plan] = {}


def apply(entry: Filter, context: Any, arguments: tuple[Any, ...], keywords: dict[str, Any] | None = None) -> Any:
    """The filter's result for these arguments, the piped value first.

    ``context`` is the run's context (now, random, uuid); filters that do not need it never see it. Raises Fault:
    run/wrong-type for an argument that cannot become what is declared, run/wrong-value for one of no use.
    """
    plan = _PLANS.get(entry)
    if plan is None:
        plan = _PLANS[entry] = Plan(entry)
    exact = not keywords and plan.least <= len(arguments) <= plan.fixed
    if exact:
        for argument, classes in zip(arguments, plan.exact):
            if argument.__class__ not in classes:
                exact = False
                break
    try:
        if exact:
            return plan.function(*arguments)
        given, named = _received(entry, plan, context, arguments, keywords)
        return plan.function(*given, **named)
    except _PYTHONS as error:
        raise _as_fault(entry, arguments, error) from error


def _received(
    entry: Filter, plan: Plan, context: Any, arguments: tuple[Any, ...], keywords: dict[str, Any] | None
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as declared, the context first where it is needed; and the keyword arguments."""
    given = [
        argument if argument.__class__ in slot.exact else _converted(entry, slot, argument)
        for slot, argument in zip(plan.slots, arguments)
    ]
    if len(given) < len(arguments) or len(given) < plan.least:
        _receive_rest(entry, plan, given, arguments, keywords)
    if plan.needs_context:
        given.insert(0, context)
    return given, _named(entry, plan, keywords, len(arguments)) if keywords else {}


_PYTHONS = (ValueError, ArithmeticError, LookupError, RecursionError)
"""What a filter's own Python raises about a value; anything else is a defect of ours."""


def _as_fault(entry: Filter, arguments: tuple[Any, ...], error: Exception) -> Fault:
    if isinstance(error, RecursionError):
        return Fault("run/too-large", f'"{entry.name}" met a value that is nested too deeply')
    if isinstance(error, OverflowError) and str(error).startswith("date"):
        return Fault("run/wrong-value", f'"{entry.name}" of {_shown(arguments)} is outside the years 1 to 9999')
    if isinstance(error, OverflowError):
        return Fault("run/too-large", f'"{entry.name}" of {_shown(arguments)} is beyond the largest number (1.8e308)')
    reason = str(error) or type(error).__name__
    return Fault("run/wrong-value", f'"{entry.name}" cannot use {_shown(arguments)}: {reason}')


def _shown(arguments: tuple[Any, ...]) -> str:
    return ", ".join(map(preview, arguments[:3])) or "nothing"


def _converted(entry: Filter, slot: Slot, argument: Any) -> Any:
    try:
        return slot.convert(argument)
    except _Unfit as unfit:
        raise Fault(
            "run/wrong-type",
            f'"{entry.name}" takes {unfit.args[0]} as "{slot.name}", and {preview(argument)} is {kind(argument)}',
            f"as in {entry.signature}",
        ) from None


def _receive_rest(
    entry: Filter, plan: Plan, given: list[Any], arguments: tuple[Any, ...], keywords: dict[str, Any] | None
) -> None:
    """Add what goes to ``*rest``; Fault where there are too many arguments or too few."""
    extra = arguments[len(plan.slots) :]
    rest = plan.rest
    if rest is not None:
        for argument in extra:
            given.append(argument if argument.__class__ in rest.exact else _converted(entry, rest, argument))
        if len(arguments) >= plan.least:
            return
        extra = ()
    named = keywords or {}
    lacking = [
        parameter.name
        for parameter in entry.parameters[len(given) :]
        if parameter.default is REQUIRED and not parameter.variadic and parameter.name not in named
    ]
    if extra or lacking:
        said = f'lacks "{lacking[0]}"' if lacking else f"takes at most {plan.most} values, not {len(arguments)}"
        raise Fault("run/wrong-type", f'"{entry.name}" {said}', f"as in {entry.signature}")


def _named(entry: Filter, plan: Plan, keywords: dict[str, Any], given: int) -> dict[str, Any]:
    """The keyword arguments under their Python names, each as declared."""
    named: dict[str, Any] = {}
    positional = {slot.name for slot in plan.slots[:given]}
    for name, argument in keywords.items():
        slot = plan.by_name.get(name)
        if slot is not None and name not in positional:
            named[slot.python_name] = _converted(entry, slot, argument)
        elif slot is None and plan.open:
            named[name] = _any(argument)
        else:
            said = "is given twice" if slot is not None else "is no argument of it"
            raise Fault("run/wrong-type", f'"{entry.name}": "{name}" {said}', f"as in {entry.signature}")
    return named
