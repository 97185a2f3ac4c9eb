"""Warnings: each entry of lint.json is a stack and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interpreter.diagnostic import WARNING, Diagnostics
from interpreter.lint import RULES, lint
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.parse import parse
from interpreter.source import Source

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("lint.json").read_text())


@pytest.mark.parametrize("case", [pytest.param(case, id=case["claim"]) for case in CASES])
def test_what_is_said(case: dict[str, Any]) -> None:
    diagnostics = Diagnostics()
    text = json.dumps({"function_stack": case["stack"]})
    [definition] = normalize(load(Source("stack.json", text), diagnostics), "stack", diagnostics)
    parse([definition], diagnostics)
    assert not diagnostics.found
    lint(definition, diagnostics)
    found = sorted(diagnostics.found, key=lambda each: each.sort_key)
    assert [f"{each.code} {each.span.text}: {each.message}" for each in found if each.span] == case.get("found", [])
    assert all(each.severity == WARNING for each in found)


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_case(code: str) -> None:
    assert any(line.startswith(code) for case in CASES for line in case.get("found", []))
