"""Validating: the table of validate.json (documents and the complaints about them), and the quick look's honesty."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter import schemafiles
from interpreter.diagnostic import Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.source import Source
from interpreter.tree import Definition, plain
from interpreter.validate import _Shape, validate

TABLE: list[dict[str, Any]] = json.loads(Path(__file__).with_name("validate.json").read_text(encoding="utf-8"))


def read(text: str) -> tuple[list[Definition], Diagnostics]:
    diagnostics = Diagnostics()
    definitions = normalize(load(Source("orders.json", text), diagnostics), "orders", diagnostics)
    validate(definitions, diagnostics)
    return definitions, diagnostics


def complaints(diagnostics: Diagnostics) -> list[str]:
    found = []
    for each in sorted(diagnostics.found, key=lambda diagnostic: diagnostic.sort_key):
        assert each.span is not None
        hint = f" ({each.hint})" if each.hint else ""
        found.append(f"{each.span.text[:24]} {each.pointer or ''} {each.code}: {each.message}{hint}")
    return found


@pytest.mark.parametrize("row", [pytest.param(row, id=row["claim"]) for row in TABLE])
def test_row(row: dict[str, Any]) -> None:
    assert complaints(read(row["text"])[1]) == row["complaints"]


def test_a_hundred_nodes_take_a_few_milliseconds() -> None:
    node = {"function": "external_api_request", "url": "{{ u }}", "retry_policy": {"max_retries": 3}, "timeout": 5}
    definitions, diagnostics = read(json.dumps([node] * 100))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        validate(definitions, diagnostics)
        times.append(time.perf_counter() - start)
    assert diagnostics.found == []
    assert min(times) < 0.015


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 700) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "a b", "{{ x }}", r"\{{ x", "append", "all", "sync", "async", "high", "POST", "info"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["max_retries", "x"]), inner),
    max_leaves=3,
)  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_the_quick_look_says_yes_only_where_jsonschema_does(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(schemafiles.node_names()))
    shape = _Shape(schemafiles.filled(f"nodes/{name}"))
    keys = st.sampled_from([*(key for key in shape.properties if key != "function"), "other"])
    given = data.draw(st.dictionaries(keys, VALUES, max_size=6))
    (found,) = load(Source("a.json", json.dumps(given)), Diagnostics())
    values = {member.key.value: member.value for member in found}  # type: ignore[union-attr]
    if shape.surely_fits(values):
        assert shape.validator.is_valid({"function": name, **plain(found)})
