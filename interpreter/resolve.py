"""Names find their owners: every name of a definition is bound, and what nothing owns is reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from interpreter import tree
from interpreter.catalog import NODES
from interpreter.diagnostic import Diagnostics
from interpreter.expression.arguments import Callee, check_inputs
from interpreter.expression.check import Checker, Names
from interpreter.nodes.emitter import constant_text
from interpreter.record_names import Declarations, check_names
from interpreter.scope import ROOTS, Scope, plain_text, scope_of
from interpreter.source import Span

_INPUT_ROOTS = ("input", "inputs", "args", "params")
_LOOP_NAMES = frozenset(("item", "loop_item", "loop", "loop_index", "index"))
_LOOPS = frozenset(("loop", "for_loop", "while_loop"))
_WITH_ITEMS = frozenset(("loop", "for_loop"))
_SHORTEST = 5
"""Letters that a name must have to be called misspelt: with fewer, too many words are one letter apart."""
_CALLS = {"custom_function": ("function", "name", "inputs"), "background_task": ("task", "task", "data")}
"""Nodes that call a stack: the kind that they look for first, and the parameters with its name and its inputs."""
_SETTING = frozenset(("name", "variable", "variable_name", "table", "table_name"))
"""Keys under which a node may say what variable it sets, in any spelling."""
_WORDS = frozenset(
    ("and", "or", "not", "in", "is", "if", "else", "true", "false", "null", "none", "True", "False", "None")
)
"""What an expression never reads as a name."""


class Callables(Names, Declarations, Protocol):
    """The same by kind: a task and a function may have one name. And the tables that are declared."""

    def called(self, kind: str, name: str) -> Callee | None:
        """What a call of that kind and name means."""


def resolve(definition: tree.Definition, names: Callables, diagnostics: Diagnostics) -> Scope:
    """Bind every name and call of a parsed definition, in place; the variables that its run has."""
    scope = scope_of(definition)
    _Resolver(definition, scope, names, diagnostics).block(definition.stack)
    return scope


class _NearNames:
    """Finds the known name that another was surely meant to be: one letter more, less, other, or two swapped.

    Each name is kept under itself with any one letter left out, so that a search costs the same however many
    names there are. A plural is another word, and so is another number.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = known
        self._shortened: dict[str, str] | None = None

    def to(self, name: str) -> str | None:
        if len(name) < _SHORTEST:
            return None
        if self._shortened is None:
            self._shortened = {short: each for each in sorted(self._known) for short in _shortenings(each)}
        for short in _shortenings(name):
            near = self._shortened.get(short)
            if near is not None and near not in (name, name + "s", name.removesuffix("s")) and _same_digits(near, name):
                return near
        return None


def _shortenings(name: str) -> Iterator[str]:
    yield name
    for position in range(len(name)):
        yield name[:position] + name[position + 1 :]


def _same_digits(first: str, second: str) -> bool:
    return [sign for sign in first if sign.isdigit()] == [sign for sign in second if sign.isdigit()]


class _Resolver:
    """Walks one definition; ``visible`` holds the names that the blocks around a node bind."""

    def __init__(self, definition: tree.Definition, scope: Scope, names: Callables, diagnostics: Diagnostics) -> None:
        self.definition = definition
        self.scope = scope
        self.names = names
        self.diagnostics = diagnostics
        self.variables = scope.variables
        self.inputs = None if definition.inputs is None else {each.name for each in definition.inputs}
        self.visible: frozenset[str] = frozenset()
        self.loops = 0
        self.meant = frozenset(self._set_by_unknown_nodes())
        self.near = _NearNames(self.variables)
        self.near_inputs = _NearNames(self.inputs or ())
        self.checker = Checker(self, names, diagnostics)

    # --- what the checker asks

    def owner(self, name: str) -> str | None:
        if name in self.visible:
            return "loop"
        if name in self.variables:
            return "variable"
        if name in ROOTS:
            return "root"
        return "input" if self.inputs and name in self.inputs else None

    def unowned(self, name: tree.Name) -> None:
        name.binding = "input"
        if self.scope.dynamic or name.id in self.meant:
            return
        if self.inputs is not None:
            hint = self.checker.hints.to(name.id, self._known)
            message = f'nothing in this stack sets "{name.id}", and no input declares it'
            self.diagnostics.error("resolve/unknown-name", message, name.span, hint)
        elif near := self.near.to(name.id):
            message = f'"{name.id}" is read as an input, and there is a variable "{near}"'
            self.diagnostics.warning("resolve/close-name", message, name.span, f'did you mean "{near}"?')

    def _set_by_unknown_nodes(self) -> Iterator[str]:
        """Variables that a node under an unknown name may have been meant to set: the name is the one cause."""
        for node in tree.walk_nodes(self.definition.stack):
            if not node.is_call or self.names.called("function", plain_text(node, "name") or "") is not None:
                continue
            inputs = node.parameters.get("inputs")
            for entry in inputs.entries if isinstance(inputs, tree.ObjectLiteral) else ():
                if isinstance(entry, tree.Entry) and constant_text(entry.key) in _SETTING:
                    yield (constant_text(entry.value) or "").split(".", 1)[0]

    def _known(self) -> list[str]:
        return sorted(self.variables | self.visible | (self.inputs or set()) | ROOTS)

    def reads(self, root: tree.Name, key: str, span: Span) -> None:
        if root.binding != "root" or root.id not in _INPUT_ROOTS or self.inputs is None or key in self.inputs:
            return
        if near := self.near_inputs.to(key):
            message = f'no input "{key}" is declared, and there is an input "{near}"'
            self.diagnostics.warning("resolve/close-name", message, span, f'did you mean "{near}"?')

    # --- nodes

    def block(self, block: tree.Block) -> None:
        for node in block.nodes:
            self.node(node)

    def node(self, node: tree.Node) -> None:
        self._check_place(node)
        self._check_names(node)
        for name, parameter in node.parameters.items():
            if isinstance(parameter, tree.Block):
                with self._binding(node, name):
                    self.block(parameter)
            elif isinstance(parameter, list):
                for case in parameter:
                    self.checker.check(case.test)  # type: ignore[arg-type]
                    self.block(case.block)
            else:
                self.checker.check(parameter)  # type: ignore[arg-type]
        if node.function in _CALLS:
            self._check_call(node)
        elif "table" in node.parameters:
            check_names(node, self.names, self.diagnostics)

    @contextmanager
    def _binding(self, node: tree.Node, block_name: str) -> Iterator[None]:
        """The names that a node binds inside one of its blocks."""
        visible, loops = self.visible, self.loops
        if node.function in _LOOPS:
            self.loops += 1
        if node.function in _WITH_ITEMS:
            item = plain_text(node, "item_variable")
            self.visible |= _LOOP_NAMES | ({item} if item else frozenset())
        if block_name == "catch_block":
            self.visible |= {"error"}
        yield
        self.visible, self.loops = visible, loops

    def _check_place(self, node: tree.Node) -> None:
        if node.function in ("break_loop", "continue_loop") and not self.loops:
            message = f'"{node.function}" stands outside every loop'
            self.diagnostics.error("resolve/misplaced", message, node.function_span, "move it into a loop's operations")

    def _check_names(self, node: tree.Node) -> None:
        """A variable that begins with two underscores, or is a word of expressions, could not be read again."""
        named = [node.return_as] if node.return_as is not None else []
        given = [(each.value, each.span) for each in named]
        for parameter in ("name", "item_variable"):
            value = node.parameters.get(parameter)
            if node.function in ("create_variable", "update_variable", "loop") and isinstance(value, tree.Constant):
                given.append((str(value.value), value.span))
        for written, span in given:
            if any(step.startswith("__") for step in written.split(".")):
                message = f'the variable "{written}" begins with two underscores'
                self.diagnostics.error("expression/forbidden-name", message, span, "use another name")
            elif written.split(".", 1)[0] in _WORDS:
                message = f'"{written}" is a word of expressions and cannot be read as a variable'
                self.diagnostics.error("resolve/reserved-word", message, span, "use another name")

    def _check_call(self, node: tree.Node) -> None:
        """A call of a stack by a name that is written out: it must exist, and get the inputs it declares."""
        kind, name_parameter, inputs_parameter = _CALLS[node.function]
        written = plain_text(node, name_parameter)
        if written is None:
            return
        span = node.function_span if node.is_call else node.parameters[name_parameter].span  # type: ignore[union-attr]
        callee = self.names.called(kind, written)
        if callee is None:
            nodes = NODES if node.is_call else {}
            hint = self.checker.hints.to(written, lambda: [*self.names.function_names(), *nodes])
            what = "no node and no function of the workspace" if node.is_call else "no function of the workspace"
            message = f'{what} is named "{written}"'
            self.diagnostics.error("resolve/unknown-function", message, span, hint)
            return
        given = _literal_keys(node.parameters.get(inputs_parameter))
        if callee.inputs is not None and given is not None:
            check_inputs(written, callee.inputs, given, span, self.diagnostics)


def _literal_keys(inputs: tree.Parameter | None) -> dict[str, Span] | None:
    """The keys of an object literal and where they stand; None where some are computed."""
    if inputs is None:
        return {}
    if not isinstance(inputs, tree.ObjectLiteral):
        return None
    keys: dict[str, Span] = {}
    for entry in inputs.entries:
        if not (isinstance(entry, tree.Entry) and isinstance(entry.key, tree.Constant)):
            return None
        keys[str(entry.key.value)] = entry.key.span
    return keys
