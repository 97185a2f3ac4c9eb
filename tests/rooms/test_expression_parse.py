"""Expressions as data: each line of conformance/syntax is a text and its tree, or its complaint and where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import interpreter.families  # noqa: F401 - fills the catalogue, which mends name
from interpreter.diagnostic import Diagnostics
from interpreter.expression.parse import parse_expression
from interpreter.expression.tokens import MAX_NESTING
from interpreter.source import Source, Span
from interpreter.tree import (
    Argument,
    Attribute,
    Binary,
    Call,
    Conditional,
    Constant,
    Entry,
    Index,
    Lambda,
    ListLiteral,
    Logical,
    Name,
    ObjectLiteral,
    Slice,
    Spread,
    Unary,
    walk,
)
from interpreter.tree import (
    Test as IsTest,
)

FILES = sorted((Path(__file__).parents[1] / "conformance" / "syntax").glob("*.json"))
CASES = [
    pytest.param(case, id=f"{file.stem}-{case['expression'][:40]}")
    for file in FILES
    for case in json.loads(file.read_text())
]


def read(text: str) -> tuple[Any, Diagnostics]:
    source = Source("expression", text)
    diagnostics = Diagnostics()
    return parse_expression(text, lambda start, end: Span(source, start, end), diagnostics), diagnostics


def shown(node: Any) -> str:
    """A tree as an s-expression: ``(+ a (* b 2))``."""
    match node:
        case None:
            return "_"
        case Constant(value=value):
            return json.dumps(value, ensure_ascii=False)
        case Name(id=name):
            return name
        case Attribute(target=target, key=key, optional=optional):
            return f"({'?.' if optional else '.'} {shown(target)} {key})"
        case Index(target=target, index=index, optional=optional):
            return f"({'?.[]' if optional else '[]'} {shown(target)} {shown(index)})"
        case Slice(target=target, start=start, stop=stop):
            return f"([:] {shown(target)} {shown(start)} {shown(stop)})"
        case Unary(operator=operator, operand=operand):
            return f"({operator} {shown(operand)})"
        case Binary(operator=operator, left=left, right=right) | Logical(operator=operator, left=left, right=right):
            return f"({operator} {shown(left)} {shown(right)})"
        case Conditional(test=test, then=then, otherwise=otherwise):
            return f"(if {shown(test)} {shown(then)} {shown(otherwise)})"
        case IsTest(operand=operand, name=name, arguments=arguments, negated=negated):
            return f"({' '.join(['is-not' if negated else 'is', name, shown(operand), *map(shown, arguments)])})"
        case Call(name=name, arguments=arguments, piped=piped):
            return f"({' '.join([('|' if piped else '') + name, *map(shown, arguments)])})"
        case Argument(value=value, keyword=keyword, spread=spread):
            return f"{'...' if spread else ''}{keyword + '=' if keyword else ''}{shown(value)}"
        case Lambda(parameters=parameters, body=body):
            return f"(=> ({' '.join(parameters)}) {shown(body)})"
        case ListLiteral(items=items):
            return f"[{' '.join(map(shown, items))}]"
        case ObjectLiteral(entries=entries):
            return f"{{{' '.join(map(shown, entries))}}}"
        case Entry(key=key, value=value):
            return f"{shown(key)}:{shown(value)}"
        case Spread(value=value):
            return f"...{shown(value)}"
    raise AssertionError(node)


@pytest.mark.parametrize("case", CASES)
def test_conformance(case: dict[str, Any]) -> None:
    tree, diagnostics = read(case["expression"])
    if "tree" in case:
        assert not diagnostics.found
        assert shown(tree) == case["tree"]
        return
    [found] = diagnostics.found
    assert tree is None
    assert found.span is not None
    assert (found.code, found.span.begins.column) == (case["error"], case["column"])
    assert case.get("message", found.message) == found.message
    assert case.get("hint", found.hint) == found.hint


@pytest.mark.parametrize(
    ("text", "kind", "spans"),
    [
        ("a + b * c", Binary, ["a + b * c", "b * c"]),
        ("(a + b) * c", Binary, ["(a + b) * c", "(a + b)"]),
        (" a.b . c ", Attribute, ["a.b . c", "a.b"]),
        ("x|upper|replace('a', 'b')", Call, ["x|upper|replace('a', 'b')", "x|upper"]),
        ("f(g(1))", Call, ["f(g(1))", "g(1)"]),
        ("x is divisibleby 3", IsTest, ["x is divisibleby 3"]),
        ("b if a else c", Conditional, ["b if a else c"]),
        ("[1, {a: 2}]", ObjectLiteral, ["{a: 2}"]),
        ("1 < x < 5", Binary, ["1 < x", "x < 5"]),
        ("items|map(x => x + 1)", Lambda, ["x => x + 1"]),
    ],
)
def test_every_node_has_its_exact_span(text: str, kind: type, spans: list[str]) -> None:
    tree, _ = read(text)
    assert [node.span.text for node in walk(tree) if isinstance(node, kind)] == spans


def test_an_attribute_knows_where_its_key_stands() -> None:
    tree, _ = read("user?.name")
    assert tree.key_span.text == "name"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 5000,
        "!" * 5000 + "a",
        "a" + ".b" * 5000,
        "a" + " + a" * 5000,
        "a" + "|f" * 5000,
        "x => " * 5000 + "x",
        "a ? b : " * 5000 + "c",
    ],
    ids=["brackets", "open brackets", "not", "attributes", "plus", "filters", "lambdas", "conditionals"],
)
def test_depth_is_limited_without_a_recursion_error(text: str) -> None:
    tree, diagnostics = read(text)
    assert tree is None
    assert [found.code for found in diagnostics.found] == ["expression/too-deep"]


def test_what_is_below_the_limit_is_read() -> None:
    depth = MAX_NESTING - 1
    tree, diagnostics = read("[" * depth + "a" + "]" * depth)
    assert tree is not None
    assert not diagnostics.found


def test_long_and_flat_is_not_deep() -> None:
    tree, _ = read(f"[{', '.join(['1'] * 5000)}]")
    assert len(tree.items) == 5000
