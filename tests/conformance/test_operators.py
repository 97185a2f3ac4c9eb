"""Expressions as data: each line of conformance/operators is an expression, what it is given, and what it gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evaluating import run_value

from interpreter.diagnostic import Fault, Rejected
from interpreter.values import encode

CASES = [
    pytest.param(case, id=f"{file.stem}-{case.get('expression', case.get('written'))!s:.50}")
    for file in sorted((Path(__file__).parent / "operators").glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
]


def outcome(case: dict[str, Any]) -> tuple[str, Any]:
    """("result", JSON text) or ("error", the first code)."""
    written = case["written"] if "written" in case else f"{{{{ {case['expression']} }}}}"
    try:
        value = run_value(written, case.get("given"), case.get("functions"), case.get("strict", False))
    except Rejected as rejected:
        return "error", rejected.diagnostics[0].code
    except Fault as fault:
        return "error", fault.code
    return "result", encode(value)


@pytest.mark.parametrize("case", CASES)
def test_operators(case: dict[str, Any]) -> None:
    expected = ("error", case["error"]) if "error" in case else ("result", encode(case["result"]))
    assert outcome(case) == expected
