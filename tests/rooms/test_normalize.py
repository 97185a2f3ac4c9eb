"""Normalizing: the table of normalize.json (documents, the definitions they become, and the complaints)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interpreter.diagnostic import Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.source import Source
from interpreter.tree import Case, Definition, Node, Object, plain, walk_nodes

TABLE: list[dict[str, Any]] = json.loads(Path(__file__).with_name("normalize.json").read_text(encoding="utf-8"))


def read(text: str) -> tuple[list[Definition], Diagnostics]:
    diagnostics = Diagnostics()
    return normalize(load(Source("orders.json", text), diagnostics), "orders", diagnostics), diagnostics


def shown(definition: Definition) -> dict[str, Any]:
    """A definition in a form that a table can hold; what is absent is left out."""
    found: dict[str, Any] = {
        f"{definition.kind} {definition.name}": [show_node(n) for n in walk_nodes(definition.stack)]
    }
    if definition.inputs is not None:
        found["inputs"] = [show_input(each) for each in definition.inputs]
    if definition.options:
        found["options"] = definition.options
    return found


def show_node(node: Node) -> str:
    """``/0 loop(array, operations) async > result``, a call with its name and inputs."""
    names = ", ".join(show_parameter(node, name) for name in node.parameters)
    mode = " async" if node.asynchronous else ""
    result = f" > {node.return_as.value}" if node.return_as else ""
    return f"{node.pointer} {node.function}({names}){mode}{result}"


def show_parameter(node: Node, name: str) -> str:
    value = node.parameters[name]
    if isinstance(value, list):
        return f"{name}: {' '.join(str(plain(case.test)) for case in value if isinstance(case, Case))}"  # type: ignore[arg-type]
    if node.is_call and name == "inputs" and isinstance(value, Object):
        return f"inputs: {' '.join(member.key.value for member in value)}"
    return f"name: {plain(value)}" if node.is_call and name == "name" else name  # type: ignore[arg-type]


def show_input(declared: Any) -> str:
    of = f" of {declared.items}" if declared.items else ""
    values = f" of {list(declared.values)}" if declared.values else ""
    default = "" if declared.required else f" = {json.dumps(declared.default)}"
    return f"{declared.name}: {declared.type}{of}{values}{default}"


def show_complaints(diagnostics: Diagnostics) -> list[str]:
    found = []
    for each in diagnostics.found:
        assert each.span is not None
        line, column = each.span.begins
        hint = f" ({each.hint})" if each.hint else ""
        found.append(f"{line}:{column} {each.pointer or ''} {each.code}: {each.message}{hint}")
    return found


@pytest.mark.parametrize("row", [pytest.param(row, id=row["claim"]) for row in TABLE])
def test_row(row: dict[str, Any]) -> None:
    definitions, diagnostics = read(row["text"])
    assert show_complaints(diagnostics) == row.get("complaints", [])
    assert [shown(definition) for definition in definitions] == row["becomes"]


def test_places() -> None:
    text = '{"name": "a", "function_stack": [{"function": "Set Variable", "variable": "x", "value": 1}]}'
    (definition,), _ = read(text)
    (node,) = definition.stack.nodes
    assert definition.name_span.text == '"a"'
    assert node.function_span.text == '"Set Variable"'
    assert node.names["name"].text == '"variable"'
    assert node.span.text == text[33:-2]


def test_a_second_spelling_names_the_first() -> None:
    _, diagnostics = read('[{"function": "loop", "array": [], "items": [], "operations": []}]')
    (found,) = diagnostics.found
    assert [note.span.text for note in found.related] == ['"array"']


def test_deep_nesting_is_no_recursion_error() -> None:
    depth = 66
    text = '[{"function": "group", "operations": ' * depth + "[]" + "}]" * depth
    (definition,), diagnostics = read(text)
    assert diagnostics.found == []
    assert len(list(walk_nodes(definition.stack))) == depth
