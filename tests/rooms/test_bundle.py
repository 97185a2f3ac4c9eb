"""The editor's bundle: a valid schema that accepts what the rooms accept and names a misspelt parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interpreter import schemafiles
from interpreter.bundle import bundle
from interpreter.diagnostic import Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.source import Source
from interpreter.spellings import NODE_NAMES, NODES, RETURN_AS
from interpreter.tree import plain
from interpreter.validate import validate

EXAMPLES = {name: schemafiles.written(f"nodes/{name}")["examples"][0] for name in schemafiles.node_names()}
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


@cache
def editor() -> Draft202012Validator:
    return Draft202012Validator(bundle())


def complaints(document: Any) -> list[str]:
    """What load, normalize and validate say of a JSON value."""
    return said_of(json.dumps(document))[1]


def said_of(text: str) -> tuple[list[Any], list[str]]:
    diagnostics = Diagnostics()
    values = load(Source("document.json", text), diagnostics)
    validate(normalize(values, "document", diagnostics), diagnostics)
    return [plain(value) for value in values], [f"{each.code}: {each.message}" for each in diagnostics.found]


def spelt_otherwise() -> Iterator[Any]:
    """Every example once for every other spelling of its name and of each of its parameters."""
    for name, example in EXAMPLES.items():
        rest = {key: value for key, value in example.items() if key != "function"}
        for written in (each for each, canonical in NODE_NAMES.items() if canonical == name):
            title = " ".join(word.capitalize() for word in written.split("_"))
            yield pytest.param({"function": written, **rest}, id=f"{name}-{written}")
            yield pytest.param({"function": title, **rest}, id=f"{name}-{title}")
        for key, also in (*NODES[name].parameters.items(), ("return_as", RETURN_AS[1:])):
            for written in also if key in example else ():
                node = {written if each == key else each: value for each, value in example.items()}
                yield pytest.param(node, id=f"{name}-{written}")


def test_is_a_schema() -> None:
    Draft202012Validator.check_schema(bundle())
    assert json.loads(json.dumps(bundle())) == bundle()


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_accepted_by_the_rooms_and_the_editor(name: str) -> None:
    assert complaints([EXAMPLES[name]]) == []
    assert editor().is_valid([EXAMPLES[name]])
    assert editor().is_valid(EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_misspelt_parameter_is_refused_by_both(name: str) -> None:
    node = {**EXAMPLES[name], "retrun_as": "x"}
    (complaint,) = complaints([node])
    assert complaint.startswith(f'validate/unknown-parameter: unknown parameter "retrun_as" of {name}; it takes ')
    assert not editor().is_valid([node])


@pytest.mark.parametrize("node", [*spelt_otherwise()])
def test_every_other_spelling_is_accepted_by_both(node: dict[str, Any]) -> None:
    assert complaints([node]) == []
    assert editor().is_valid([node])


@pytest.mark.parametrize("name", ["definition", "document"])
def test_documents_are_accepted_by_both(name: str) -> None:
    for example in schemafiles.written(name)["examples"]:
        assert complaints(example) == []
        assert editor().is_valid(example)


DOCUMENTS: list[tuple[str, Any, bool]] = [
    ("a template stands for a number", [{"function": "wait", "duration": "{{ seconds }}"}], True),
    ("a text stands for no number", [{"function": "wait", "duration": "soon"}], False),
    ("a template stands for a word of a list", [{"function": "log", "level": "<< level >>"}], True),
    ("a template in retry_policy", {"task": "t", "retry_policy": {"max_retries": "{{ n }}"}, "steps": []}, True),
    ("a key that retry_policy has not", {"task": "t", "retry_policy": {"retries": 3}, "steps": []}, False),
    ("a call of a function of one's own", [{"function": "process_batch", "size": 5, "return_as": "x"}], True),
    ("a node that is no object", [3], False),
    ("a node without a function", [{"name": "x"}], False),
    ("people's keys", [{"function": "log", "message": "x", "note": "y", "disabled": True}], True),
    ("loop as while", [{"function": "loop", "condition": "{{ x }}", "operations": []}], True),
    ("loop as for", [{"function": "loop", "times": 3, "operations": []}], True),
    ("one node for a block", [{"function": "group", "operations": {"function": "log"}}], True),
    ("a misspelt parameter deep inside", [{"function": "group", "steps": [{"function": "log", "mesage": 1}]}], False),
    ("a wrong case", [{"function": "switch", "value": 1, "cases": {"a": [{"function": "log", "x": 1}]}}], False),
    ("a listed case", [{"function": "switch", "value": 1, "cases": [{"case": 1, "then": []}]}], True),
    ("a wrong else_if", [{"function": "if", "condition": 1, "else_if": [{"condition": 1, "brunch": []}]}], False),
    ("which record", [{"function": "edit_record", "table": "t", "data": {}, "id": 1}], True),
    ("not which record", [{"function": "edit_record", "table": "t", "data": {}}], False),
    ("several definitions", {"a": [{"function": "log"}], "b": {"task": "t", "function_stack": []}}, True),
    ("configuration beside a definition", {"limits": {"high": {"delay": 0}}, "b": {"function_stack": []}}, True),
    ("a wrong node in one of several", {"a": [{"function": "log", "x": 1}]}, False),
    ("an endpoint", {"endpoint": "/x", "method": "GET", "inputs": {"a": "text?"}, "function_stack": []}, True),
    ("a schedule", {"scheduled_task": {"name": "x", "schedule": "0 6 * * *", "function_stack": []}}, True),
    ("a misspelt key of a definition", {"name": "x", "function_stack": [], "metod": "GET"}, False),
    ("a misspelt key of an input", {"name": "x", "function_stack": [], "inputs": {"a": {"tpye": "int"}}}, False),
]


@pytest.mark.parametrize(("document", "right"), [pytest.param(*rest, id=claim) for claim, *rest in DOCUMENTS])
def test_the_editor_and_the_rooms_agree(document: Any, right: bool) -> None:
    assert (complaints(document) == []) is right
    assert editor().is_valid(document) is right


def test_snippets_give_the_examples() -> None:
    snippets = bundle()["$defs"]["node"]["defaultSnippets"]
    assert {snippet["label"] for snippet in snippets} == set(NODES)
    query = next(snippet for snippet in snippets if snippet["label"] == "query_all_records")
    assert r"\$lt" in query["body"]["filter"]["created_at"]


# --- the documents that the language comes from -----------------------------------------------------------


def seeds() -> Iterator[Any]:
    for file in sorted(SEEDS.glob("*.txt")):
        fences = re.findall(r"```javascript\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)
        for place, text in enumerate(fences):
            yield pytest.param(text, id=f"{file.name[:3]}-{place}")


NO_STACK = ("normalize/not-a-stack", "load/syntax")


@pytest.mark.parametrize(
    "text", [*seeds()] or [pytest.param("", marks=pytest.mark.skip(f"NO SEEDS: {SEEDS} is absent"))]
)
def test_seed(text: str) -> None:
    """Every example that is a stack is accepted; the others (client code, n8n workflows) are told to be none."""
    values, said = said_of(text)
    if '"function":' not in text:
        assert any(each.startswith(NO_STACK) for each in said)
        return
    assert said == []
    for value in values:
        assert editor().is_valid(value)
