"""A resolved stack becomes facts about its variables: kinds, which change in place, which are surely set."""

from __future__ import annotations

from collections.abc import Iterator

from interpreter import catalog, tree
from interpreter.expression.kinds import ANY, BOOLEAN, LIST, NOTHING, NUMBER, OBJECT, TEXT, kind_of, merge
from interpreter.nodes.emitter import constant_text, parameter
from interpreter.scope import Scope
from interpreter.variables import IN_PLACE

_ROUNDS = 6
_CHANGED_KIND = {"append": LIST, "prepend": LIST, "merge": ANY, "remove": ANY, "set_key": OBJECT}
_GIVING = frozenset(("interpreter.nodes.calls", "interpreter.nodes.inspection"))
"""Families of flow nodes that all have results."""
_CALLING = frozenset(("interpreter.filters.selecting",))
_SCALAR_RESULTS = frozenset(("text", "number", "integer", "boolean"))


class VariableFacts:
    """What is certain about a stack's variables before it runs.

    ``from_input`` are those that may be read before they are set and then are the input of the same name.
    ``lent`` are those that a kept function reads: whoever calls it may be given what they hold.
    """

    __slots__ = ("changed", "dynamic", "from_input", "kinds", "lent", "surely_set", "variables")

    def __init__(self, definition: tree.Definition, scope: Scope) -> None:
        stack = definition.stack
        self.variables = scope.variables
        self.dynamic = scope.dynamic
        self.changed = frozenset(_changed_in_place(stack))
        self.lent = frozenset(_lent(stack)) & self.changed
        self.surely_set = frozenset(_surely_set(stack))
        inputs = scope.authored if definition.inputs is None else {each.name for each in definition.inputs}
        self.from_input = (scope.authored & inputs) - self.surely_set
        self.kinds = {} if scope.dynamic else _kinds(stack, scope.variables, self.from_input)


def _variable_of(node: tree.Node) -> tuple[str | None, list[str]]:
    """The variable that create_variable or update_variable names, and the dotted path behind it."""
    written = constant_text(parameter(node, "name"))
    if written is None:
        return None, []
    if node.function == "create_variable":
        return written, []
    variable, *path = written.split(".")
    return variable, path


def _operation(node: tree.Node) -> str:
    return constant_text(parameter(node, "operation")) or "set"


def _changed_in_place(stack: tree.Block) -> Iterator[str]:
    for node in tree.walk_nodes(stack):
        if node.function == "update_variable":
            variable, path = _variable_of(node)
            if variable and (path or _operation(node) in IN_PLACE):
                yield variable


# --- kinds ---


def _kinds(stack: tree.Block, variables: frozenset[str], from_input: frozenset[str]) -> dict[str, str]:
    """The kind of each variable: that of all its assignments, found by repetition until nothing changes."""
    assignments = list(_assignments(stack))
    kinds = {name: ANY if name in from_input else NOTHING for name in variables}

    def of_name(name: tree.Name) -> str:
        if name.binding == "variable":
            return kinds.get(name.id, ANY)
        return NUMBER if name.id in ("loop_index", "index") and name.binding == "loop" else ANY

    for _ in range(_ROUNDS):
        changed = False
        for variable, value in assignments:
            kind = value if isinstance(value, str) else kind_of(value, of_name)
            merged = merge(kinds.get(variable, NOTHING), kind)
            if merged != kinds.get(variable):
                kinds[variable], changed = merged, True
        if not changed:
            return {name: kind or ANY for name, kind in kinds.items()}
    return dict.fromkeys(variables, ANY)


def _assignments(stack: tree.Block) -> Iterator[tuple[str, tree.Expression | str]]:
    """Each place that gives a variable a value: an expression, or a kind where that is all that is known."""
    for node in tree.walk_nodes(stack):
        if node.return_as is not None:
            yield node.return_as.value, ANY
        if node.function not in ("create_variable", "update_variable"):
            continue
        variable, path = _variable_of(node)
        if variable is None:
            continue
        operation = _operation(node) if node.function == "update_variable" else "set"
        value = parameter(node, "value")
        if path:
            yield variable, ANY
        elif operation == "set":
            yield variable, ANY if value is None else value
        elif operation in ("increment", "decrement"):
            yield variable, ANY
        else:
            yield variable, _CHANGED_KIND[operation]


# --- definite assignment ---


def _surely_set(stack: tree.Block) -> Iterator[str]:
    """Variables whose first appearance is an assignment that nothing can skip."""
    seen: set[str] = set()
    for node in stack.nodes:
        mentioned = set(_mentioned(node))
        if "vars" in mentioned or "var" in mentioned:
            return
        target = _plain_target(node)
        if target and target not in seen and target not in mentioned:
            yield target
        seen |= mentioned
        if target:
            seen.add(target)


def _plain_target(node: tree.Node) -> str | None:
    """The variable that a node gives a value for sure; most flow nodes have no result for their return_as."""
    if node.return_as is not None and _has_result(catalog.NODES[node.function]):
        return node.return_as.value
    return _variable_of(node)[0] if node.function == "create_variable" else None


def _has_result(entry: catalog.NodeEntry) -> bool:
    return not entry.flow or entry.family in _GIVING


def _mentioned(node: tree.Node) -> Iterator[str]:
    """Every name that a node, or one inside it, reads or may set; not its own plain target."""
    for expression in tree.expressions(node):
        for part in tree.walk(expression):
            if isinstance(part, tree.Name):
                yield part.id
            elif isinstance(part, tree.Call):
                yield part.name
    if _reads_all_variables(node):
        yield "vars"
    if node.function == "update_variable":
        variable, _ = _variable_of(node)
        if variable:
            yield variable
    for block in tree.blocks(node):
        for inner in tree.walk_nodes(block):
            yield from _mentioned_itself(inner)


def _mentioned_itself(node: tree.Node) -> Iterator[str]:
    target = _plain_target(node)
    if target:
        yield target
    if node.return_as is not None:
        yield node.return_as.value
    for expression in tree.expressions(node):
        for part in tree.walk(expression):
            if isinstance(part, tree.Name):
                yield part.id
            elif isinstance(part, tree.Call):
                yield part.name
    if _reads_all_variables(node):
        yield "vars"
    variable, _ = _variable_of(node) if node.function == "update_variable" else (None, [])
    if variable:
        yield variable


def _reads_all_variables(node: tree.Node) -> bool:
    return node.function == "template_engine" and "data" not in node.parameters


# --- where a value gets out ---


def _lent(stack: tree.Block) -> Iterator[str]:
    """The names inside functions that are kept: in a variable, a list, or whatever a filter makes of them."""
    for node in tree.walk_nodes(stack):
        for expression in tree.expressions(node):
            passed = {id(given) for part in tree.walk(expression) for given in _passed(part)}
            for part in tree.walk(expression):
                if isinstance(part, tree.Lambda) and id(part) not in passed:
                    yield from (inner.id for inner in tree.walk(part) if isinstance(inner, tree.Name))


def _passed(part: tree.Expression) -> Iterator[tree.Expression]:
    """The arguments of a filter that calls a function and forgets it."""
    if isinstance(part, tree.Call) and part.binding == "filter":
        entry = catalog.FILTERS[part.name]
        if entry.family in _CALLING or any("function" in parameter.type for parameter in entry.parameters):
            yield from (argument.value for argument in part.arguments)


def _calls(expression: tree.Expression) -> bool:
    return any(isinstance(part, tree.Call) for part in tree.walk(expression))


def escaping(expression: tree.Expression, facts: VariableFacts) -> set[str]:
    """The variables changed in place whose containers an expression's value may share."""
    names, kinds = facts.changed, facts.kinds
    found: set[str] = set(facts.lent) if facts.lent and _calls(expression) else set()

    def kind(name: tree.Name) -> str:
        return kinds.get(name.id, ANY) if name.binding == "variable" else ANY

    def visit(part: tree.Expression) -> None:
        match part:
            case tree.Name(id=id):
                if id in names:
                    found.add(id)
                elif id in ("vars", "var"):
                    found.update(names)
            case tree.Attribute(target=target) | tree.Index(target=target) | tree.Slice(target=target):
                visit(target)
            case tree.Binary(operator="+"):
                if kind_of(part, kind) not in (NUMBER, TEXT, BOOLEAN):
                    visit(part.left)
                    visit(part.right)
            case tree.Conditional(then=then, otherwise=otherwise):
                visit(then)
                if otherwise is not None:
                    visit(otherwise)
            case tree.Call(binding="filter", name=name) if _gives_scalar(name):
                pass
            case tree.Logical() | tree.Call() | tree.Lambda() | tree.ListLiteral() | tree.ObjectLiteral():
                for child in tree.children(part):
                    visit(child)
            case _:
                pass

    visit(expression)
    return found


def _gives_scalar(name: str) -> bool:
    entry = catalog.FILTERS.get(name)
    return entry is not None and entry.result in _SCALAR_RESULTS
