"""A function becomes an entry of a catalogue, found by its name: filters, tests and nodes.

Everything there is to know about an entry is read off its function: the name, the signature (arity and
types), the docstring (meaning, and for filters the examples that are also tests).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

# Types that a filter's signature may use. They are plain Python types, so that mypy checks the body too.
Text = str
Number = int | float
Boolean = bool
List = list[Any]
Object = dict[str, Any]
Function = Callable[..., Any]

F = TypeVar("F", bound=Callable[..., Any])

REQUIRED: Any = type("REQUIRED", (), {})


class Parameter:
    """One parameter of a filter: its name, its type by name, and its default where it has one.

    ``type`` is one of: any, text, number, integer, boolean, list, object, moment, function, context, text|list, …
    ``python_name`` is the name in the Python function, with the trailing ``_`` where it has one; ``named`` says
    that it can be given by keyword only.
    """

    __slots__ = ("default", "name", "named", "python_name", "type", "variadic")

    def __init__(self, name: str, type: str, default: Any, variadic: bool, named: bool = False) -> None:
        self.python_name = name
        self.name = name.removesuffix("_")
        self.named = named
        self.type = type
        self.default = default
        self.variadic = variadic

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and not self.variadic


class Example(NamedTuple):
    """One line of a filter's docstring: an expression and the JSON text that it gives."""

    expression: str
    result: str


_EXAMPLE = re.compile(r"^ *(\S.*?)  →  (.+)$", re.MULTILINE)


class Filter:
    """One filter: also callable as a function. Attributes are read off the Python function, when first asked for.

    ``needs_context`` is true where the first Python parameter is named ``context``: it is given the run's
    context (now, random, uuid) and is no parameter to authors. ``method`` names the str method that does
    exactly the same for a text, so that the compiler may write ``x.upper()``. ``is_test`` is true for what
    stands after ``is``: a test sees a missing value as missing. ``keywords`` is true where any keyword is taken.

    The docstring is a first sentence, the meaning; then perhaps more; then the examples, each a line of its own:
    an expression, two spaces, an arrow, two spaces, and the JSON text of the result.
    """

    def __init__(
        self,
        name: str,
        aliases: tuple[str, ...],
        function: Callable[..., Any],
        method: str | None,
        is_test: bool = False,
    ) -> None:
        self.name = name
        self.aliases = aliases
        self.function = function
        self.family = function.__module__
        self.method = method
        self.is_test = is_test
        self.needs_context = function.__code__.co_varnames[:1] == ("context",)

    @cached_property
    def doc(self) -> str:
        from inspect import cleandoc

        return cleandoc(self.function.__doc__ or "")

    @property
    def meaning(self) -> str:
        """The first sentence of the docstring."""
        return " ".join(self.doc.split("\n\n", 1)[0].split())

    @property
    def examples(self) -> list[Example]:
        """The docstring's examples: expressions and the JSON texts of their results."""
        return [Example(*found) for found in _EXAMPLE.findall(self.doc)]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        found = [
            Parameter(
                each.name,
                type_name(self._hints.get(each.name, Any)),
                REQUIRED if each.default is each.empty else each.default,
                each.kind is each.VAR_POSITIONAL,
                each.kind is each.KEYWORD_ONLY,
            )
            for each in self._signature
            if each.kind is not each.VAR_KEYWORD
        ]
        return tuple(found[1:] if self.needs_context else found)

    @cached_property
    def keywords(self) -> bool:
        return any(each.kind is each.VAR_KEYWORD for each in self._signature)

    @cached_property
    def result(self) -> str:
        return type_name(self._hints.get("return", Any))

    @cached_property
    def _hints(self) -> dict[str, Any]:
        from typing import get_type_hints

        return get_type_hints(self.function)

    @property
    def _signature(self) -> list[Any]:
        from inspect import signature

        return list(signature(self.function).parameters.values())

    @property
    def least(self) -> int:
        """How many arguments it needs, the piped value included."""
        return sum(parameter.required for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """How many arguments it takes; None where any number."""
        if any(parameter.variadic for parameter in self.parameters):
            return None
        return sum(not parameter.named for parameter in self.parameters)

    @property
    def signature(self) -> str:
        """As authors write it: ``value|replace(old, new, count = null)``."""
        return _signature(self)


def _signature(entry: Filter) -> str:
    from json import dumps

    shown = []
    for parameter in entry.parameters[1:]:
        if parameter.variadic:
            shown.append(f"...{parameter.name}")
        elif parameter.required:
            shown.append(parameter.name)
        else:
            shown.append(f"{parameter.name} = {dumps(parameter.default, default=_as_null)}")
    arguments = f"({', '.join(shown)})" if shown else ""
    if not entry.parameters:
        return f"{entry.name}()"
    return f"{entry.parameters[0].name}|{entry.name}{arguments}"


def _as_null(left_out: Any) -> None:
    """A default that stands for "not given" is shown as null."""


_TYPE_NAMES: dict[Any, str] = {
    Any: "any",
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "list",
    dict: "object",
    type(None): "null",
}


def type_name(hint: Any) -> str:
    """A Python annotation as the word that authors know: ``int | float`` is number, ``list[Any]`` is list."""
    if hint in _TYPE_NAMES:
        return _TYPE_NAMES[hint]
    origin = getattr(hint, "__origin__", None)
    if origin in _TYPE_NAMES:
        return _TYPE_NAMES[origin]
    if hint == Function or origin is getattr(Function, "__origin__", object()):
        return "function"
    arguments: Iterable[Any] = getattr(hint, "__args__", ())
    if arguments:
        names = [type_name(argument) for argument in arguments]
        if "integer" in names and "number" in names:
            names.remove("integer")
        if "any" in names:
            return "any"
        return "|".join(dict.fromkeys(name for name in names if name != "null"))
    return str(getattr(hint, "__name__", hint)).lower()


FILTERS: dict[str, Filter] = {}
"""Every filter under each of its names; filled by importing ``interpreter.filters.families``."""

TESTS: dict[str, Filter] = {}
"""What may stand after ``is``; filled by importing ``interpreter.filters.families``."""


def filter(*aliases: str, name: str | None = None, method: str | None = None) -> Callable[[F], F]:
    """Make a function a filter under its own name (a trailing ``_`` dropped) and the given aliases."""

    def register(function: F) -> F:
        entry = Filter(name or function.__name__.removesuffix("_"), aliases, function, method)
        for each in (entry.name, *aliases):
            assert each not in FILTERS, f"two filters are named {each!r}"
            FILTERS[each] = entry
        return function

    return register


def test(*aliases: str, name: str | None = None) -> Callable[[F], F]:
    """Make a function a test, for ``value is name``."""

    def register(function: F) -> F:
        entry = Filter(name or function.__name__.removesuffix("_"), aliases, function, None, is_test=True)
        for each in (entry.name, *aliases):
            assert each not in TESTS, f"two tests are named {each!r}"
            TESTS[each] = entry
        return function

    return register


def found_late(catalogue: dict[str, Filter], name: str) -> Filter | None:
    """The filter or test of a name that only the running stack knows: a run has imported just the families it names."""
    if name not in catalogue:
        import_module("interpreter.filters.families")
    return catalogue.get(name)


class NodeEntry:
    """One node of the language. A flow node's function returns Python syntax; an action node's a value.

    ``result_name`` is the variable that holds the result where ``return_as`` is absent (None: nothing;
    ``*table`` means: named by the table parameter).
    """

    __slots__ = ("family", "flow", "function", "name", "recorded", "result_name", "secret", "stored", "touches")

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        flow: bool,
        result_name: str | None,
        recorded: bool = True,
        stored: bool = False,
        secret: bool | Callable[..., Any] = False,
        touches: bool = True,
    ) -> None:
        self.name = name
        self.function = function
        self.family = function.__module__
        self.flow = flow
        self.result_name = result_name
        self.recorded = recorded
        self.stored = stored
        self.secret = secret
        self.touches = touches

    @property
    def doc(self) -> str:
        from inspect import cleandoc

        return cleandoc(self.function.__doc__ or "")


NODES: dict[str, NodeEntry] = {}
"""Every node under its canonical name; filled by importing ``interpreter.nodes``."""


def flow(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a flow node: ``(emit, node) -> list[ast.stmt]``."""
    return _add_node(function, True, None)


def flow_with_result(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a flow node that leaves its result under its own name where ``return_as`` is absent."""
    return _add_node(function, True, function.__name__)


def action(
    result: str | None = None,
    *,
    recorded: bool = True,
    stored: bool = False,
    secret: bool | Callable[..., Any] = False,
    touches: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function an action node: ``(context, **parameters) -> value``, reached through ``context.act``.

    One that is not ``recorded`` changes nothing: no journal keeps its result, and a repeated run does it again. The
    effect of one that is ``stored`` is rows in the workspace's own database: effect and journal are one transaction.
    What a ``secret`` one gives is a secret of the run from then on; or what a function of context, parameters and
    result says. One that does not touch the world (it computes, or looks at its own machine) is performed in a dry
    run too.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        return _add_node(function, False, result, recorded=recorded, stored=stored, secret=secret, touches=touches)

    return register


def _add_node(function: Callable[..., Any], is_flow: bool, result: str | None, **kind: Any) -> Callable[..., Any]:
    name = function.__name__.removesuffix("_")
    assert name not in NODES, f"two nodes are named {name!r}"
    NODES[name] = NodeEntry(name, function, is_flow, result, **kind)
    return function


NEAR = 0.75
"""difflib's ratio from which on two names look alike: a slip of the finger or two, or other words around the same."""
AS_NEAR = 0.1
"""How much less alike than the best a name may be, to be offered beside it."""


def nearest(name: str, known: Iterable[str], most: int = 3, near: float = NEAR) -> list[str]:
    """The known names that look like the given one, best first: what "did you mean" offers."""
    from difflib import SequenceMatcher, get_close_matches

    lowered = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), lowered, n=most, cutoff=near)
    alike = [SequenceMatcher(None, each, name.lower()).ratio() for each in found]
    return [lowered[each] for each, ratio in zip(found, alike) if ratio >= alike[0] - AS_NEAR]


def misspelt(written: Iterable[str], known: Collection[str]) -> set[str]:
    """The known names that one of the unknown written ones may stand for: their absence is no second cause."""
    return {near for each in written if each not in known for near in nearest(each, known)}


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest names, or None where nothing is near."""
    found = nearest(name, known)
    if not found:
        return None
    quoted = [f'"{each}"' for each in found]
    return f"did you mean {' or '.join(quoted)}?"
