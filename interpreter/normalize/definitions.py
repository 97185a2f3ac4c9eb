"""Documents become definitions: a stack, one node, a named definition, or several of them in one object."""

from __future__ import annotations

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Diagnostics, Related
from interpreter.normalize.declared_inputs import declared_inputs
from interpreter.normalize.nodes import (
    Nodes,
    holds_nodes,
    is_node,
    is_null,
    is_true,
    looks_like,
    misspelt_function,
    pointer_to,
    shown,
)
from interpreter.source import Span
from interpreter.spellings import (
    DEFINITION_OPTIONS,
    DISABLED,
    ENDPOINT,
    FUNCTION,
    IGNORED,
    INPUTS,
    KINDS,
    SCHEDULE,
    STACK,
    spellings,
)
from interpreter.tree import Array, Block, Definition, Member, Object, String, Value, plain

_OPTIONS = {written: name for name, also in DEFINITION_OPTIONS.items() for written, name in spellings(name, also)}
_KEYS = ("name", "inputs", *STACK, *KINDS, *_OPTIONS, DISABLED)


class Definitions:
    """Reads the documents of one text; ``found`` holds the definitions, ``name`` names a stack that has no name."""

    def __init__(self, name: str, diagnostics: Diagnostics) -> None:
        self.name = name
        self.diagnostics = diagnostics
        self.found: list[Definition] = []
        self.nodes = Nodes(diagnostics, self._define)

    def read(self, values: list[Value]) -> None:
        """Nodes that stand one after the other, without a list around them, are one stack."""
        loose: list[Value] = []
        for value in values:
            if isinstance(value, Object) and value.get("function") is not None:
                loose.append(value)
            else:
                self._document(value)
        if loose:
            span = Span(loose[0].span.source, loose[0].span.start, loose[-1].span.end)
            self._loose_nodes(loose, span)

    def _loose_nodes(self, values: list[Value], span: Span) -> None:
        before = len(self.found)
        nodes = [node for value in values if (node := self.nodes.node(value, "")) is not None]
        defined_only = not nodes and len(self.found) > before
        if not defined_only:
            self.found.insert(before, Definition(FUNCTION, self.name, Block(nodes, span), span, span))

    def _document(self, value: Value) -> None:
        if isinstance(value, Array):
            self._unnamed_stack(value, self.name, value.span, "")
        elif not isinstance(value, Object):
            message = f"{shown(value)} is no stack, expected a list of nodes or an object with a function_stack"
            self._error("normalize/not-a-stack", message, value.span)
        elif _is_definition(value):
            self._definition(value, "", None)
        elif misspelt_function(value) is not None and not any(holds_nodes(each.value) for each in value.members):
            self.nodes.node(value, "")
        else:
            self._several(value)

    def _unnamed_stack(self, value: Value, name: str, name_span: Span, pointer: str) -> None:
        before = len(self.found)
        block = self.nodes.block(value, pointer, "the stack")
        self.found.insert(before, Definition(FUNCTION, name, block, value.span, name_span, pointer=pointer))

    # --- several definitions in one object ---------------------------------------------------------------

    def _several(self, value: Object) -> None:
        """Each member that carries a stack is a definition; what carries none is configuration, and passed over."""
        defining = [member for member in value.members if _carries_stack(member.value)]
        if not defining:
            place = Span(value.span.source, value.span.start, value.span.start + 1)
            hint = "write a list of nodes, or put it under function_stack"
            self._error("normalize/not-a-stack", "the object holds no stack of nodes", place, hint)
        for member in defining:
            key = member.key
            if looks_like(key.value, "function_stack"):
                message = f'unknown key "{key.value}", which looks like "function_stack"'
                self._error("validate/unknown-parameter", message, key.span, 'did you mean "function_stack"?')
            elif isinstance(member.value, Object) and not is_node(member.value):
                self._definition(member.value, pointer_to("", key.value), key)
            else:
                self._unnamed_stack(member.value, key.value, key.span, pointer_to("", key.value))

    # --- one definition ------------------------------------------------------------------------------------

    def _define(self, value: Object, function: String, pointer: str) -> None:
        """A node whose function is no node's name, and that carries a stack, defines that function."""
        self._definition(value, pointer, function)

    def _definition(self, value: Object, pointer: str, key: String | None) -> None:
        """``key`` is the name where the definition has none of its own."""
        if is_true(value.get(DISABLED)):
            return
        kind_member = _kind_member(value)
        if kind_member is not None and isinstance(kind_member.value, Object):
            self._wrapped(value, kind_member, pointer)
            return
        kind = FUNCTION if kind_member is None else KINDS[kind_member.key.value]
        reading = _Reading(kind, value, pointer, len(self.found))
        name = kind_member.value if kind_member is not None else value.get("name")
        if isinstance(name, String):
            key = name
        elif name is not None:
            message = f"the definition's name is {shown(name)}, expected a text"
            self._error("validate/wrong-type", message, name.span, pointer=pointer)
        self._read_members(reading, value.members)
        self._finish(reading, key)

    def _wrapped(self, value: Object, kind_member: Member, pointer: str) -> None:
        """``{"scheduled_task": {"name": …, "function_stack": […]}}``: the kind's key holds the whole definition."""
        inner = kind_member.value
        assert isinstance(inner, Object)
        pointer = pointer_to(pointer, kind_member.key.value)
        reading = _Reading(KINDS[kind_member.key.value], inner, pointer, len(self.found))
        self._read_members(reading, [member for member in value.members if member is not kind_member])
        self._read_members(reading, inner.members)
        key = next((found for word in ("path", "name", "task") if isinstance(found := inner.get(word), String)), None)
        self._finish(reading, key or kind_member.key)

    def _read_members(self, reading: _Reading, members: list[Member]) -> None:
        for member in members:
            written, value = member.key.value, member.value
            pointer = pointer_to(reading.pointer, written)
            if written in STACK:
                if self._first(reading, "function_stack", member):
                    what = f'the stack under "{written}"'
                    reading.stack = self.nodes.block(value, pointer, what)
            elif written in INPUTS:
                if self._first(reading, "inputs", member) and not is_null(value):
                    reading.inputs = value
            elif written in _OPTIONS:
                if self._first(reading, _OPTIONS[written], member):
                    reading.options[_OPTIONS[written]] = value
            elif written not in reading.known and written not in IGNORED:
                self._unknown_key(reading, member)

    def _first(self, reading: _Reading, key: str, member: Member) -> bool:
        """Whether the key is said for the first time; else it is reported."""
        first = reading.names.setdefault(key, member.key.span)
        if first is member.key.span:
            return True
        self.diagnostics.error(
            "normalize/two-spellings",
            f'"{member.key.value}" says again what {first.text} says',
            member.key.span,
            f'keep one of them; the plain spelling is "{key}"',
            (Related("said here first", first),),
            reading.pointer,
        )
        return False

    def _unknown_key(self, reading: _Reading, member: Member) -> None:
        written = member.key.value
        hint = did_you_mean(written, _KEYS) or f"a definition has name, inputs, function_stack, {', '.join(_OPTIONS)}"
        message = f'unknown key "{written}" of a definition'
        self._error("validate/unknown-parameter", message, member.key.span, hint, reading.pointer)

    def _finish(self, reading: _Reading, key: String | None) -> None:
        name, name_span = (key.value, key.span) if key is not None else (self.name, reading.value.span)
        if reading.stack is None:
            message = f'the definition "{name}" has no function_stack'
            self._error("validate/missing-parameter", message, name_span, pointer=reading.pointer)
            return
        by_itself = "schedule" in reading.options or "every" in reading.options
        kind = SCHEDULE if by_itself and reading.kind != ENDPOINT else reading.kind
        definition = Definition(kind, name, reading.stack, reading.value.span, name_span, pointer=reading.pointer)
        definition.option_values = reading.options
        definition.options = {option: plain(value) for option, value in reading.options.items()}
        if kind == ENDPOINT:
            definition.options["path"] = name
        if isinstance(definition.options.get("method"), str):
            definition.options["method"] = definition.options["method"].upper()
        if reading.inputs is not None:
            pointer = pointer_to(reading.pointer, reading.names["inputs"].text.strip('"'))
            definition.inputs = declared_inputs(reading.inputs, self.diagnostics, pointer)
        self.found.insert(reading.place, definition)

    def _error(self, code: str, message: str, span: Span, hint: str | None = None, pointer: str = "") -> None:
        self.diagnostics.error(code, message, span, hint, pointer=pointer)


class _Reading:
    """One definition while its members are read; those that its nodes define come behind its own ``place``."""

    def __init__(self, kind: str, value: Object, pointer: str, place: int) -> None:
        self.kind = kind
        self.value = value
        self.pointer = pointer
        self.place = place
        self.known = {"name", "path", "function", DISABLED, *KINDS}
        self.names: dict[str, Span] = {}
        self.stack: Block | None = None
        self.inputs: Value | None = None
        self.options: dict[str, Value] = {}


def _kind_member(value: Object) -> Member | None:
    """The member that says what a definition is: a kind's key with its name, or with the whole definition."""
    for member in value.members:
        if member.key.value in KINDS and (isinstance(member.value, String) or _carries_stack(member.value)):
            return member
    return None


def _stack_member(value: Object) -> Member | None:
    return next((member for member in value.members if _is_stack(member)), None)


def _is_stack(member: Member) -> bool:
    """``function_stack`` says so itself; the other words need nodes in them to be believed."""
    return member.key.value == "function_stack" or (member.key.value in STACK and holds_nodes(member.value))


def _is_definition(value: Object) -> bool:
    """Whether an object is one definition: it has a stack, or says by its name or kind that it should have one."""
    if _stack_member(value) is not None or _kind_member(value) is not None:
        return True
    return isinstance(value.get("name"), String) and not any(_carries_stack(each.value) for each in value.members)


def _carries_stack(value: Value) -> bool:
    if holds_nodes(value):
        return True
    if not isinstance(value, Object):
        return False
    if _stack_member(value) is not None:
        return True
    return any(member.key.value in KINDS and _carries_stack(member.value) for member in value.members)
