"""What runs and is surely not meant becomes a warning: one function for each rule, none of them an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from interpreter import tree
from interpreter.addresses import is_surely_private, parse_url
from interpreter.diagnostic import Diagnostics
from interpreter.source import Span

_ENDINGS = {
    "return_response": "answers and ends the stack",
    "return_value": "gives its value and ends the stack",
    "break_loop": "leaves the loop",
    "continue_loop": "goes on with the next turn",
    "throw_error": "raises an error",
}
_MAY_BE_EMPTY = frozenset(("catch_block", "default"))
"""Blocks that are left empty on purpose: an error that is swallowed, a case for which nothing is done."""


class Finding(NamedTuple):
    """What a rule has found; its code is the rule's."""

    message: str
    span: Span
    hint: str | None = None


_STATEMENT = re.compile(r"\{%-?\s*\w.{0,30}?%\}", re.DOTALL)

Rule = Callable[[tree.Definition], Iterator[Finding]]


def lint(definition: tree.Definition, diagnostics: Diagnostics) -> None:
    """Warn about what is odd in a definition that has been parsed and resolved without errors."""
    for code, rule in RULES.items():
        for message, span, hint in rule(definition):
            diagnostics.warning(code, message, span, hint)


def unreachable(definition: tree.Definition) -> Iterator[Finding]:
    """The first node behind one that ends its block."""
    for block in _blocks(definition):
        for node, following in zip(block.nodes, block.nodes[1:]):
            if node.function in _ENDINGS:
                message = f'"{following.function}" can never run: "{node.function}" before it {_ENDINGS[node.function]}'
                yield Finding(message, following.function_span, "remove it, or move it up")
                break


def constant_condition(definition: tree.Definition) -> Iterator[Finding]:
    """A condition without a name or call in it; ``while true`` with a way out is meant."""
    for node in tree.walk_nodes(definition.stack):
        for test in _conditions(node):
            if not _is_constant(test) or (node.function == "while_loop" and _has_way_out(node)):
                continue
            yield Finding(f"the condition of {node.function} is always the same: {_shown(test)}", test.span)


def empty_block(definition: tree.Definition) -> Iterator[Finding]:
    """A written block without nodes, except where doing nothing says something."""
    if not definition.stack.nodes:
        yield Finding(f'the stack of "{definition.name}" is empty', definition.stack.span)
    for node in tree.walk_nodes(definition.stack):
        for name, parameter in node.parameters.items():
            if isinstance(parameter, tree.Block) and not parameter.nodes and not _means_nothing(node, name):
                yield Finding(f'"{name}" of {node.function} holds no node', parameter.span, "fill it, or remove it")


def unused_result(definition: tree.Definition) -> Iterator[Finding]:
    """A return_as that no expression reads.

    Silent where variables are read as a whole or by a computed name, for execution ids (a name says what was
    started), and in a stack without an answer: it is a fragment, or run for its effects.
    """
    read: set[str] = set()
    nodes = list(tree.walk_nodes(definition.stack))
    if not any(node.function in ("return_response", "return_value") for node in nodes):
        return
    for node in nodes:
        if node.function in ("create_variable", "update_variable") and _reads_by_name(node):
            return
        for expression in tree.expressions(node):
            for part in tree.walk(expression):
                if isinstance(part, tree.Name) and part.id in ("vars", "var"):
                    return
                if isinstance(part, tree.Name):
                    read.add(part.id)
                elif isinstance(part, tree.Call):
                    read.add(part.name)
        if node.function == "update_variable":
            read.add(_updated(node))
    for node in nodes:
        if node.return_as is None or node.asynchronous or node.return_as.value in read:
            continue
        name = node.return_as.value
        yield Finding(f'nothing reads "{name}", the result of {node.function}', node.return_as.span, "remove return_as")


def private_callback(definition: tree.Definition) -> Iterator[Finding]:
    """A callback_url at an address of this machine or network, which is refused unless its host is named."""
    for node in tree.walk_nodes(definition.stack):
        url = node.parameters.get("callback_url")
        if isinstance(url, tree.Constant) and isinstance(url.value, str):
            host = parse_url(url.value).host if url.value else ""
            if is_surely_private(host):
                message = f'callback_url names "{host}", an address that is not public'
                yield Finding(message, url.span, "name the host in callback_hosts of interpreter.toml")


def jinja_statement(definition: tree.Definition) -> Iterator[Finding]:
    """``{% … %}`` in a text that is no template_engine's template: it stays text."""
    for node in tree.walk_nodes(definition.stack):
        if node.function == "template_engine":
            continue
        for text in (text for expression in tree.expressions(node) for text in _texts(expression)):
            if found := _STATEMENT.search(text.value):
                message = f'"{found[0]}" is a statement of Jinja, and stays text here'
                yield Finding(message, text.span, "use a conditional or loop node, or template_engine")
                break


def in_order(definition: tree.Definition) -> Iterator[Finding]:
    """A loop that asks for its items at the same time: it works on them one after the other."""
    for node in tree.walk_nodes(definition.stack):
        for name, one_at_a_time in (("parallel", False), ("max_concurrency", 1)):
            asked = node.parameters.get(name)
            if node.function != "loop" or asked is None:
                continue
            if not (isinstance(asked, tree.Constant) and asked.value in (None, one_at_a_time)):
                message = f'"{name}" of loop has no effect: the items are worked on one after the other'
                hint = "for parallel work call a function with execution_mode async, and await the ids behind the loop"
                yield Finding(message, node.names[name], hint)
                break


RULES: dict[str, Rule] = {
    "lint/unreachable": unreachable,
    "lint/constant-condition": constant_condition,
    "lint/empty-block": empty_block,
    "lint/unused-result": unused_result,
    "lint/jinja-statement": jinja_statement,
    "lint/in-order": in_order,
    "lint/private-callback": private_callback,
}


def _blocks(definition: tree.Definition) -> Iterator[tree.Block]:
    yield definition.stack
    for node in tree.walk_nodes(definition.stack):
        yield from tree.blocks(node)


def _conditions(node: tree.Node) -> Iterator[tree.Expression]:
    condition = node.parameters.get("condition")
    if condition is not None:
        yield condition  # type: ignore[misc]
    cases = node.parameters.get("else_if")
    if isinstance(cases, list):
        yield from (case.test for case in cases)  # type: ignore[misc]


def _is_constant(test: tree.Expression) -> bool:
    return not any(isinstance(part, tree.Name | tree.Call) for part in tree.walk(test))


def _shown(expression: tree.Expression) -> str:
    written = expression.span.text
    return written if len(written) <= 30 else written[:29] + "…"


def _has_way_out(node: tree.Node) -> bool:
    operations = node.parameters.get("operations")
    if not isinstance(operations, tree.Block):
        return False
    return any(inner.function in _ENDINGS for inner in tree.walk_nodes(operations))


def _means_nothing(node: tree.Node, name: str) -> bool:
    """A branch left empty beside one that is filled is a matter of style."""
    if name in _MAY_BE_EMPTY:
        return True
    return name in ("true_branch", "false_branch") and any(block.nodes for block in tree.blocks(node))


def _texts(expression: tree.Expression) -> Iterator[tree.Constant]:
    """The texts in an expression, written plainly or in quotes."""
    for part in tree.walk(expression):
        if isinstance(part, tree.Constant) and isinstance(part.value, str):
            yield part


def _reads_by_name(node: tree.Node) -> bool:
    """A computed variable name may mean any variable."""
    return not isinstance(node.parameters.get("name"), tree.Constant)


def _updated(node: tree.Node) -> str:
    name = node.parameters.get("name")
    assert isinstance(name, tree.Constant)
    return str(name.value).split(".", 1)[0]
