"""The manual's examples of what reaches beyond a stack run as they stand there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engines.conftest import Place

from .conftest import run_here

README = Path(__file__).parents[2] / "README.md"
ANSWERS = {
    "Cache": 4.5,
    "Tables": ["Ada", "Grace"],
    "Realtime": 0,
    "Mail": ["ada@example.com", "grace@example.com"],
    "Files": 4.5,
}


@pytest.mark.parametrize("section", ANSWERS)
def test_the_example_of_a_section(section: str, embedded: Place) -> None:
    text = README.read_text().partition(f"\n### {section}\n")[2].partition("\n### ")[0]
    example = text.rpartition("```json\n")[2].partition("```")[0]
    assert run_here(embedded, json.loads(example)) == ANSWERS[section]
