"""The reader agrees with ``json``, every span holds its value, and damage gives diagnostics, never an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter.diagnostic import Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.source import Source
from interpreter.tree import Array, Object, String, Value, plain
from interpreter.validate import validate

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5))
SPACE = st.sampled_from(["", " ", "\n", "\r\n\t", "// note\n", "/* note */", "/* // */ // */\n"])

STACK = """// orders
{"name": "order", "inputs": {"id": "int", "tags": {"type": "list", "items": "text"}}, "function_stack": [
  {"function": "loop", "array": "{{ input.tags }}", "operations": [
    {"function": "conditional", "condition": "{{ item == 'a' }}", "then": {"function": "break"},
     "else_if": [{"condition": true, "branch": []}]}, /* and */
    {"function": "update_variable", "name": "found", "operation": "append", "value": [1, -2.5e3, null, "\\u00e9"]}]},
  {"function": "switch", "value": "<< id >>", "cases": {"1": [{"function": "log", "message": "one"}], "default": []}},
  {"function": "Custom Function", "name": "f", "inputs": {"x": {"y": 1}}, "execution_mode": "async", "as": "e"},
]}
"""


def read(text: str) -> tuple[list[Value], Diagnostics]:
    diagnostics = Diagnostics()
    return load(Source("document.json", text), diagnostics), diagnostics


def parts(value: Value) -> Iterator[Value]:
    yield value
    if isinstance(value, Array):
        for item in value.items:
            yield from parts(item)
    elif isinstance(value, Object):
        for member in value.members:
            yield member.key
            yield from parts(member.value)


@settings(deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_agrees_with_json(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    (found,), diagnostics = read(text)
    assert diagnostics.found == []
    assert json.dumps(plain(found)) == json.dumps(json.loads(text))


@settings(deadline=None)
@given(JSON, st.booleans())
def test_every_span_holds_its_value(value: Any, ascii_only: bool) -> None:
    (found,), _ = read(json.dumps(value, ensure_ascii=ascii_only, indent=1))
    for part in parts(found):
        assert json.loads(part.span.text) == plain(part)
        assert part.span.source.offset(part.span.begins.line, 0) <= part.span.start
        if isinstance(part, String):
            for at, character in enumerate(part.value):
                assert json.loads(f'"{part.part(at, at + 1).text}"') == character


@settings(deadline=None)
@given(st.lists(JSON, min_size=1, max_size=4), st.data())
def test_comments_and_trailing_commas_change_nothing(values: list[Any], data: st.DataObject) -> None:
    def space() -> str:
        return data.draw(SPACE)

    def write(value: Any) -> str:
        if isinstance(value, list):
            items = ",".join(f"{space()}{write(item)}{space()}" for item in value)
            return f"[{items}{',' if items and data.draw(st.booleans()) else ''}{space()}]"
        if isinstance(value, dict):
            members = ",".join(
                f"{space()}{json.dumps(key)}{space()}:{space()}{write(inner)}{space()}" for key, inner in value.items()
            )
            return f"{{{members}{',' if members and data.draw(st.booleans()) else ''}{space()}}}"
        return json.dumps(value)

    text = ",".join(f"{space()}{write(value)} {space()}" for value in values)
    found, diagnostics = read(text)
    assert diagnostics.found == []
    assert [plain(value) for value in found] == json.loads(json.dumps(values))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A stack with a few of its characters cut out, doubled or replaced."""
    text = STACK
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(['"', "{", "}", "[", "]", ",", ":", "\\", "/*", "7", "\n", "x", ""])) + text[end:]  # fmt: skip  # noqa: E501
    return text


@settings(deadline=None)
@given(damaged() | st.text(st.sampled_from("{}[]\",:\\/*\n ae1.-tru'`<")))
def test_damage_gives_diagnostics_never_exceptions(text: str) -> None:
    values, diagnostics = read(text)
    validate(normalize(values, "document", diagnostics), diagnostics)
    for diagnostic in diagnostics.found:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        diagnostic.as_dict()
    try:
        whole = json.loads(text)
    except ValueError:
        return
    if isinstance(whole, (dict, list)) and not diagnostics.found:
        assert [plain(value) for value in values] == [whole]


@settings(deadline=None)
@given(damaged())
def test_damage_is_reported_once_for_each_place(text: str) -> None:
    _, diagnostics = read(text)
    places = [(each.code, each.span and each.span.start) for each in diagnostics.found]
    assert len(places) == len(set(places))
