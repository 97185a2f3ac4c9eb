"""Generated Python stands where its JSON stands, and a fault's place is the expression that failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from expressions import expressions
from expressions import given as given_data
from hypothesis import given
from hypothesis import strategies as st
from outcomes import SCALE, WORKSPACE, examples, resolved, written

from interpreter import execution, pipeline, tree
from interpreter.compile.definition import _module
from interpreter.compile.stack import StackCompiler
from interpreter.diagnostic import Fault, Halt, Rejected
from interpreter.scope import scope_of
from interpreter.source import Source
from stacks import Node, stacks

pytestmark = pytest.mark.timeout(120 * max(1, SCALE))

FAILING = "n / zero"

CONTEXTS = (
    "1 + (…)", "(…) * 2 - b", "[1, …]", "{é: …, b: 1}", "'été 😀' ~ (…)", "a ? (…) : (…)", "(…) ?? b", "a || (…)",
    "[1, 2]|map(x => x + (…))", "(…)|round", "upper(…)", "obj[…]", "items[…:]", "-(…)", "!(…)", "(…) is even",
    "(…) < 3", "3 == (…)", "(…) in items", "{[…]: 1}", "a && (…)", "[...[…]]", "items|map(y => y|default(…))",
)  # fmt: skip


def spans(definition: tree.Definition) -> Iterator[tuple[int, int]]:
    """The span of everything in a definition that has one."""
    yield definition.span.start, definition.span.end
    for node in tree.walk_nodes(definition.stack):
        for place in (node.span, node.function_span):
            yield place.start, place.end
        for expression in tree.expressions(node):
            for part in tree.walk(expression):
                yield part.span.start, part.span.end
                if isinstance(part, tree.Attribute):
                    yield part.key_span.start, part.key_span.end


@examples(70)
@given(stacks)
def test_every_generated_node_stands_where_something_of_the_document_stands(stack: list[Node]) -> None:
    text = written(stack)
    definition = resolved(text)
    if definition is None:
        return
    source = Source("case.json", text)
    known = set(spans(definition))
    module = _module(definition, StackCompiler(definition, scope_of(definition), False))
    for node in ast.walk(module):
        if isinstance(node, ast.expr | ast.stmt):
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            start = source.offset(node.lineno, node.col_offset)
            end = source.offset(node.end_lineno, node.end_col_offset)
            assert (start, end) in known, (ast.unparse(node), text[start:end])


@examples(200)
@given(st.lists(st.sampled_from(CONTEXTS), max_size=3), expressions(1), given_data)
def test_a_fault_stands_at_the_expression_that_failed(contexts: list[str], other: str, data: dict[str, Any]) -> None:
    expression = FAILING
    for context in contexts:
        expression = context.replace("…", expression)
    stack = [
        {"function": "create_variable", "name": "été", "value": "😀"},
        {"function": "return_value", "value": {"é": f"{{{{ {other} }}}}", "x": f"n: é {{{{ {expression} }}}}"}},
    ]
    text = written(stack)
    fault = fault_of(text, {**data, "n": 1, "zero": 0})
    if fault is None:
        return
    assert fault.span is not None
    assert text[fault.span.start : fault.span.end] == fault.span.text
    assert fault.trail
    if fault.code == "run/division-by-zero" and "/" not in other and "%" not in other:
        assert fault.span.text.strip("()") == FAILING


def fault_of(text: str, data: dict[str, Any]) -> Fault | None:
    try:
        program = pipeline.compiled(Source("case.json", text), "case.json", WORKSPACE)[0]
        execution.execute(WORKSPACE, program, data, env={})
    except Fault as fault:
        return fault
    except (Rejected, Halt):
        pass
    return None
