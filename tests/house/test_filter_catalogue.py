"""The catalogue of filters is whole: a meaning, an example, a signature and conformance lines for every one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import interpreter.families  # noqa: F401 - fills the catalogue
from interpreter.catalog import FILTERS, TESTS, Filter
from interpreter.filters.call import Plan

DATA = Path(__file__).parent.parent / "conformance" / "filters"
LINES = [case for file in sorted(DATA.glob("*.json")) for case in json.loads(file.read_text(encoding="utf-8"))]
WORDS = {word for case in LINES for word in re.findall(r"\w+", case["expression"])}
ENTRIES = [pytest.param(entry, id=entry.name) for entry in {each.name: each for each in FILTERS.values()}.values()]
TEST_ENTRIES = [pytest.param(entry, id=entry.name) for entry in {each.name: each for each in TESTS.values()}.values()]

BY_CHANCE = frozenset(("random", "random_int", "random_string", "uuid", "shuffle"))
BY_TIME = frozenset(("now", "today", "is_today", "is_past", "is_future", "age", "time_ago"))
"""Filters whose results differ from run to run: their examples say what holds in every run."""

MADE_ALIKE = re.compile(r"(hmac_)?(md5|sha\d+)|deg2rad|map_keys")


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_filter_says_what_it_means(entry: Filter) -> None:
    assert entry.meaning.endswith(".")
    assert entry.examples
    assert entry.signature
    Plan(entry)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_filter_has_conformance_lines(entry: Filter) -> None:
    if entry.name not in BY_CHANCE | BY_TIME and entry.parameters and not MADE_ALIKE.fullmatch(entry.name):
        assert entry.name in WORDS


@pytest.mark.parametrize("entry", TEST_ENTRIES)
def test_a_test_says_what_it_means(entry: Filter) -> None:
    assert entry.meaning.endswith(".")
    assert 1 <= entry.least <= 3


@pytest.mark.parametrize("case", [pytest.param(case, id=case["expression"][:50]) for case in LINES])
def test_a_conformance_line_has_one_outcome(case: dict[str, object]) -> None:
    assert case.keys() <= {"expression", "given", "result", "error"}
    assert ("result" in case) != ("error" in case)


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_method_means_the_same(name: str) -> None:
    entry = FILTERS[name]
    if entry.method is not None:
        for text in ("", "abc", "ÀÉß", "a B\tc", "ﬁ ŉ İ", "123"):
            assert getattr(text, entry.method)() == entry.function(text)
