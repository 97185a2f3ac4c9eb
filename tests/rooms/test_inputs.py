"""Inputs: the table of inputs.json, and what concerns several fields at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interpreter.diagnostic import Rejected
from interpreter.inputs import TYPES, Declared, coerce, parse_argument, parse_inputs
from interpreter.values import plain_value

TABLE: dict[str, list[Any]] = json.loads(Path(__file__).with_name("inputs.json").read_text())


def complaints(declared: list[Declared], given: dict[str, Any]) -> list[tuple[str | None, str, str | None]]:
    with pytest.raises(Rejected) as rejected:
        coerce(declared, given)
    found = rejected.value.diagnostics
    assert {each.code for each in found} == {"input/invalid"}
    return [(each.pointer, each.message, each.hint) for each in found]


@pytest.mark.parametrize(("type", "given", "result"), TABLE["coerced"])
def test_coerced(type: str, given: Any, result: Any) -> None:
    found = plain_value(coerce([Declared("x", type)], {"x": given})["x"])
    assert found == result
    assert found.__class__ is result.__class__


@pytest.mark.parametrize(("type", "given", "end"), TABLE["refused"])
def test_refused(type: str, given: Any, end: str) -> None:
    assert complaints([Declared("x", type)], {"x": given}) == [("/x", f'the input "x" {end}', None)]


@pytest.mark.parametrize(("argument", "name", "value"), TABLE["arguments"])
def test_argument(argument: str, name: str, value: Any) -> None:
    assert parse_argument(argument) == (name, value)


@pytest.mark.parametrize(("argument", "sentence"), TABLE["unreadable"])
def test_unreadable_argument(argument: str, sentence: str) -> None:
    with pytest.raises(Rejected) as rejected:
        parse_argument(argument)
    (found,) = rejected.value.diagnostics
    assert (found.code, found.message) == ("input/syntax", sentence)


def test_argument_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"b": 1}')
    assert parse_argument(f"a=@{file}") == ("a", '{"b": 1}')
    assert parse_argument(f"a:=@{file}") == ("a", {"b": 1})


def test_every_type_is_tried() -> None:
    assert {row[0] for row in TABLE["coerced"]} | {"enum"} == set(TYPES)


def test_every_bad_field_is_listed() -> None:
    declared = [
        Declared("email", "email"),
        Declared("age", "int", required=False, default=18),
        Declared("plan", "enum", values=("free", "paid")),
        Declared("scores", "list", items="int"),
    ]
    assert complaints(declared, {"emial": "a@b.de", "age": "old", "plan": "gold", "scores": [1, "x", "y"]}) == [
        ("/age", 'the input "age" is "old", expected a whole number', None),
        ("/plan", 'the input "plan" is "gold", expected one of "free", "paid"', None),
        ("/scores/1", 'the input "scores[1]" is "x", expected a whole number', None),
        ("/emial", 'the input "emial" is not declared', 'did you mean "email"?'),
    ]


def test_missing_enum_names_its_values() -> None:
    ((_, message, _),) = complaints([Declared("plan", "enum", values=("free", 2))], {})
    assert message == 'the input "plan" is missing, expected one of "free", 2'


def test_defaults_are_copies_and_null_stands_for_them() -> None:
    declared = [Declared("tags", "list", required=False, default=[]), Declared("note", "text", required=False)]
    first, second = coerce(declared, {}), coerce(declared, {"tags": None})
    assert first == second == {"tags": [], "note": None}
    assert first["tags"] is not second["tags"]


def test_enum_gives_the_declared_value() -> None:
    declared = [Declared("size", "enum", values=(1, "two"))]
    assert coerce(declared, {"size": "1"}) == {"size": 1}
    assert coerce(declared, {"size": "two"}) == {"size": "two"}


def test_declaring_nothing_and_declaring_no_inputs_differ() -> None:
    assert coerce(None, {"a": 1}) == {"a": 1}
    assert complaints([], {"a": 1}) == [("/a", 'the input "a" is not declared', "it takes no inputs")]


def test_pointers_are_escaped() -> None:
    ((pointer, _, _),) = complaints([], {"a/b~c": 1})
    assert pointer == "/a~1b~0c"


def test_inputs_of_a_file() -> None:
    assert parse_inputs('{"a": 1}', "in.json") == {"a": 1}
    for written, line in (('{"a": 1,\n "b"}', 2), ("[]", 1)):
        with pytest.raises(Rejected) as rejected:
            parse_inputs(written, "in.json")
        (found,) = rejected.value.diagnostics
        assert found.code == "input/syntax"
        assert found.span is not None
        assert (found.span.file, found.span.begins.line) == ("in.json", line)


def test_a_default_is_read_as_a_given_value_is() -> None:
    declared = [Declared("n", "int", required=False, default="7"), Declared("s", "text", required=False, default=None)]
    assert coerce(declared, {"n": None}) == {"n": 7, "s": None}
