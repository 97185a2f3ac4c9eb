"""Objects with a function become nodes: names and parameters folded, nested stacks become blocks and cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher

from interpreter.catalog import did_you_mean, nearest
from interpreter.diagnostic import Diagnostics, Related
from interpreter.source import Span
from interpreter.spellings import (
    BRANCH,
    CALL_OPTIONS,
    CASE_LABEL,
    DISABLED,
    IGNORED,
    INPUTS,
    NODE_KEYS,
    NODES,
    RETURN_AS,
    STACK,
    node_name,
    snake_case,
)
from interpreter.tree import Array, Block, Case, Literal, Member, Node, Object, String, Value

Define = Callable[[Object, String, str], None]
"""Takes a node that carries its own stack, its function's name and its pointer, and makes it a definition."""

_SKIPPED = IGNORED | {"function"}
_COMMON = {*IGNORED, *RETURN_AS, "function", "execution_mode", DISABLED}
_MODES = ("sync", "async")
_BLOCK_NODES = tuple(name for name, spelling in NODES.items() if spelling.blocks)
_ARRAY = {"array", *NODES["loop"].parameters["array"]}
_COUNT = {"count", *NODES["for_loop"].parameters["count"]}
_TYPING_SLIP = 0.8  # difflib's ratio


def pointer_to(pointer: str, key: str) -> str:
    """The RFC 6901 pointer of a member."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def looks_like(written: str, meant: str) -> bool:
    """Whether one word is another with a slip of the finger in it."""
    if abs(len(written) - len(meant)) > 2:
        return False
    return SequenceMatcher(None, written.lower(), meant).ratio() >= _TYPING_SLIP


def is_true(value: Value | None) -> bool:
    return isinstance(value, Literal) and value.value is True


def is_null(value: Value) -> bool:
    return isinstance(value, Literal) and value.value is None


def _is_condition(value: Value) -> bool:
    return isinstance(value, String) or (isinstance(value, Literal) and isinstance(value.value, bool))


def holds_nodes(value: Value) -> bool:
    """Whether a value is a stack: one node, or a list with a node in it (or with nothing)."""
    if isinstance(value, Array):
        return not value.items or any(isinstance(item, Object) and is_node(item) for item in value.items)
    return isinstance(value, Object) and value.get("function") is not None


def is_node(value: Object) -> bool:
    return value.get("function") is not None or misspelt_function(value) is not None


def misspelt_function(value: Object) -> Member | None:
    """The member whose key looks like "function"."""
    for member in value.members:
        if isinstance(member.value, String) and looks_like(member.key.value, "function"):
            return member
    return None


class Nodes:
    """Folds nodes and blocks; a node that carries a stack of its own goes to ``define`` and leaves its block."""

    def __init__(self, diagnostics: Diagnostics, define: Define) -> None:
        self.diagnostics = diagnostics
        self.define = define

    def block(self, value: Value, pointer: str, what: str) -> Block:
        """A list of nodes, one node, or null for nothing; ``what`` names the place in messages."""
        nodes: list[Node | None] = []
        if isinstance(value, Array):
            nodes = [self.node(item, f"{pointer}/{place}") for place, item in enumerate(value.items)]
        elif isinstance(value, Object):
            nodes = [self.node(value, pointer)]
        elif not (isinstance(value, Literal) and value.value is None):
            self._error("normalize/not-a-block", f"{what} is {shown(value)}, not a list of nodes", value.span, pointer)
        return Block([node for node in nodes if node is not None], value.span)

    def node(self, value: Value, pointer: str) -> Node | None:
        """The node that a value is; None where it is disabled, a definition, or (with a diagnostic) no node."""
        if not isinstance(value, Object):
            self._error("normalize/not-a-node", f"{shown(value)} stands where a node was expected", value.span, pointer)
            return None
        if is_true(value.get(DISABLED)):
            return None
        function = value.get("function")
        if not isinstance(function, String):
            repaired = self._no_function(value, function, pointer)
            return self.node(repaired, pointer) if repaired is not None else None
        name = node_name(function.value)
        if name is None:
            return self._call_or_definition(value, function, pointer)
        if name == "loop" and snake_case(function.value) == "loop":
            name = _which_loop(value)
        node = Node(name, value.span, function.span, {}, pointer=pointer)
        self._fold(node, value.members, NODE_KEYS[name])
        return node

    def _no_function(self, value: Object, function: Value | None, pointer: str) -> Object | None:
        """Report it; the node as it was meant where only the key is misspelt, so that what it sets is known."""
        misspelt = misspelt_function(value)
        if function is not None:
            message = f'the node\'s "function" is {shown(function)}, expected a name'
            self._error("normalize/not-a-node", message, function.span, pointer_to(pointer, "function"))
        elif misspelt is not None:
            message = f'the node has no "function", but "{misspelt.key.value}"'
            self._error("normalize/not-a-node", message, misspelt.key.span, pointer, 'did you mean "function"?')
            meant = Member(String("function", misspelt.key.span), misspelt.value)
            return Object([meant if member is misspelt else member for member in value.members], value.span)
        else:
            place = Span(value.span.source, value.span.start, value.span.start + 1)
            keys = ", ".join(f'"{member.key.value}"' for member in value.members[:4])
            message = f'the node has no "function"{f", only {keys}" if keys else ""}'
            self._error("normalize/not-a-node", message, place, pointer, 'write "function": "…" with a node\'s name')
        return None

    # --- parameters --------------------------------------------------------------------------------

    def _fold(self, node: Node, members: Iterable[Member], keys: dict[str, str]) -> None:
        """Write every member into the node under its canonical key; unknown keys are kept, for validate to name."""
        spelling = NODES[node.function]
        nested = spelling.blocks or spelling.cases
        parameters, names = node.parameters, node.names
        for member in members:
            written = member.key.value
            if written in _SKIPPED:
                continue
            key = keys.get(written, written)
            if key in names:
                self._two_spellings(node, key, member)
                continue
            names[key] = member.key.span
            value = member.value
            if key == "return_as" and isinstance(value, String):
                node.return_as = value
            elif key == "execution_mode" and isinstance(value, String) and value.value in _MODES:
                node.mode = value
            elif key == DISABLED:
                self._disabled(node, value)
            elif nested and key in spelling.blocks:
                what = f'"{written}" of {node.function}'
                parameters[key] = self.block(value, pointer_to(node.pointer, written), what)
            elif nested and key in spelling.cases:
                self._cases(node, key, member)
            else:
                parameters[key] = value

    def _disabled(self, node: Node, value: Value) -> None:
        """A node that is still here is not disabled: the key says false, or nothing that can be known before a run."""
        if not (isinstance(value, Literal) and value.value is False):
            message = f'"{DISABLED}" of {node.function} is {shown(value)}, expected true or false'
            self._error("validate/wrong-type", message, value.span, pointer_to(node.pointer, DISABLED))

    def _two_spellings(self, node: Node, key: str, member: Member) -> None:
        first = node.names[key]
        message = f'"{member.key.value}" of {node.function} says again what {first.text} says'
        self.diagnostics.error(
            "normalize/two-spellings",
            message,
            member.key.span,
            f'keep one of them; the plain spelling is "{key}"',
            (Related("said here first", first),),
            node.pointer,
        )

    # --- cases ---------------------------------------------------------------------------------------

    def _cases(self, node: Node, key: str, member: Member) -> None:
        """``else_if`` and ``cases``: guarded blocks, as a list; the cases of a switch also as {label: block}."""
        value = member.value
        pointer = pointer_to(node.pointer, member.key.value)
        cases: list[Case] = []
        node.parameters[key] = cases
        if isinstance(value, Array):
            for place, item in enumerate(value.items):
                self._listed_case(cases, node, item, f"{pointer}/{place}")
        elif isinstance(value, Object) and node.function == "switch":
            self._labelled_cases(cases, node, value, pointer)
        elif isinstance(value, Object):
            self._listed_case(cases, node, value, pointer)
        elif not (isinstance(value, Literal) and value.value is None):
            expected = "{label: block}" if node.function == "switch" else "a list of {condition, branch}"
            message = f'"{member.key.value}" of {node.function} is {shown(value)}, expected {expected}'
            self._error("normalize/not-a-block", message, value.span, pointer)

    def _labelled_cases(self, cases: list[Case], node: Node, value: Object, pointer: str) -> None:
        for member in value.members:
            label = member.key.value
            inner = pointer_to(pointer, label)
            if label != "default":
                cases.append(Case(member.key, self.block(member.value, inner, f'the case "{label}"')))
            elif "default" in node.names:
                self._two_spellings(node, "default", member)
            else:
                node.names["default"] = member.key.span
                node.parameters["default"] = self.block(member.value, inner, '"default" of switch')

    def _listed_case(self, cases: list[Case], node: Node, value: Value, pointer: str) -> None:
        guard = ("condition",) if node.function == "conditional" else CASE_LABEL
        expected = "{condition, branch}" if node.function == "conditional" else "{case, branch}"
        if not isinstance(value, Object):
            message = f"{shown(value)} stands where {expected} was expected"
            self._error("normalize/not-a-block", message, value.span, pointer)
            return
        test: Value | None = None
        block: Block | None = None
        complete = True
        for member in value.members:
            key = member.key.value
            if key in guard and test is None:
                test = member.value
            elif key in BRANCH and block is None:
                block = self.block(member.value, pointer_to(pointer, key), f'"{key}" of {node.function}')
            elif key not in IGNORED:
                complete = False
                hint = did_you_mean(key, (*guard, *BRANCH)) or f"expected {expected}"
                message = f'unknown key "{key}" in a branch of {node.function}'
                self._error("validate/unknown-parameter", message, member.key.span, pointer, hint)
        if node.function == "switch" and isinstance(test, Array | Object):
            message = f"the label of a case is {shown(test)}, expected a text, a number, true, false or null"
            self._error("validate/wrong-type", message, test.span, pointer)
        elif test is not None and block is not None and node.function == "conditional" and not _is_condition(test):
            message = f"the condition of a branch is {shown(test)}, expected an expression, or true or false"
            self._error("validate/wrong-type", message, test.span, pointer)
        elif test is not None and block is not None:
            cases.append(Case(test, block))
        elif complete:
            missing = guard[0] if test is None else BRANCH[0]
            message = f'a branch of {node.function} lacks "{missing}", expected {expected}'
            self._error("validate/missing-parameter", message, value.span, pointer)

    # --- names that are no node's ----------------------------------------------------------------------

    def _call_or_definition(self, value: Object, function: String, pointer: str) -> Node | None:
        if not any(member.key.value in STACK and holds_nodes(member.value) for member in value.members):
            return self._call(value, function, pointer)
        meant = [near for near in nearest(function.value, _BLOCK_NODES) if looks_like(function.value, near)]
        if meant and value.get("inputs") is None:
            message = f'"{function.value}" is no node, and looks like "{meant[0]}"'
            hint = f'did you mean "{meant[0]}"? a function of your own that is named so declares its "inputs"'
            self._error("normalize/not-a-node", message, function.span, pointer_to(pointer, "function"), hint)
        else:
            self.define(value, function, pointer)
        return None

    def _call(self, value: Object, function: String, pointer: str) -> Node:
        """A call of a user function: with ``inputs`` and options of a call, or with its inputs as plain keys."""
        node = Node("custom_function", value.span, function.span, {}, pointer=pointer, is_call=True)
        node.parameters["name"] = function
        node.names["name"] = function.span
        keys = NODE_KEYS["custom_function"]
        own = [member for member in value.members if member.key.value not in _COMMON]
        explicit = [member for member in own if member.key.value in INPUTS and isinstance(member.value, Object)]
        others = [member for member in own if member.key.value not in INPUTS]
        if len(explicit) == 1 and all(member.key.value in CALL_OPTIONS for member in others):
            self._fold(node, value.members, keys)
            return node
        self._fold(node, [member for member in value.members if member.key.value in _COMMON], keys)
        node.parameters["inputs"] = Object(own, value.span)
        return node

    def _error(self, code: str, message: str, span: Span, pointer: str, hint: str | None = None) -> None:
        self.diagnostics.error(code, message, span, hint, pointer=pointer)


def _which_loop(value: Object) -> str:
    """``loop`` also says while and for: its parameters tell which."""
    keys = {member.key.value for member in value.members}
    if keys & _ARRAY:
        return "loop"
    if "condition" in keys:
        return "while_loop"
    return "for_loop" if keys & _COUNT else "loop"


def shown(value: Value) -> str:
    """What a value is, in words for a message."""
    match value:
        case Array():
            return "a list"
        case Object():
            return "an object"
        case String(value=text):
            return f'the text "{text}"' if len(text) <= 30 else f'the text "{text[:29]}…"'
        case Literal(value=None):
            return "null"
        case Literal():
            return value.span.text
