"""Filters as data: every example of every filter's docstring, and each line of conformance/filters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evaluating import evaluate

import interpreter.families  # noqa: F401 - fills the catalogue
from interpreter.catalog import FILTERS
from interpreter.diagnostic import Fault, Rejected
from interpreter.values import encode

ENTRIES = list({entry.name: entry for entry in FILTERS.values()}.values())
EXAMPLES = [
    pytest.param(example.expression, example.result, id=f"{entry.name}-{example.expression:.40}")
    for entry in ENTRIES
    for example in entry.examples
]
CASES = [
    pytest.param(case, id=f"{file.stem}-{case['expression']:.50}")
    for file in sorted((Path(__file__).parent / "filters").glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("expression", "result"), EXAMPLES)
def test_an_example_of_the_manual_is_true(expression: str, result: str) -> None:
    assert encode(evaluate(expression)) == encode(json.loads(result))


def outcome(case: dict[str, Any]) -> tuple[str, Any]:
    """("result", JSON text) or ("error", the first code)."""
    try:
        value = evaluate(case["expression"], case.get("given"))
    except Rejected as rejected:
        return "error", rejected.diagnostics[0].code
    except Fault as fault:
        return "error", fault.code
    return "result", encode(value)


@pytest.mark.parametrize("case", CASES)
def test_filters(case: dict[str, Any]) -> None:
    expected = ("error", case["error"]) if "error" in case else ("result", encode(case["result"]))
    assert outcome(case) == expected
