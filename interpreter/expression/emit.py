"""A resolved expression becomes Python syntax, twice: the plain form and the careful one.

The plain form is what one would write by hand. It is used where it either means exactly what the language says
or *raises* (reading ``item["price"]`` from what is no object, adding a number to a text); the statement around it
then falls back to the careful form, whose operations live in ``values``. ``Written.risky`` says that a plain form
may raise. A form that would quietly mean something else (``"3" * 2``) is never written plainly.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from interpreter import catalog, tree
from interpreter.expression.calls import Calls, is_positional
from interpreter.expression.kinds import NUMBER, TEXT
from interpreter.expression.operators import Operators
from interpreter.expression.syntax import Syntax
from interpreter.expression.writer import NUMBERS, Names, Written
from interpreter.values import MAX_TEXT


def emit(expression: tree.Expression, names: Names, plain: bool) -> Written:
    """One form of an expression; ``plain`` chooses which."""
    return Emitter(names, plain).written(expression)


def is_pure(expression: tree.Expression) -> bool:
    """Whether evaluating it twice does no harm: it calls no stack of the workspace."""
    for part in tree.walk(expression):
        if isinstance(part, tree.Call) and part.binding != "filter":
            return False
        if isinstance(part, tree.Name) and part.binding == "function":
            return False
    return True


class Emitter(Operators, Calls):
    """Writes one expression: names, reading and literals itself, operators and calls by its two other parts."""

    def written(self, expression: tree.Expression) -> Written:
        return Written(self.expression(expression), self.risky and self.plain)

    def expression(self, expression: tree.Expression) -> ast.expr:
        tolerant, self.tolerant = self.tolerant, False
        bounded, self.bounded = self.bounded, False
        at = Syntax(expression.span)
        if id(expression) in self.kept:
            return at.name(self.kept[id(expression)])
        kept = self.keeping.get(id(expression))
        written = self.fresh(expression, at, tolerant, bounded)
        return written if kept is None else at.keep(kept, written)

    def fresh(self, expression: tree.Expression, at: Syntax, tolerant: bool, bounded: bool) -> ast.expr:
        match expression:
            case tree.Attribute() | tree.Index():
                return self.read(expression, at, tolerant)
            case tree.Binary():
                return self.binary(expression, at, bounded)
            case _:
                write: Callable[[tree.Expression, Syntax], ast.expr] = getattr(self, _WRITERS[type(expression)])
                return write(expression, at)

    # --- names and reading ---

    def constant(self, expression: tree.Constant, at: Syntax) -> ast.expr:
        return at.constant(expression.value)

    def name(self, expression: tree.Name, at: Syntax) -> ast.expr:
        if expression.binding == "filter":
            self.names.filter(expression.id)
            return at.call("_function", at.constant(expression.id), at.name("_context"))
        if expression.binding == "function":
            return at.context("function", at.constant(self.names.place()), at.constant(expression.id))
        return self.names.load(expression, at)

    def read(self, expression: tree.Attribute | tree.Index, at: Syntax, tolerant: bool) -> ast.expr:
        if isinstance(expression, tree.Attribute) and _is_loop(expression.target):
            field = self.names.loop_field(expression.key, at)
            if field is not None:
                return field
        through = tolerant or expression.optional
        target = self.tolerating(expression.target) if through else self.expression(expression.target)
        key = self.key(expression, at)
        if self.plain and self.reads_plainly(expression):
            self.risky = True
            return at.subscript(target, key)
        reader = "_read_strict" if self.names.strict and not through else "_read"
        return at.call(reader, target, key, at.constant(written_path(expression)))

    def key(self, expression: tree.Attribute | tree.Index, at: Syntax) -> ast.expr:
        if isinstance(expression, tree.Index):
            return self.expression(expression.index)
        return Syntax(expression.key_span).constant(expression.key)

    def reads_plainly(self, expression: tree.Attribute | tree.Index) -> bool:
        """Whether ``target[key]`` means the same or raises: a text key, or a number on a list."""
        if isinstance(expression, tree.Attribute):
            return expression.key != "length"
        index = expression.index
        if isinstance(index, tree.Constant):
            return index.value.__class__ in (str, int) and index.value != "length"
        return self.kind(index) == NUMBER

    def slice(self, expression: tree.Slice, at: Syntax) -> ast.expr:
        bounds = [at.constant(None) if bound is None else self.expression(bound) for bound in _bounds(expression)]
        return at.call("_part", self.expression(expression.target), *bounds)

    # --- building ---

    def list_literal(self, expression: tree.ListLiteral, at: Syntax) -> ast.expr:
        items: list[ast.expr] = []
        for item in expression.items:
            if isinstance(item, tree.Spread):
                spread = at.call("_spread_list", self.expression(item.value))
                items.append(at.place(ast.Starred(spread, ast.Load())))
            else:
                items.append(self.expression(item))
        written = at.list_(*items)
        spreads = any(isinstance(item, tree.Spread) for item in expression.items)
        return at.call("_sized_list", written) if spreads else written

    def object_literal(self, expression: tree.ObjectLiteral, at: Syntax) -> ast.expr:
        entries: list[tuple[ast.expr | None, ast.expr]] = []
        for entry in expression.entries:
            if isinstance(entry, tree.Spread):
                entries.append((None, at.call("_spread_object", self.expression(entry.value))))
            else:
                entries.append((self.entry_key(entry.key), self.expression(entry.value)))
        return at.dict_(entries)

    def entry_key(self, key: tree.Expression) -> ast.expr:
        if isinstance(key, tree.Constant) and isinstance(key.value, str):
            return self.expression(key)
        return Syntax(key.span).call("_text", self.expression(key))

    def template(self, expression: tree.Template, at: Syntax) -> ast.expr:
        """An f-string of parts that are certain to be shown as Python shows them, the rest through ``_text``."""
        parts = [
            self.constant(part, at)
            if isinstance(part, tree.Constant) and isinstance(part.value, str)
            else self.shown(part)
            for part in expression.parts
        ]
        whole = at.place(ast.JoinedStr(parts))
        if not self.plain:
            return at.call("_sized_text", whole)
        kept = self.names.temporary()
        fits = at.compare(at.call("_len", at.keep(kept, whole)), (ast.LtE(), at.constant(MAX_TEXT)))
        return at.choose(fits, at.name(kept), at.call("_sized_text", at.name(kept)))

    def shown(self, part: tree.Expression) -> ast.expr:
        at = Syntax(part.span)
        value = self.expression(part)
        if not self.plain:
            value = at.call("_text", value)
        elif not self.is_text_method(part):
            self.risky = True  # an integer too long for Python's own formatting raises
            kept = self.names.temporary()
            types = ("_str",) if self.kind(part) == TEXT else ("_str", *NUMBERS)
            plainly = at.is_one_of(at.keep(kept, value), self.names.temporary(), types)
            value = at.choose(plainly, at.name(kept), at.call("_text", at.name(kept)))
        return at.place(ast.FormattedValue(value, -1, None))

    def is_text_method(self, part: tree.Expression) -> bool:
        """Whether the plain form is ``x.upper()``: text, or it raises."""
        if not (isinstance(part, tree.Call) and part.binding == "filter" and len(part.arguments) == 1):
            return False
        entry = catalog.FILTERS[part.name]
        return entry.method is not None and entry.result == "text" and is_positional(part)


_WRITERS: dict[type, str] = {
    tree.Constant: "constant",
    tree.Name: "name",
    tree.Slice: "slice",
    tree.Unary: "unary",
    tree.Binary: "binary",
    tree.Logical: "logical",
    tree.Conditional: "conditional",
    tree.Test: "test",
    tree.Call: "call",
    tree.Lambda: "lambda_",
    tree.ListLiteral: "list_literal",
    tree.ObjectLiteral: "object_literal",
    tree.Template: "template",
}


def _is_loop(expression: tree.Expression) -> bool:
    return isinstance(expression, tree.Name) and expression.id == "loop" and expression.binding in ("loop", "root")


def _bounds(expression: tree.Slice) -> tuple[tree.Expression | None, tree.Expression | None]:
    return expression.start, expression.stop


def written_path(expression: tree.Expression) -> str:
    """A path as the author wrote it: ``input.user.name``, ``items[0]``."""
    return expression.span.text


__all__ = ["Emitter", "Names", "Written", "emit", "is_pure"]
