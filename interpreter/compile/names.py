"""Names of a stack become Python names: variables are locals, loop variables live in their block."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from interpreter import tree
from interpreter.compile.flow_of_values import VariableFacts
from interpreter.expression.kinds import ANY, NUMBER
from interpreter.expression.syntax import Syntax

Load = Callable[[Syntax], ast.expr]

INPUT_ROOTS = frozenset(("input", "inputs", "args", "params"))
CONTEXT_ROOTS = frozenset(("request", "auth", "env", "execution", "trigger"))
VARIABLES_ROOTS = frozenset(("vars", "var"))
INDEX_NAMES = ("loop_index", "index")


class LoopNames:
    """One loop over items being compiled: the Python names of its item, index and items."""

    __slots__ = ("index", "item", "items", "parent")

    def __init__(self, number: int, item: str, parent: LoopNames | None) -> None:
        self.item = item
        self.index = f"_index{number}"
        self.items = f"_items{number}"
        self.parent = parent


class StackNames:
    """Every name of one stack. Python names that the compiler makes begin with an underscore, authors' do not."""

    def __init__(self, facts: VariableFacts) -> None:
        self.facts = facts
        self.locals: dict[str, str] = {}
        self.inputs: dict[str, str] = {}
        self.roots: set[str] = set()
        self.scopes: list[dict[str, str]] = []
        self.loops: list[LoopNames] = []
        self._taken: set[str] = set()
        self._temporaries = 0
        for name in sorted(facts.variables):
            self.locals[name] = self._free(name)

    def _free(self, name: str) -> str:
        """A Python name for an author's name, unlike any other."""
        python = name if name.isidentifier() and name.isascii() else re.sub(r"\W", "_", name, flags=re.ASCII)
        if not python or keyword.iskeyword(python) or python[0] == "_" or python[0].isdigit():
            python = f"v_{python}"
        found, number = python, 1
        while found in self._taken:
            number += 1
            found = f"{python}_{number}"
        self._taken.add(found)
        return found

    def temporary(self) -> str:
        self._temporaries += 1
        return f"_{self._temporaries}"

    @contextmanager
    def reusing_temporaries(self) -> Iterator[None]:
        """Around the compiling of one node: its temporary names are free again behind it, so that frames stay small."""
        used = self._temporaries
        yield
        self._temporaries = used

    # --- scopes inside the stack ---

    @contextmanager
    def scope(self, names: dict[str, str]) -> Iterator[None]:
        self.scopes.append(names)
        try:
            yield
        finally:
            self.scopes.pop()

    def enter(self, parameters: list[str]) -> list[str]:
        names = {parameter: self._free(parameter) for parameter in parameters}
        self.scopes.append(names)
        return list(names.values())

    def leave(self) -> None:
        self.scopes.pop()

    @contextmanager
    def loop(self, item: str | None) -> Iterator[LoopNames]:
        python = self._free(item or "item")
        loop = LoopNames(len(self._taken), python, self.loops[-1] if self.loops else None)
        names = {"item": python, "loop_item": python, **dict.fromkeys(INDEX_NAMES, loop.index)}
        if item:
            names[item] = python
        self.loops.append(loop)
        with self.scope(names):
            yield loop
        self.loops.pop()

    def lexical(self, name: str) -> str | None:
        """The Python name of a loop variable, lambda parameter or caught error, innermost first."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    # --- reading and kinds ---

    def kind(self, name: tree.Name) -> str:
        if name.binding == "variable":
            return self.facts.kinds.get(name.id, ANY)
        if name.id in INDEX_NAMES and self.lexical(name.id):
            return NUMBER
        return ANY

    def load(self, name: tree.Name, at: Syntax) -> ast.expr:
        id = name.id
        local = self.lexical(id)
        if local is not None:
            return at.name(local)
        if id == "loop" and self.loops:
            return self.loop_object(self.loops[-1], at)
        if id in self.facts.variables:
            return self.load_variable(id, at)
        if name.binding == "root" or id in self.roots:
            return self.load_root(id, at)
        if self.facts.dynamic:
            return at.call("_lookup", at.name("_variables"), self.load_root("input", at), at.constant(id))
        return at.name(self.input(id))

    def load_variable(self, name: str, at: Syntax) -> ast.expr:
        if self.facts.dynamic:
            return at.subscript(at.name("_variables"), at.constant(name))
        return at.name(self.locals[name])

    def load_root(self, id: str, at: Syntax) -> ast.expr:
        if id == "now":
            return at.name("_now")
        if id in VARIABLES_ROOTS:
            return self.all_variables(at)
        if id in INPUT_ROOTS:
            self.roots.add("input")
            return at.name("_input")
        if id in CONTEXT_ROOTS:
            self.roots.add(id)
            return at.name(f"_{id}")
        return at.constant(None)  # loop outside a loop, error outside a catch block

    def input(self, name: str) -> str:
        """The Python name of an input that is read without a prefix; it is bound when the stack begins."""
        if name not in self.inputs:
            self.inputs[name] = self._free(name)
        return self.inputs[name]

    def all_variables(self, at: Syntax) -> ast.expr:
        if self.facts.dynamic:
            return at.call("_dict", at.name("_variables"))
        return at.dict_([(at.constant(name), at.name(local)) for name, local in self.locals.items()])

    def loop_object(self, loop: LoopNames, at: Syntax) -> ast.expr:
        parent = at.constant(None) if loop.parent is None else self.loop_object(loop.parent, at)
        return at.call("_loop_object", at.name(loop.index), at.name(loop.items), parent)

    def loop_field(self, key: str, at: Syntax) -> ast.expr | None:
        if not self.loops or self.lexical("loop") is not None:
            return None
        loop = self.loops[-1]
        index, one = at.name(loop.index), at.constant(1)
        length = at.call("_len", at.name(loop.items))
        match key:
            case "index":
                return at.binary(index, ast.Add(), one)
            case "index0":
                return index
            case "first":
                return at.compare(index, (ast.Eq(), at.constant(0)))
            case "last":
                return at.compare(at.binary(index, ast.Add(), one), (ast.Eq(), length))
            case "length":
                return length
            case "parent" if loop.parent is not None:
                return self.loop_object(loop.parent, at)
        return None
