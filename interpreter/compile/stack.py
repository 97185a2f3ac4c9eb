"""The nodes of one stack become the statements of one Python function."""

from __future__ import annotations

import ast
from collections.abc import Callable

from interpreter import catalog, tree
from interpreter.compile.flow_of_values import VariableFacts, escaping
from interpreter.compile.names import INDEX_NAMES, LoopNames, StackNames
from interpreter.compile.splitting import Splitter
from interpreter.control import PULSE
from interpreter.expression.emit import emit, is_pure
from interpreter.expression.syntax import Syntax
from interpreter.nodes.emitter import Statements, constant_text, parameter
from interpreter.scope import Scope

_PLACES = frozenset(("loop", *INDEX_NAMES))
_LATER_OPTIONS = ("priority", "queue", "delay", "callback_url", "idempotency_key")


class StackCompiler(StackNames):
    """Compiles one definition's stack: the ``Emitter`` of flow nodes and the ``Names`` of expressions."""

    def __init__(self, definition: tree.Definition, scope: Scope, strict: bool) -> None:
        self.definition = definition
        super().__init__(VariableFacts(definition, scope))
        self.results = scope
        self.strict = strict
        self.placed: list[tree.Node] = []
        self.filters: set[str] = set()
        self.tests: set[str] = set()
        self.actions: set[str] = set()
        self.splitter = Splitter()
        self.current_place = 0
        self.pulses = False
        self.loop_levels: list[int] = []

    # --- the whole ---

    def body_statements(self) -> Statements:
        body = self.block(self.definition.stack)
        at = Syntax(self.definition.span)
        return [*self._beginning(at), *(body or [at.skip()])]

    def _beginning(self, at: Syntax) -> Statements:
        """What is bound before the first node: roots, inputs, variables that may be read before they are set."""
        found: Statements = []
        unset = self._unset_variables(at)
        if self.inputs:
            self.roots.add("input")
        for root in sorted(self.roots):
            attribute = "inputs" if root == "input" else root
            found.append(at.assign(f"_{root}", at.attribute(at.name("_context"), attribute)))
        for name, local in self.inputs.items():
            found.append(
                at.assign(local, at.method(at.name("_input"), "get", at.constant(name), at.name(f"_missing_{local}")))
            )
        found.extend(unset)
        for name in sorted(self.facts.changed & self.facts.variables):
            found.append(at.assign(f"_owned_{self.locals[name]}", at.dict_([])))
        if self.pulses:
            found.append(at.assign("_pulse", at.constant(PULSE)))
        return found

    def _unset_variables(self, at: Syntax) -> Statements:
        if self.facts.dynamic:
            entries: list[tuple[ast.expr | None, ast.expr]] = [
                (at.constant(name), self._before_set(name, local, at)) for name, local in self.locals.items()
            ]
            return [at.assign("_variables", at.dict_(entries))]
        return [
            at.assign(local, self._before_set(name, local, at))
            for name, local in self.locals.items()
            if name not in self.facts.surely_set or local in self.splitter.shared
        ]

    def _before_set(self, name: str, local: str, at: Syntax) -> ast.expr:
        """What a variable is before the stack sets it: the input of its name, or missing."""
        missing = at.name(f"_missing_{local}")
        if name not in self.facts.from_input:
            return missing
        return at.method(self.load_root("input", at), "get", at.constant(name), missing)

    def missing_names(self) -> tuple[tuple[str, str], ...]:
        """(Python name, author's name) of each variable and input: what ``link`` makes a Missing for."""
        return tuple((local, name) for name, local in [*self.locals.items(), *self.inputs.items()])

    # --- nodes ---

    def at(self, node: tree.Node) -> Syntax:
        return Syntax(node.function_span)

    def place(self) -> int:
        return self.current_place

    def block(self, block: tree.Block | None) -> Statements:
        if block is None:
            return []
        statements: Statements = []
        for node in block.nodes:
            statements.extend(self.node(node))
        return statements

    def node(self, node: tree.Node) -> Statements:
        around, self.current_place = self.current_place, len(self.placed)
        self.placed.append(node)
        entry = catalog.NODES[node.function]
        with self.reusing_temporaries(), self.splitter.inside(node.function) as splits:
            write = entry.function if entry.flow else self.action
            statements = [*self._clock(node), *write(self, node)]
        self.current_place = around
        return self.splitter.split(statements, node, self) if splits else statements

    def bound(self) -> set[str]:
        owned = {f"_owned_{self.locals[name]}" for name in self.facts.changed & self.facts.variables}
        inside = {local for scope in self.scopes for local in scope.values()}
        return {*self.locals.values(), *owned, *inside, "_pulse"}

    def loop_level(self) -> int | None:
        return self.loop_levels[-1] if self.loop_levels else None

    def _clock(self, node: tree.Node) -> Statements:
        """``now`` is fixed within one node: read once, before it."""
        for expression in tree.expressions(node):
            for part in tree.walk(expression):
                if _is_now(part, self.lexical("now") is not None or "now" in self.facts.variables):
                    at = self.at(node)
                    return [at.assign("_now", at.context("now"))]
        return []

    @staticmethod
    def action(self: StackCompiler, node: tree.Node) -> Statements:
        """The call of an action node's function, through the context."""
        entry = catalog.NODES[node.function]
        at, place = self.at(node), self.place()
        names = [name for name in node.parameters if not isinstance(node.parameters[name], (tree.Block, list))]
        options = [name for name in names if node.asynchronous and name in _LATER_OPTIONS]
        before, parameters = self.object(node, [name for name in names if name not in options])
        self.actions.add(entry.name)
        number, function = at.constant(place), at.constant(entry.name)
        if node.asynchronous:
            more, chosen = self.object(node, options)
            later = at.context("act_later", number, function, parameters, chosen)
            return [*before, *more, *self.result(node, later)]
        return [*before, *self.result(node, at.context("act", number, function, parameters))]

    def result(self, node: tree.Node, value: ast.expr) -> Statements:
        at = self.at(node)
        name = self.results.result_name(node)
        if name is None:
            return [at.do(value)]
        return [self.store(name, value, at), *self._disown({name}, at)]

    # --- values ---

    def value(self, expression: tree.Expression | None) -> tuple[Statements, ast.expr]:
        if expression is None:
            return [], Syntax(self.definition.span).constant(None)
        at = Syntax(expression.span)
        before = self._let_out(expression, at)
        if not is_pure(expression):
            return before, emit(expression, self, plain=False).syntax
        plain = emit(expression, self, plain=True)
        if not plain.risky:
            return before, plain.syntax
        kept = self.temporary()
        return [*before, self._tried(kept, plain.syntax, expression, at)], at.name(kept)

    def _tried(self, target: str, plain: ast.expr, expression: tree.Expression, at: Syntax) -> ast.stmt:
        """The plain form, and the careful one where it raises."""
        careful = emit(expression, self, plain=False).syntax
        return at.attempt([at.assign(target, plain)], "_RISKY", [at.assign(target, careful)])

    def values(self, *expressions: tree.Expression | None) -> tuple[Statements, list[ast.expr]]:
        before: Statements = []
        found: list[ast.expr] = []
        for expression in expressions:
            first, value = self.value(expression)
            before.extend(first)
            found.append(value)
        return before, found

    def object(self, node: tree.Node, names: list[str]) -> tuple[Statements, ast.expr]:
        at = self.at(node)
        before, values = self.values(*(node.parameters[name] for name in names))  # type: ignore[arg-type]
        return before, at.dict_([(at.constant(name), value) for name, value in zip(names, values)])

    def condition(self, expression: tree.Expression) -> tuple[Statements, ast.expr]:
        return self.value(expression)

    def _let_out(self, expression: tree.Expression, at: Syntax) -> Statements:
        """A variable whose value an expression may share owns its containers no longer."""
        if not self.facts.changed:
            return []
        return self._disown(escaping(expression, self.facts), at)

    def _disown(self, names: set[str], at: Syntax) -> Statements:
        known = sorted(name for name in names & self.facts.changed if self.lexical(name) is None)
        return [at.assign(f"_owned_{self.locals[name]}", at.dict_([])) for name in known]

    # --- variables ---

    def set(self, variable: tree.Expression, value: tree.Expression | None, at: Syntax) -> Statements:
        name = constant_text(variable)
        if name is None or self.facts.dynamic:
            return self._set_computed(variable, value, at)
        target = self.lexical(name) or self.locals[name]
        before = self._disown({name}, at)
        if value is None or not is_pure(value):
            first, written = self.value(value)
            return [*first, *before, at.assign(target, written)]
        plain = emit(value, self, plain=True)
        where = Syntax(value.span)
        out = self._let_out(value, where)
        if not plain.risky:
            return [*out, *before, where.assign(target, plain.syntax)]
        return [*out, *before, self._tried(target, plain.syntax, value, where)]

    def _set_computed(self, variable: tree.Expression, value: tree.Expression | None, at: Syntax) -> Statements:
        before, (name, written) = self.values(variable, value)
        where = at.place(ast.Subscript(at.name("_variables"), at.call("_text", name), ast.Store()))
        return [*before, at.assign(where, written)]

    def store(self, variable: str, value: ast.expr, at: Syntax) -> ast.stmt:
        local = self.lexical(variable)
        if local is None and self.facts.dynamic:
            where = at.place(ast.Subscript(at.name("_variables"), at.constant(variable), ast.Store()))
            return at.assign(where, value)
        return at.assign(local or self.locals[variable], value)

    def current(self, variable: str, at: Syntax) -> ast.expr:
        return self.load(tree.Name(variable, self.definition.span, "variable"), at)

    def owned(self, variable: str, at: Syntax) -> ast.expr:
        if self.lexical(variable) is not None or variable not in self.locals:
            return at.dict_([])
        return at.name(f"_owned_{self.locals[variable]}")

    # --- loops and catch blocks ---

    def loop_over(
        self, block: tree.Block, item_name: str | None, over: Callable[[LoopNames], ast.expr], at: Syntax
    ) -> Statements:
        with self.loop(item_name) as names:
            items = over(names)
            body = [*self.turn(at), *self.body(block)]
        header = at.assign(names.items, items)
        if _mentions_index(block):
            target = at.place(ast.Tuple([at.target(names.index), at.target(names.item)], ast.Store()))
            return [header, at.loop(target, at.call("_enumerate", at.name(names.items)), body)]
        return [header, at.loop(at.target(names.item), at.name(names.items), body)]

    def turn(self, at: Syntax) -> Statements:
        self.pulses = True
        fewer = at.binary(at.name("_pulse"), ast.Sub(), at.constant(1))
        spent = at.unary(ast.Not(), at.name("_pulse"))
        return [at.assign("_pulse", fewer), at.when(spent, [at.assign("_pulse", at.context("pulse"))])]

    def body(self, block: tree.Block) -> Statements:
        self.loop_levels.append(self.splitter.level)
        statements = self.block(block)
        self.loop_levels.pop()
        return statements

    def catching(self, block: tree.Block, error: str) -> Statements:
        with self.scope({"error": error}):
            return self.block(block)

    def leave_loop(self, how: str, at: Syntax) -> Statements:
        if self.loop_level() != self.splitter.level:
            return [at.give(at.name(f"_{how.upper()}"))]
        return [at.place(ast.Break() if how == "break" else ast.Continue())]

    # --- the catalogue ---

    def filter(self, name: str) -> catalog.Filter:
        entry = catalog.FILTERS[name]
        self.filters.add(entry.name)
        return entry


def _is_now(part: tree.Expression, shadowed: bool) -> bool:
    """Whether an expression reads the clock: ``now()``, or ``now`` where no variable has that name."""
    if isinstance(part, tree.Call):
        return part.name == "now" and not part.arguments
    return isinstance(part, tree.Name) and part.id == "now" and not shadowed


def _mentions_index(block: tree.Block) -> bool:
    """Whether anything in a loop asks where the loop is, or sets it."""
    for node in tree.walk_nodes(block):
        if node.function == "update_variable" and _first_step(node) in _PLACES:
            return True
        for expression in tree.expressions(node):
            for part in tree.walk(expression):
                if isinstance(part, tree.Name) and part.id in _PLACES:
                    return True
    return False


def _first_step(node: tree.Node) -> str:
    return (constant_text(parameter(node, "name")) or "").partition(".")[0]
