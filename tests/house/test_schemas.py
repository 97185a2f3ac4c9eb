"""House: the nodes of the spelling table are those of the schemas, parameter by parameter, each with its word."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interpreter import inputs, schemafiles
from interpreter.spellings import DEFINITION_OPTIONS, IGNORED, INPUT_KEYS, INPUT_TYPES, NODE_NAMES, NODES, snake_case

FILES = [*(f"nodes/{name}" for name in schemafiles.node_names()), "shared", "definition", "document", "inputs"]


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            yield key, value
        for value in schema.values():
            yield from properties(value)


def test_nodes_are_schemas() -> None:
    assert set(NODES) == set(schemafiles.node_names())


@pytest.mark.parametrize("name", NODES)
def test_parameters_are_properties(name: str) -> None:
    schema = schemafiles.written(f"nodes/{name}")
    assert [*schema["properties"]] == ["function", *NODES[name].parameters, "return_as", "execution_mode"]
    assert schema["properties"]["function"]["const"] == name
    assert schema["additionalProperties"] is False
    assert schema["examples"]
    assert all(example["function"] == name for example in schema["examples"])
    assert snake_case(schema["title"]) in (each for each, canonical in NODE_NAMES.items() if canonical == name)


@pytest.mark.parametrize("file", FILES)
def test_every_property_has_its_word(file: str) -> None:
    written = schemafiles.written(file)
    Draft202012Validator.check_schema(written)
    assert written["title"]
    assert written["description"]
    for key, schema in properties(schemafiles.filled(file)):
        assert schema.get("description") or "$ref" in schema, f"{file}: {key}"


@pytest.mark.parametrize("name", NODES)
def test_no_spelling_means_two_things(name: str) -> None:
    written = [each for key, also in NODES[name].parameters.items() for each in (key, *also)]
    assert len(written) == len(set(written))
    assert not IGNORED & set(written)


def test_no_name_means_two_nodes() -> None:
    names = sorted(each for name, spelling in NODES.items() for each in (name, *spelling.also))
    assert all(first != second for first, second in pairwise(names))


def test_options_of_a_definition_are_properties() -> None:
    assert set(DEFINITION_OPTIONS) < set(schemafiles.written("definition")["properties"])


def test_input_types_are_those_that_inputs_coerces() -> None:
    assert set(INPUT_TYPES) == set(inputs.TYPES)
    details = schemafiles.written("inputs")["$defs"]["input"]["properties"]
    assert {*INPUT_KEYS, "description"} == set(details)
    assert all(name in details["type"]["description"] for name in INPUT_TYPES)


def test_a_document_without_mistakes_needs_no_jsonschema() -> None:
    code = (
        "import sys\n"
        "from interpreter import load, normalize, validate, source, diagnostic\n"
        "found = diagnostic.Diagnostics()\n"
        'text = \'[{"function": "log", "message": "x"}]\'\n'
        "values = load.load(source.Source('a', text), found)\n"
        "validate.validate(normalize.normalize(values, 'a', found), found)\n"
        "assert not found.found and 'jsonschema' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
