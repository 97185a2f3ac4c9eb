"""A resolved expression becomes Python syntax, twice: the plain form and the careful one.

The plain form is what one would write by hand. It is used where it either means exactly what the language says
or *raises* (reading ``item["price"]`` from what is no object, adding a number to a text); the statement around it
then falls back to the careful form, whose operations live in ``values``. ``Written.risky`` says that a plain form
may raise. A form that would quietly mean something else (``"3" * 2``) is never written plainly.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple, Protocol

from interpreter import catalog, tree
from interpreter.expression.kinds import ANY, BOOLEAN, NUMBER, TEXT, KindOf, kind_of
from interpreter.expression.syntax import Syntax
from interpreter.values import MAX_TEXT, PLAIN_RESULT, Moment, parse_number


class Written(NamedTuple):
    """An expression as Python, and whether evaluating it plainly may raise."""

    syntax: ast.expr
    risky: bool


class Names(Protocol):
    """What the stack's compiler tells the expressions inside it."""

    strict: bool

    def load(self, name: tree.Name, at: Syntax) -> ast.expr:
        """Python for reading a name."""

    def loop_field(self, key: str, at: Syntax) -> ast.expr | None:
        """Python for ``loop.key`` of the innermost loop, where it is one of the known fields."""

    def kind(self, name: tree.Name) -> str:
        """The kind of a name's value."""

    def temporary(self) -> str:
        """A fresh Python name."""

    def enter(self, parameters: list[str]) -> list[str]:
        """Open a lambda's scope; the Python names of its parameters."""

    def leave(self) -> None:
        """Close the innermost lambda's scope."""

    def filter(self, name: str) -> catalog.Filter:
        """A filter of the catalogue, noted as one that the program needs."""

    def place(self) -> int:
        """The number of the node that the expression belongs to."""


_ORDERINGS: dict[str, tuple[type[ast.cmpop], str]] = {
    "<": (ast.Lt, "_less"),
    "<=": (ast.LtE, "_less_equal"),
    ">": (ast.Gt, "_greater"),
    ">=": (ast.GtE, "_greater_equal"),
}
_CAREFUL = {
    "+": "_add",
    "-": "_subtract",
    "*": "_multiply",
    "/": "_divide",
    "//": "_floor_divide",
    "%": "_modulo",
    "**": "_power",
    "~": "_join_text",
    "==": "_equal",
    "===": "_identical",
    **{sign: careful for sign, (_, careful) in _ORDERINGS.items()},
}
TOLERANT = frozenset(("default", "d", "first_notnull", "coalesce", "first_notempty", "is_defined"))
"""Filters that are asked about what may be missing: their piped value is read tolerantly in strict mode."""


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


class Emitter:
    """Writes one expression. ``risky`` gathers whether any of it may raise."""

    def __init__(self, names: Names, plain: bool) -> None:
        self.names = names
        self.plain = plain
        self.risky = False
        self.tolerant = False
        self.bounded = False
        self.kind_of_name: KindOf = names.kind

    def written(self, expression: tree.Expression) -> Written:
        return Written(self.expression(expression), self.risky and self.plain)

    def kind(self, expression: tree.Expression) -> str:
        return kind_of(expression, self.kind_of_name)

    def expression(self, expression: tree.Expression) -> ast.expr:
        tolerant, self.tolerant = self.tolerant, False
        bounded, self.bounded = self.bounded, False
        at = Syntax(expression.span)
        match expression:
            case tree.Attribute() | tree.Index():
                return self.read(expression, at, tolerant)
            case tree.Binary():
                return self.binary(expression, at, bounded)
            case _:
                write: Callable[[tree.Expression, Syntax], ast.expr] = getattr(self, _WRITERS[type(expression)])
                return write(expression, at)

    def tolerating(self, expression: tree.Expression) -> ast.expr:
        """An expression whose outermost read may find nothing, also in strict mode."""
        self.tolerant = True
        return self.expression(expression)

    def operand(self, expression: tree.Expression, bounded: bool = True) -> ast.expr:
        """An operand of arithmetic; ``bounded`` where the result's size is seen to, so that its own need not be."""
        self.bounded = bounded
        return self.expression(expression)

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

    # --- operators ---

    def unary(self, expression: tree.Unary, at: Syntax) -> ast.expr:
        operand = self.expression(expression.operand)
        if expression.operator == "not":
            return at.unary(ast.Not(), operand)
        if self.plain and self.kind(expression.operand) == NUMBER:
            self.risky = self.risky or not isinstance(expression.operand, tree.Constant)
            return at.unary(ast.USub() if expression.operator == "-" else ast.UAdd(), operand)
        return at.call("_negate" if expression.operator == "-" else "_positive", operand)

    def logical(self, expression: tree.Logical, at: Syntax) -> ast.expr:
        if expression.operator == "??":
            return self.otherwise(expression, at)
        operator = ast.And() if expression.operator == "and" else ast.Or()
        left = self.tolerating(expression.left) if expression.operator == "or" else self.expression(expression.left)
        return at.both(operator, left, self.expression(expression.right))

    def otherwise(self, expression: tree.Logical, at: Syntax) -> ast.expr:
        kept = self.names.temporary()
        left = at.keep(kept, self.tolerating(expression.left))
        present = at.both(
            ast.And(),
            at.compare(left, (ast.IsNot(), at.constant(None))),
            at.compare(at.class_of(at.name(kept)), (ast.IsNot(), at.name("_Missing"))),
        )
        return at.choose(present, at.name(kept), self.expression(expression.right))

    def conditional(self, expression: tree.Conditional, at: Syntax) -> ast.expr:
        other = expression.otherwise
        return at.choose(
            self.expression(expression.test),
            self.expression(expression.then),
            at.constant(None) if other is None else self.expression(other),
        )

    def binary(self, expression: tree.Binary, at: Syntax, bounded: bool) -> ast.expr:
        """``bounded`` says that the operation around it sees to the size of the result."""
        operator = expression.operator
        if operator in ("in", "not in"):
            return self.membership(expression, at)
        if operator in ("!=", "!=="):
            return at.unary(ast.Not(), self.equality(expression, operator[:-1].replace("!", "=") + "=", at))
        if operator in ("==", "==="):
            return self.equality(expression, operator, at)
        if self.plain:
            written = self.plain_binary(expression, at, bounded)
            if written is not None:
                return written
        return self.careful_binary(expression, operator, at)

    def careful_binary(self, expression: tree.Binary, operator: str, at: Syntax) -> ast.expr:
        return at.call(_CAREFUL[operator], self.expression(expression.left), self.expression(expression.right))

    def plain_binary(self, expression: tree.Binary, at: Syntax, bounded: bool) -> ast.expr | None:
        """The operation as by hand, or None where the careful function is the better choice from the start."""
        operator, left, right = expression.operator, expression.left, expression.right
        kinds = (self.kind(left), self.kind(right))
        if operator == "+":
            return self.plain_sum(expression, kinds, at, bounded)
        if operator == "-" and TEXT not in kinds:
            return self.sum_or_difference(expression, ast.Sub(), at, bounded)
        if operator == "*" and TEXT not in kinds:
            product = at.binary(self.numeric(left, at), ast.Mult(), self.numeric(right, at))
            return self.calculated(product, at, bounded)
        if operator == "%" and kinds[0] == NUMBER:
            self.risky = True
            return at.binary(self.expression(left), ast.Mod(), self.numeric(right, at))
        if operator in _ORDERINGS:
            return self.plain_ordering(expression, kinds, at)
        return None

    def plain_sum(self, expression: tree.Binary, kinds: tuple[str, str], at: Syntax, bounded: bool) -> ast.expr | None:
        """A plain ``+`` raises unless both sides are numbers, as soon as one is known to be one."""
        if NUMBER in kinds and TEXT not in kinds:
            return self.sum_or_difference(expression, ast.Add(), at, bounded)
        if kinds == (ANY, ANY) and is_small(expression.right):

            def plainly(kept: ast.expr, right: ast.expr) -> ast.expr:
                return self.calculated(at.binary(kept, ast.Add(), right), at, bounded)

            return self.if_number(expression, plainly, "_add", at)
        return None

    def sum_or_difference(self, expression: tree.Binary, operator: ast.operator, at: Syntax, bounded: bool) -> ast.expr:
        """Adding a small literal to a number within the size limit cannot leave it: that needs no guard."""
        guarded = bounded or not _moves_little(expression)
        left, right = self.operand(expression.left, guarded), self.operand(expression.right, guarded)
        return self.calculated(at.binary(left, operator, right), at, bounded or not guarded)

    def calculated(self, result: ast.expr, at: Syntax, bounded: bool) -> ast.expr:
        """``kept if -1e15 < (kept := left * right) < 1e15 else _sized(kept)``: sizes stay bounded."""
        self.risky = True
        if bounded:
            return result
        kept = self.names.temporary()
        within = at.compare(
            at.unary(ast.USub(), at.constant(PLAIN_RESULT)),
            (ast.Lt(), at.keep(kept, result)),
            (ast.Lt(), at.constant(PLAIN_RESULT)),
        )
        return at.choose(within, at.name(kept), at.call("_sized", at.name(kept)))

    def if_number(
        self, expression: tree.Binary, plainly: Callable[[ast.expr, ast.expr], ast.expr], careful: str, at: Syntax
    ) -> ast.expr:
        """``plain if type(kept := left) is a number's else careful(kept, right)``."""
        self.risky = True
        kept = self.names.temporary()
        left = at.keep(kept, self.expression(expression.left))
        number = at.is_one_of(left, self.names.temporary(), _NUMBERS)
        then = plainly(at.name(kept), self.expression(expression.right))
        return at.choose(number, then, at.call(careful, at.name(kept), self.expression(expression.right)))

    def numeric(self, expression: tree.Expression, at: Syntax) -> ast.expr:
        """An operand that raises unless it is a number: unary plus, where the kind does not tell already."""
        written = self.operand(expression)
        return written if self.kind(expression) == NUMBER else at.unary(ast.UAdd(), written)

    def plain_ordering(self, expression: tree.Binary, kinds: tuple[str, str], at: Syntax) -> ast.expr | None:
        """A plain comparison raises unless both sides are numbers, as soon as one is known to be one."""
        operator, careful = _ORDERINGS[expression.operator]
        if NUMBER in kinds:
            self.risky = True
            return at.compare(self.expression(expression.left), (operator(), self.expression(expression.right)))
        if kinds == (ANY, ANY) and is_small(expression.right):
            return self.if_number(expression, lambda kept, right: at.compare(kept, (operator(), right)), careful, at)
        return None

    def equality(self, expression: tree.Binary, operator: str, at: Syntax) -> ast.expr:
        left, right = expression.left, expression.right
        for side, other in ((right, left), (left, right)):
            if isinstance(side, tree.Constant):
                written = self.equals_constant(other, side, operator, at)
                if written is not None:
                    return written
        if self.kind(left) == self.kind(right) == NUMBER:
            return at.compare(self.expression(left), (ast.Eq(), self.expression(right)))
        return self.careful_binary(expression, operator, at)

    def equals_constant(
        self, expression: tree.Expression, constant: tree.Constant, operator: str, at: Syntax
    ) -> ast.expr | None:
        """Comparison with a literal, where ``==`` of Python means the same; None where it does not."""
        value, kind = constant.value, self.kind(expression)
        written = self.expression
        if value is None:
            return at.compare(self.tolerating(expression), (ast.Eq(), written(constant)))
        if isinstance(value, bool):
            return at.compare(written(expression), (ast.Is(), written(constant)))
        if isinstance(value, str):
            special = parse_number(value) is not None or Moment.parse(value) is not None
            return None if special else at.compare(written(expression), (ast.Eq(), written(constant)))
        if kind == NUMBER:
            return at.compare(written(expression), (ast.Eq(), written(constant)))
        kept = self.names.temporary()
        number = at.is_one_of(at.keep(kept, written(expression)), self.names.temporary(), _NUMBERS)
        plain = at.compare(at.name(kept), (ast.Eq(), written(constant)))
        return at.choose(number, plain, at.call(_CAREFUL[operator], at.name(kept), written(constant)))

    def membership(self, expression: tree.Binary, at: Syntax) -> ast.expr:
        found = at.call("_contains", self.expression(expression.right), self.expression(expression.left))
        return at.unary(ast.Not(), found) if expression.operator == "not in" else found

    def test(self, expression: tree.Test, at: Syntax) -> ast.expr:
        operand = self.tolerating(expression.operand)
        if expression.name in ("defined", "undefined"):
            missing = at.compare(at.class_of(operand), (ast.Is(), at.name("_Missing")))
            negated = expression.negated == (expression.name == "undefined")
            return at.unary(ast.Not(), missing) if negated else missing
        arguments = [self.expression(argument.value) for argument in expression.arguments]
        tested = at.call("_test", at.constant(expression.name), at.name("_context"), operand, *arguments)
        return at.unary(ast.Not(), tested) if expression.negated else tested

    # --- calls ---

    def call(self, expression: tree.Call, at: Syntax) -> ast.expr:
        if expression.name == "now" and not expression.arguments:
            return at.name("_now")
        if expression.binding == "filter":
            return self.filter(expression, at)
        arguments, keywords = self.arguments(expression, at)
        if expression.binding == "function":
            place = at.constant(self.names.place())
            return at.context("invoke", place, at.constant(expression.name), arguments, keywords)
        called = self.names.load(tree.Name(expression.name, expression.name_span, "variable"), at)
        return at.call("_call_value", called, arguments, keywords)

    def filter(self, expression: tree.Call, at: Syntax) -> ast.expr:
        entry = self.names.filter(expression.name)
        if self.plain and _is_positional(expression) and not entry.needs_context:
            written = self.plain_filter(entry, expression, at)
            if written is not None:
                return written
        if expression.name in TOLERANT:
            self.tolerant = True
        arguments, keywords = self.arguments(expression, at)
        return at.call("_apply", at.name(f"_filter_{entry.name}"), at.name("_context"), arguments, keywords)

    def plain_filter(self, entry: catalog.Filter, expression: tree.Call, at: Syntax) -> ast.expr | None:
        """``x.upper()``, or ``_upper(x) if x.__class__ is str else careful``; None where types do not tell."""
        values = [argument.value for argument in expression.arguments]
        if not values or len(values) > len(entry.parameters):
            return None
        if entry.method and len(values) == 1:
            self.risky = True
            return at.method(self.expression(values[0]), entry.method)
        wanted = _PYTHON_TYPES.get(entry.parameters[0].type)
        if wanted is None or not all(map(_fits_exactly, values[1:], entry.parameters[1:])):
            return None
        kept = self.names.temporary()
        fits = at.is_class(at.keep(kept, self.expression(values[0])), wanted)
        rest = [self.expression(value) for value in values[1:]]
        plainly = at.call(f"_plain_{entry.name}", at.name(kept), *rest)
        again = [self.expression(value) for value in values[1:]]
        carefully = at.call(
            "_apply",
            at.name(f"_filter_{entry.name}"),
            at.name("_context"),
            at.tuple_(at.name(kept), *again),
            at.constant(None),
        )
        return at.choose(fits, plainly, carefully)

    def arguments(self, expression: tree.Call, at: Syntax) -> tuple[ast.expr, ast.expr]:
        """Positional arguments as a tuple, keyword arguments as a dict or None."""
        positional: list[ast.expr] = []
        named: list[tuple[ast.expr | None, ast.expr]] = []
        for argument in expression.arguments:
            value = self.expression(argument.value)
            if argument.keyword is not None:
                named.append((at.constant(argument.keyword), value))
            elif argument.spread:
                positional.append(at.place(ast.Starred(at.call("_spread_list", value), ast.Load())))
            else:
                positional.append(value)
        return at.tuple_(*positional), at.dict_(named) if named else at.constant(None)

    def lambda_(self, expression: tree.Lambda, at: Syntax) -> ast.expr:
        """A Python lambda; careful throughout, since what raises inside a filter cannot be tried again."""
        plain, self.plain = self.plain, False
        names = self.names.enter(expression.parameters)
        body = self.expression(expression.body)
        self.names.leave()
        self.plain = plain
        parameters = [at.place(ast.arg(name)) for name in names]
        defaults = [at.name("_MISSING") for _ in names]
        extra = at.place(ast.arg("_extra"))
        signature = ast.arguments([], parameters, extra, [], [], None, defaults)
        return at.place(ast.Lambda(signature, body))

    # --- building ---

    def list_literal(self, expression: tree.ListLiteral, at: Syntax) -> ast.expr:
        items: list[ast.expr] = []
        for item in expression.items:
            if isinstance(item, tree.Spread):
                spread = at.call("_spread_list", self.expression(item.value))
                items.append(at.place(ast.Starred(spread, ast.Load())))
            else:
                items.append(self.expression(item))
        return at.list_(*items)

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
            types = ("_str",) if self.kind(part) == TEXT else ("_str", *_NUMBERS)
            plainly = at.is_one_of(at.keep(kept, value), self.names.temporary(), types)
            value = at.choose(plainly, at.name(kept), at.call("_text", at.name(kept)))
        return at.place(ast.FormattedValue(value, -1, None))

    def is_text_method(self, part: tree.Expression) -> bool:
        """Whether the plain form is ``x.upper()``: text, or it raises."""
        if not (isinstance(part, tree.Call) and part.binding == "filter" and len(part.arguments) == 1):
            return False
        entry = catalog.FILTERS[part.name]
        return entry.method is not None and entry.result == "text" and _is_positional(part)


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
_NUMBERS = ("_int", "_float")
_PYTHON_TYPES = {"text": "_str", "list": "_list", "object": "_dict"}
_CONSTANT_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}


def _is_positional(call: tree.Call) -> bool:
    return all(argument.keyword is None and not argument.spread for argument in call.arguments)


def _fits_exactly(value: tree.Expression, parameter: catalog.Parameter) -> bool:
    """Whether an argument is a literal of exactly the declared type."""
    wanted = _CONSTANT_TYPES.get(parameter.type, ())
    return isinstance(value, tree.Constant) and value.value.__class__ in wanted and not parameter.variadic


def _moves_little(expression: tree.Binary) -> bool:
    """Whether one side of a sum is a literal of at most 1e15."""
    sides = [each.value for each in (expression.left, expression.right) if isinstance(each, tree.Constant)]
    return any(isinstance(value, (int, float)) and abs(value) <= PLAIN_RESULT for value in sides)


def _is_loop(expression: tree.Expression) -> bool:
    return isinstance(expression, tree.Name) and expression.id == "loop" and expression.binding in ("loop", "root")


def _bounds(expression: tree.Slice) -> tuple[tree.Expression | None, tree.Expression | None]:
    return expression.start, expression.stop


def is_small(expression: tree.Expression) -> bool:
    """Whether writing it twice costs little: a name, a literal, or a short path."""
    depth = 0
    while isinstance(expression, tree.Attribute) and depth < 3:
        expression, depth = expression.target, depth + 1
    return isinstance(expression, (tree.Name, tree.Constant))


def written_path(expression: tree.Expression) -> str:
    """A path as the author wrote it: ``input.user.name``, ``items[0]``."""
    return expression.span.text


__all__ = ["ANY", "BOOLEAN", "Emitter", "Names", "Written", "emit", "is_pure"]
