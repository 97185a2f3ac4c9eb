"""House: the schema of mock files says what the reader of mock files says."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interpreter import schemafiles
from interpreter.rehearsal.mocks import ERROR_FIELDS, answers_of


def test_the_schema_has_the_fields_of_an_error() -> None:
    schema = schemafiles.written("mocks")
    Draft202012Validator.check_schema(schema)
    assert tuple(schema["$defs"]["error"]["properties"]) == ERROR_FIELDS


@pytest.mark.parametrize("example", schemafiles.written("mocks")["examples"])
def test_its_examples_are_mocks(example: dict[str, Any]) -> None:
    Draft202012Validator(schemafiles.written("mocks")).validate(example)
    assert [len(answers_of(each)) for each in example.values()] == [1, 2, 1]


def test_a_wrong_error_does_not_fit() -> None:
    validator = Draft202012Validator(schemafiles.written("mocks"))
    assert not validator.is_valid({"log": {"error": {"massage": "no"}}})
    assert not validator.is_valid({"log": [{"error": {}, "when": 3}]})
    assert validator.is_valid({"log": {"error": "a text is an answer"}})
