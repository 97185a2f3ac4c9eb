"""The stage: which parameters are templates, which are conditions, and which are left as they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interpreter import tree
from interpreter.diagnostic import Diagnostic, Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.parse import parse
from interpreter.source import Source


def parsed(node: dict[str, Any]) -> tuple[tree.Node, list[Diagnostic]]:
    diagnostics = Diagnostics()
    [definition] = normalize(load(Source("stack.json", json.dumps([node])), diagnostics), "stack", diagnostics)
    assert not diagnostics.found
    parse([definition], diagnostics)
    return definition.stack.nodes[0], diagnostics.found


def test_every_value_becomes_an_expression() -> None:
    value = [1, "a", "{{ b }}", "c {{ d }}", {"e": None, "{{ f }}": {"g": ["<< h >>"]}}]
    node, found = parsed({"function": "create_variable", "name": "x", "value": value})
    assert not found
    expression = node.parameters["value"]
    assert isinstance(expression, tree.ListLiteral)
    kinds = [type(item).__name__ for item in expression.items]
    assert kinds == ["Constant", "Constant", "Name", "Template", "ObjectLiteral"]
    assert [part.id for part in tree.walk(expression) if isinstance(part, tree.Name)] == ["b", "d", "f", "h"]
    assert all(part.span.text for part in tree.walk(expression))


@pytest.mark.parametrize("condition", ["a > 1", "{{ a > 1 }}", "<< a > 1 >>", " {{ a > 1 }} "])
def test_a_condition_may_be_bare(condition: str) -> None:
    branch = [{"function": "log"}]
    else_if = [{"condition": condition, "branch": branch}]
    node, found = parsed({"function": "if", "condition": condition, "then": branch, "else_if": else_if})
    assert not found
    assert isinstance(node.parameters["condition"], tree.Binary)
    [case] = node.parameters["else_if"]  # type: ignore[misc, union-attr]
    assert isinstance(case.test, tree.Binary)


def test_a_condition_may_be_a_boolean() -> None:
    node, _ = parsed({"function": "while", "condition": True, "operations": []})
    assert isinstance(node.parameters["condition"], tree.Constant)
    assert node.parameters["condition"].value is True


def test_blocks_are_read_to_the_bottom() -> None:
    inner = {"function": "log", "message": "{{ }}"}
    block: list[Any] = [inner]
    for _ in range(5):
        block = [{"function": "loop", "array": [1], "operations": block}]
    _, found = parsed(block[0])
    assert [each.code for each in found] == ["expression/syntax"]


def test_the_labels_of_a_switch_are_plain() -> None:
    cases = {"a > 1": [{"function": "log"}], "2": [{"function": "log"}]}
    node, found = parsed({"function": "switch", "value": "{{ a }}", "cases": cases})
    assert not found
    labels = [case.test.value for case in node.parameters["cases"]]  # type: ignore[misc, union-attr]
    assert labels == ["a > 1", "2"]
    _, found = parsed({"function": "switch", "value": "{{ a }}", "cases": {"{{ b }}": [{"function": "log"}]}})
    assert [each.code for each in found] == ["expression/syntax"]


def test_another_languages_template_is_left_alone() -> None:
    text = "{% for x in xs %}{{ x }}{% endfor %} {{"
    node, found = parsed({"function": "template_engine", "template": text, "data": {"xs": "{{ xs }}"}})
    assert not found
    assert isinstance(node.parameters["template"], tree.Constant)
    assert node.parameters["template"].value == text


def test_return_as_is_a_plain_name() -> None:
    _, found = parsed({"function": "get_cache", "key": "a", "return_as": "{{ b }}"})
    assert [(each.code, each.span and each.span.text) for each in found] == [("expression/syntax", '"{{ b }}"')]


def test_every_complaint_is_heard() -> None:
    _, found = parsed({"function": "log", "message": "{{ 1 + }} {{ a b }} {{", "data": {"{{ ) }}": "{{ __x }}"}})
    codes = [each.code for each in found]
    assert codes == [
        *["expression/syntax"] * 2,
        "expression/unclosed",
        "expression/syntax",
        "expression/forbidden-name",
    ]
