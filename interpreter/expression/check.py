"""An expression's names find their owners, and its calls are held against what they call; bindings are written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from interpreter import tree
from interpreter.catalog import FILTERS, TESTS, Filter, did_you_mean
from interpreter.diagnostic import Diagnostics
from interpreter.expression.arguments import Callee, check_arguments, check_inputs, receiver
from interpreter.source import Span


class Names(Protocol):
    """What can be called by name in a workspace, whatever its kind."""

    def function(self, name: str) -> Callee | None:
        """What a call of that name means."""

    def function_names(self) -> Iterable[str]:
        """The names of all of them."""


class Owners(Protocol):
    """What one place of a stack knows about names."""

    def owner(self, name: str) -> str | None:
        """The binding of a name that stands alone (one of tree.BINDINGS), or None where nothing owns it."""

    def unowned(self, name: tree.Name) -> None:
        """Report a name that nothing owns, where that is wrong, and bind it."""

    def reads(self, root: tree.Name, key: str, span: Span) -> None:
        """A key is read directly off a bound name."""


MOST_HINTS = 50
"""Names of one definition that nearest names are sought for: a search looks at every known name."""


class Hints:
    """Nearest names, sought once for each unknown name, and for so many of them only."""

    def __init__(self) -> None:
        self._found: dict[str, str | None] = {}

    def to(self, name: str, known: Callable[[], Iterable[str]]) -> str | None:
        if name not in self._found:
            self._found[name] = did_you_mean(name, known()) if len(self._found) < MOST_HINTS else None
        return self._found[name]


class Checker:
    """Checks expressions at one place of a stack."""

    def __init__(self, owners: Owners, names: Names, diagnostics: Diagnostics) -> None:
        self.owners = owners
        self.names = names
        self.diagnostics = diagnostics
        self.parameters: list[list[str]] = []
        self.seen: set[int] = set()
        self.hints = Hints()

    def check(self, expression: tree.Expression) -> None:
        """Bind the names and calls of an expression, and report what is wrong with them."""
        match expression:
            case tree.Constant():
                return
            case tree.Name():
                self._name(expression)
            case tree.Call():
                self._once(expression)
            case tree.Test():
                self._once(expression)
            case tree.Lambda():
                self.parameters.append(expression.parameters)
                self.check(expression.body)
                self.parameters.pop()
            case _:
                for child in tree.children(expression):
                    self.check(child)
                if isinstance(expression, tree.Attribute) and isinstance(expression.target, tree.Name):
                    self.owners.reads(expression.target, expression.key, expression.key_span)

    def _once(self, expression: tree.Call | tree.Test) -> None:
        """The middle of ``a < b < c`` stands in the tree twice; it is to be reported once."""
        if id(expression) in self.seen:
            return
        self.seen.add(id(expression))
        if isinstance(expression, tree.Call):
            self._call(expression)
        else:
            self._test(expression)

    # --- names

    def _name(self, name: tree.Name) -> None:
        if name.binding:
            return
        name.binding = self._owner(name.id) or ""
        if not name.binding:
            self.owners.unowned(name)

    def _owner(self, name: str) -> str | None:
        if any(name in parameters for parameters in self.parameters):
            return "parameter"
        return self.owners.owner(name)

    def _function_value(self, name: tree.Expression) -> bool:
        """Bind a name that is passed as a function (``items|map(upper)``), unless something else owns it."""
        assert isinstance(name, tree.Name)
        if self._owner(name.id) is not None:
            return False
        if name.id in FILTERS:
            name.binding = "filter"
        elif self.names.function(name.id) is not None:
            name.binding = "function"
        return bool(name.binding)

    # --- calls

    def _call(self, call: tree.Call) -> None:
        entry = FILTERS.get(call.name)
        if any(call.name in parameters for parameters in self.parameters):
            call.binding = "value"
        elif entry is not None:
            call.binding = "filter"
            check_arguments(entry, call.arguments, call.name_span, call.piped, self.diagnostics)
        elif (definition := self.names.function(call.name)) is not None:
            call.binding = "function"
            self._check_inputs(call, definition)
        elif self.owners.owner(call.name) in ("loop", "variable"):
            call.binding = "value"
        else:
            self._unknown_call(call)
        for position, argument in enumerate(call.arguments):
            value = argument.value
            passed = isinstance(value, tree.Name) and _takes_function(entry, position, argument)
            if not (passed and self._function_value(value)):
                self.check(value)

    def _unknown_call(self, call: tree.Call) -> None:
        call.binding = "filter"
        hint = self.hints.to(call.name, lambda: [*FILTERS, *self.names.function_names()])
        if hint is None and call.name in TESTS:
            hint = f"it is a test: value is {call.name}"
        self.diagnostics.error(
            "resolve/unknown-filter", f'no filter or function is named "{call.name}"', call.name_span, hint
        )

    def _check_inputs(self, call: tree.Call, definition: Callee) -> None:
        """A call of a stack: its declared inputs in their order, or by name."""
        if definition.inputs is None or any(argument.spread for argument in call.arguments):
            return
        declared = [each.name for each in definition.inputs]
        positional = sum(argument.keyword is None for argument in call.arguments)
        if positional > len(declared):
            self.diagnostics.error(
                "resolve/wrong-arity",
                f'"{call.name}" is given {positional} inputs and declares {len(declared)}',
                call.name_span,
            )
            return
        given = dict.fromkeys(declared[:positional], call.name_span)
        given.update((each.keyword, each.keyword_span or call.name_span) for each in call.arguments if each.keyword)
        check_inputs(call.name, definition.inputs, given, call.name_span, self.diagnostics)

    def _test(self, test: tree.Test) -> None:
        self.check(test.operand)
        entry = TESTS.get(test.name)
        if entry is None:
            hint = self.hints.to(test.name, lambda: TESTS)
            if hint is None and test.name in FILTERS:
                hint = f"it is a filter: value|{test.name}"
            self.diagnostics.error("resolve/unknown-test", f'no test is named "{test.name}"', test.name_span, hint)
        else:
            arguments = [tree.Argument(test.operand), *test.arguments]
            check_arguments(entry, arguments, test.name_span, True, self.diagnostics)
        for argument in test.arguments:
            self.check(argument.value)


def _takes_function(entry: Filter | None, position: int, argument: tree.Argument) -> bool:
    """Whether an argument may be a function, so that a filter's name there means the filter."""
    if entry is None or position == 0:
        return False
    if argument.keyword is not None:
        parameter = next((each for each in entry.parameters if each.name == argument.keyword), None)
    else:
        parameter = receiver(entry, position)
    # map(*given) takes fields or one function: what is any number of anything may begin with a function
    return parameter is not None and ("function" in parameter.type or (parameter.variadic and position == 1))
