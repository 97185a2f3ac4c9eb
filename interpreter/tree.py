"""The nouns that travel: JSON values with places, then definitions made of nodes, then expressions.

``load`` makes the first group, ``normalize`` the second, ``parse`` the third. Each noun keeps its span.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from interpreter.source import Span

# --- JSON values, as load reads them -------------------------------------------------------------


@dataclass(slots=True)
class Literal:
    """A number, true, false or null."""

    value: int | float | bool | None
    span: Span


@dataclass(slots=True)
class String:
    """A JSON string: its decoded text, and where each of its characters stands in the source.

    ``span`` includes the quotes. ``offsets`` is None where the text holds no escape (character i then
    stands at ``span.start + 1 + i``); else ``offsets[i]`` is the source offset of character i, and one
    more entry is that of the closing quote.
    """

    value: str
    span: Span
    offsets: tuple[int, ...] | None = None

    def part(self, start: int, end: int) -> Span:
        """The source span of the decoded characters from start to end."""
        if self.offsets is None:
            first = self.span.start + 1
            return Span(self.span.source, first + start, first + end)
        return Span(self.span.source, self.offsets[start], self.offsets[end])


@dataclass(slots=True)
class Array:
    items: list[Value]
    span: Span


@dataclass(slots=True)
class Member:
    """One ``"key": value`` of an object."""

    key: String
    value: Value


@dataclass(slots=True)
class Object:
    members: list[Member]
    span: Span

    def get(self, key: str) -> Value | None:
        for member in self.members:
            if member.key.value == key:
                return member.value
        return None

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)


Value = Literal | String | Array | Object


def plain(value: Value) -> Any:
    """The JSON value alone, without its places."""
    match value:
        case Literal() | String():
            return value.value
        case Array():
            return [plain(item) for item in value.items]
        case Object():
            return {member.key.value: plain(member.value) for member in value.members}


# --- Definitions and nodes, as normalize makes them ----------------------------------------------


@dataclass(slots=True)
class Input:
    """One declared input. ``type`` is a name of inputs.TYPES; ``required`` is false where a default stands."""

    name: str
    type: str
    required: bool
    default: Any
    span: Span
    description: str | None = None
    values: tuple[Any, ...] | None = None  # the allowed values of an enum
    items: str | None = None  # the item type of a list
    secret: bool = False  # no message may say its value


@dataclass(slots=True)
class Block:
    """A list of nodes: a stack, a branch, the body of a loop."""

    nodes: list[Node]
    span: Span


@dataclass(slots=True)
class Case:
    """One guarded block: a case of a switch (``test`` a String or Literal), a branch of else_if (any value)."""

    test: Parameter
    block: Block


@dataclass(slots=True)
class Node:
    """One node under its canonical spelling.

    ``function`` is a catalogue name, or a user function's name where ``is_call`` (its remaining keys are
    then ``inputs``, an Object parameter of a ``custom_function`` node whose ``name`` is that name).
    ``parameters`` hold JSON values after normalize, expressions after parse, blocks and cases throughout.
    ``names`` says where each parameter's key stands; ``mode`` is execution_mode, where it is sync or async.
    """

    function: str
    span: Span
    function_span: Span
    parameters: dict[str, Parameter]
    names: dict[str, Span] = field(default_factory=dict)
    return_as: String | None = None
    mode: String | None = None
    pointer: str = ""
    is_call: bool = False

    @property
    def asynchronous(self) -> bool:
        return self.mode is not None and self.mode.value == "async"


@dataclass(slots=True)
class Definition:
    """Something with a name and a stack. ``kind`` is function, endpoint, task or schedule.

    ``inputs`` is None where the document declares none (``{}`` declares that there are none).
    ``options`` are the remaining canonical keys, plain: method, path, schedule, timezone, retry_policy,
    resource_limits, timeout_handling, priority, queue, delay, description, strict. ``option_values`` are the same
    as they were written, with their places.
    """

    kind: str
    name: str
    stack: Block
    span: Span
    name_span: Span
    inputs: list[Input] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    option_values: dict[str, Value] = field(default_factory=dict)
    pointer: str = ""

    @property
    def strict(self) -> bool:
        return bool(self.options.get("strict"))


# --- Expressions, as parse reads them out of templates -------------------------------------------


@dataclass(slots=True)
class Constant:
    """A value without a template in it: text, number, true, false or null; never a list or object."""

    value: Any
    span: Span


@dataclass(slots=True)
class Name:
    """A bare name. resolve writes what it is into ``binding``: one of BINDINGS."""

    id: str
    span: Span
    binding: str = ""


BINDINGS = ("loop", "variable", "root", "input", "parameter", "function", "filter")
"""loop variable · stack variable · reserved root · an input read without prefix · a lambda's parameter ·
a user function passed by name · a filter passed by name."""


@dataclass(slots=True)
class Attribute:
    """``target.key`` or ``target?.key``; ``key_span`` is the key alone."""

    target: Expression
    key: str
    key_span: Span
    span: Span
    optional: bool = False


@dataclass(slots=True)
class Index:
    """``target[index]`` or ``target?.[index]``."""

    target: Expression
    index: Expression
    span: Span
    optional: bool = False


@dataclass(slots=True)
class Slice:
    """``target[start:stop]``, as Jinja has it; a missing bound is None."""

    target: Expression
    start: Expression | None
    stop: Expression | None
    span: Span


@dataclass(slots=True)
class Unary:
    """``not x``, ``-x`` or ``+x``; ``!`` is spelt not."""

    operator: str
    operand: Expression
    span: Span


@dataclass(slots=True)
class Binary:
    """``left operator right``: + - * / // % ** ~ == != === !== < <= > >= in 'not in'."""

    operator: str
    left: Expression
    right: Expression
    span: Span


@dataclass(slots=True)
class Logical:
    """``and``, ``or`` (also written && ||) and ``??``: each gives one of its operands."""

    operator: str
    left: Expression
    right: Expression
    span: Span


@dataclass(slots=True)
class Conditional:
    """``test ? then : otherwise`` and ``then if test else otherwise``; without else it is null."""

    test: Expression
    then: Expression
    otherwise: Expression | None
    span: Span


@dataclass(slots=True)
class Test:
    """``operand is name(arguments)``, with ``negated`` for ``is not``. ``name`` is a test of filters/tests."""

    operand: Expression
    name: str
    name_span: Span
    arguments: list[Argument]
    negated: bool
    span: Span


@dataclass(slots=True)
class Argument:
    """One argument of a call: positional, ``keyword=value``, or ``...spread``."""

    value: Expression
    keyword: str | None = None
    keyword_span: Span | None = None
    spread: bool = False


@dataclass(slots=True)
class Call:
    """``name(arguments)``, ``value|name(arguments)`` or ``value|name:a:b``; a piped value is the first argument.

    resolve writes into ``binding`` what is called: ``filter`` (also the catalogue's functions), ``function`` (of
    the workspace) or ``value`` (a lambda kept in a variable or parameter).
    """

    name: str
    name_span: Span
    arguments: list[Argument]
    span: Span
    piped: bool = False
    binding: str = ""


@dataclass(slots=True)
class Lambda:
    """``x => body`` or ``(a, b) => body``."""

    parameters: list[str]
    body: Expression
    span: Span


@dataclass(slots=True)
class Spread:
    """``...value`` inside a list or object literal."""

    value: Expression
    span: Span


@dataclass(slots=True)
class ListLiteral:
    items: list[Expression | Spread]
    span: Span


@dataclass(slots=True)
class Entry:
    """One ``key: value`` of an object literal; ``key`` is a Constant, or any expression where computed."""

    key: Expression
    value: Expression


@dataclass(slots=True)
class ObjectLiteral:
    entries: list[Entry | Spread]
    span: Span


@dataclass(slots=True)
class Template:
    """Text with expressions in it: each part is a Constant text or an expression to be shown as text."""

    parts: list[Expression]
    span: Span


Expression = (
    Constant
    | Name
    | Attribute
    | Index
    | Slice
    | Unary
    | Binary
    | Logical
    | Conditional
    | Test
    | Call
    | Lambda
    | ListLiteral
    | ObjectLiteral
    | Template
)

Parameter = Value | Expression | Block | list[Case]


def children(expression: Expression | Spread | Entry | Argument) -> Iterator[Expression]:
    """The expressions directly inside one, in the order they are written."""
    match expression:
        case Attribute(target=target):
            yield target
        case Index(target=target, index=index):
            yield target
            yield index
        case Slice(target=target, start=start, stop=stop):
            yield from (part for part in (target, start, stop) if part is not None)
        case Unary(operand=operand):
            yield operand
        case Binary(left=left, right=right) | Logical(left=left, right=right):
            yield left
            yield right
        case Conditional(test=test, then=then, otherwise=otherwise):
            yield from (part for part in (test, then, otherwise) if part is not None)
        case Test(operand=operand, arguments=arguments):
            yield operand
            yield from (argument.value for argument in arguments)
        case Call(arguments=arguments):
            yield from (argument.value for argument in arguments)
        case Lambda(body=body):
            yield body
        case ListLiteral(items=items):
            yield from (item.value if isinstance(item, Spread) else item for item in items)
        case ObjectLiteral(entries=entries):
            for entry in entries:
                if isinstance(entry, Entry):
                    yield entry.key
                yield entry.value
        case Template(parts=parts):
            yield from parts
        case _:
            return


def walk(expression: Expression) -> Iterator[Expression]:
    """An expression and everything inside it, outermost first; a stack of its own, so no depth limit."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(children(current))))


def blocks(node: Node) -> Iterator[Block]:
    """The blocks directly inside a node, in the order of its parameters."""
    for parameter in node.parameters.values():
        if isinstance(parameter, Block):
            yield parameter
        elif isinstance(parameter, list):
            yield from (case.block for case in parameter)


def walk_nodes(block: Block) -> Iterator[Node]:
    """Every node of a block and of the blocks inside it, in document order."""
    waiting = list(reversed(block.nodes))
    while waiting:
        node = waiting.pop()
        yield node
        inner = [child for nested in blocks(node) for child in nested.nodes]
        waiting.extend(reversed(inner))


def expressions(node: Node) -> Iterator[Expression]:
    """The expressions of one node's own parameters and cases (not of the nodes inside it), after parse."""
    for parameter in node.parameters.values():
        if isinstance(parameter, list):
            yield from (case.test for case in parameter)  # type: ignore[misc]
        elif not isinstance(parameter, Block):
            yield parameter  # type: ignore[misc]
