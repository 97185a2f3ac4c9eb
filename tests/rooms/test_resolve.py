"""Names, calls and arguments: each entry of resolve.json is a stack and how each sentence said of it begins."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from interpreter import families, tree
from interpreter.diagnostic import Diagnostic, Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.parse import parse
from interpreter.resolve import Scope, resolve
from interpreter.source import Source

assert families  # importing it fills the catalogues

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("resolve.json").read_text())


class Workspace:
    def __init__(self, definitions: list[tree.Definition]) -> None:
        self.definitions = {definition.name: definition for definition in definitions}

    def function(self, name: str) -> tree.Definition | None:
        return self.definitions.get(name)

    def called(self, kind: str, name: str) -> tree.Definition | None:
        return self.function(name)

    def function_names(self) -> Iterable[str]:
        return self.definitions

    def columns(self, table: str) -> None:
        """No table is declared here: tests/cases/reject/tables has some."""

    def close_table(self, table: str) -> None:
        """None is near."""

    def missing_table(self, table: str) -> None:
        """Any table may come into being."""


def definitions(text: str) -> list[tree.Definition]:
    diagnostics = Diagnostics()
    found = normalize(load(Source("stack.json", text), diagnostics), "stack", diagnostics)
    parse(found, diagnostics)
    assert not diagnostics.found
    return found


WORKSPACE_OF_TWO = Workspace(
    definitions('{"name": "double", "function_stack": [{"function": "return_value", "value": "{{ input.x * 2 }}"}]}')
    + definitions(
        '{"name": "scale", "inputs": {"x": "int", "factor": "int", "offset": {"type": "int", "default": 0}},'
        ' "function_stack": [{"function": "return_value", "value": "{{ x * factor + offset }}"}]}'
    )
)


def resolved(stack: list[Any], **keys: Any) -> tuple[tree.Definition, Scope, list[Diagnostic]]:
    [definition] = definitions(json.dumps({"function_stack": stack, **keys}, ensure_ascii=False))
    diagnostics = Diagnostics()
    scope = resolve(definition, WORKSPACE_OF_TWO, diagnostics)
    return definition, scope, sorted(diagnostics.found, key=lambda found: found.sort_key)


def shown(found: Diagnostic) -> str:
    assert found.span is not None
    hint = f" ({found.hint})" if found.hint else ""
    return f"{found.severity} {found.code} {found.span.text}: {found.message}{hint}"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["claim"]) for case in CASES])
def test_what_is_said(case: dict[str, Any]) -> None:
    keys = {"inputs": case["inputs"]} if "inputs" in case else {}
    _, _, found = resolved(case["stack"], **keys)
    if "codes" in case:
        assert [f"{each.code} {each.span.text}" for each in found if each.span] == case["codes"]
    else:
        expected = case.get("found", [])
        said = [shown(each) for each in found]
        assert [line[: len(start)] for line, start in zip(said, expected)] == expected
        assert len(said) == len(expected)


def bindings(definition: tree.Definition) -> dict[str, str]:
    found = {}
    for node in tree.walk_nodes(definition.stack):
        for expression in tree.expressions(node):
            for part in tree.walk(expression):
                if isinstance(part, tree.Name):
                    found[part.id] = part.binding
                elif isinstance(part, tree.Call):
                    found[f"{part.name}()"] = part.binding
    return found


def test_every_name_and_call_is_bound() -> None:
    definition, _, found = resolved(
        [
            {"function": "create_variable", "name": "rate", "value": "{{ x => x * 2 }}"},
            {
                "function": "loop",
                "array": "{{ orders }}",
                "operations": [{"function": "log", "message": "{{ rate(item.price) + double(now) }}"}],
            },
            {
                "function": "try_catch",
                "try_block": [{"function": "log", "message": "{{ orders|map(upper)|map(double) }}"}],
                "catch_block": [{"function": "log", "message": "{{ error.message }}"}],
            },
        ],
        inputs={"orders": "list"},
    )
    assert not found
    assert bindings(definition) == {
        "x": "parameter",
        "orders": "input",
        "rate()": "value",
        "item": "loop",
        "double()": "function",
        "now": "root",
        "map()": "filter",
        "upper": "filter",
        "double": "function",
        "error": "loop",
    }


def test_a_variable_takes_the_place_of_a_root_and_a_loop_variable_that_of_a_variable() -> None:
    definition, _, _ = resolved(
        [
            {"function": "create_variable", "name": "request", "value": 1},
            {"function": "create_variable", "name": "item", "value": 1},
            {"function": "loop", "array": [1], "operations": [{"function": "log", "message": "{{ item + request }}"}]},
        ]
    )
    assert bindings(definition) == {"item": "loop", "request": "variable"}


def test_the_scope_tells_whose_variables_are_whose() -> None:
    definition, scope, _ = resolved(
        [
            {"function": "get_record", "table": "users", "record_id": 1},
            {"function": "get_record", "table": "orders", "record_id": 1},
            {"function": "get_record", "table": "given", "record_id": 1},
            {"function": "get_record", "table": "parts", "record_id": 1, "return_as": "part"},
            {"function": "create_variable", "name": "orders", "value": 1},
        ],
        inputs={"given": "int"},
    )
    assert scope.authored == {"orders", "part"}
    assert scope.implicit == {"users"}
    assert not scope.dynamic
    results = [scope.result_name(node) for node in definition.stack.nodes]
    assert results == ["users", None, None, "part", None]
