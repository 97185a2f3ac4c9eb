"""Tables on both databases: what a document says comes of it on PostgreSQL as on SQLite."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from engines.conftest import Place

from interpreter.adapters.tables import migration
from interpreter.adapters.tables.tables import Tables
from tests.cases import golden
from tests.cases.test_cases import named

from .conftest import run_here

FAMILIES = ("records", "sql")
DOCUMENTS = [case for family in FAMILIES for case in golden.run_cases(golden.HERE / "run" / family)]


@pytest.fixture(scope="module")
def on_postgresql(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The surroundings of golden cases, with a database of its own."""
    from tests.engines.conftest import _emptied

    with golden.surroundings(tmp_path_factory.mktemp("state")), chdir(golden.HERE):
        os.environ["INTERPRETER_DATABASE_URL"] = _emptied(postgresql)
        yield


@pytest.mark.usefixtures("on_postgresql")
@pytest.mark.parametrize("document", named(DOCUMENTS))
def test_the_same_on_postgresql(document: Path) -> None:
    expected = json.loads(golden.runs_beside(document).read_text(encoding="utf-8"))
    assert golden.perform(document, golden.given_of(expected)) == expected


def declare(place: Place, name: str, **declared: Any) -> None:
    (place.root / "tables").mkdir(exist_ok=True)
    (place.root / "tables" / f"{name}.json").write_text(json.dumps(declared))


def caught(*nodes: dict[str, Any]) -> list[dict[str, Any]]:
    """Nodes whose error is the answer."""
    answer = {"function": "return_value", "value": "{{ [error.code, error.message] }}"}
    return [{"function": "try_catch", "try_block": list(nodes), "catch_block": [answer]}]


def test_a_declaration_that_changed_asks_for_a_migration(place: Place) -> None:
    everything = {"function": "query_all_records", "table": "pens", "return_as": "pens"}
    answer = {"function": "return_value", "value": "{{ pens|map('ink') }}"}
    declare(place, "pens", columns={"ink": "text"}, records=[{"ink": "blue"}])
    assert run_here(place, [everything, answer]) == ["blue"]
    declare(place, "pens", columns={"ink": "text", "nib": "text"})
    code, message = run_here(place, caught(everything))
    assert code == "run/table-changed"
    assert '"pens"' in message
    declare(place, "pens", columns={"ink": "texxt"})
    code, message = run_here(place, caught(everything))
    assert code == "run/bad-declaration"
    assert "pens.json:1:21" in message


def opened(place: Place) -> Tables:
    """The tables of a place, in this process."""
    return Tables(place.settings, place.root, place.engine.records.database)


def test_what_a_declaration_adds_is_a_difference_that_can_be_applied(place: Place) -> None:
    declare(place, "pens", columns={"ink": "text"}, records=[{"ink": "blue"}])
    assert migration.differences(opened(place).catalogue)[0][:3] == ("pens", "table", "missing")
    assert opened(place).count("pens", []) == 1
    assert migration.differences(opened(place).catalogue) == []
    declare(place, "pens", columns={"ink": {"type": "text", "default": "red"}, "nib": "int"}, indexes=[["nib"]])
    declare(place, "caps", columns={"pen_id": {"references": "pens"}})
    changed = opened(place)
    found = migration.differences(changed.catalogue)
    assert [each[:4] for each in found] == [
        ("caps", "table", "missing", "caps"),
        ("pens", "column", "missing", "nib"),
        ("pens", "index", "missing", "nib"),
    ]
    migration.apply(changed.catalogue, found)
    assert migration.differences(changed.catalogue) == []
    assert changed.add("pens", {"nib": 3}) | {"id": 2, "created_at": None} == {
        "id": 2,
        "ink": "red",
        "nib": 3,
        "created_at": None,
    }
    assert changed.add("caps", {"pen_id": 1})["id"] == 1
