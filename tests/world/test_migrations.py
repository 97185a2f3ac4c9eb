"""Declarations that changed and their tables become one again, on both databases, and nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from engines.conftest import Place

from interpreter.adapters.tables import migration
from interpreter.adapters.tables.tables import Tables
from interpreter.diagnostic import Fault

from .conftest import command


@contextmanager
def tables(place: Place, **declared: Any) -> Iterator[Tables]:
    """The tables of a place as they are declared now."""
    folder = place.root / "tables"
    folder.mkdir(exist_ok=True)
    for name, about in declared.items():
        (folder / f"{name}.json").write_text(json.dumps(about))
    yield Tables(place.settings, place.root, place.engine.records.database)


def declare(**columns: Any) -> dict[str, Any]:
    return {"columns": columns}


def ids(tables: Tables, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables.find(name, {"sort": "id"})
    return [{key: value for key, value in each.items() if key != "created_at"} for each in found]


def test_everything_that_can_be_added_is(place: Place) -> None:
    with tables(place, makers=declare(name="text"), pens=declare(ink="text", nib="int")) as before:
        before.add_all("makers", [{"name": "a"}])
        before.add_all("pens", [{"ink": "red", "nib": 1}, {"ink": "blue", "nib": 2}, {"ink": None}])
        before.delete("pens", [["id", "$eq", 3]])
    pens = {
        "columns": {
            "ink": {"type": "enum", "values": ["red", "blue"], "required": True, "default": "red"},
            "nib": {"type": "text", "unique": True},
            "code": {"type": "uuid", "required": True, "unique": True, "default": "uuid"},
            "price": {"type": "decimal", "required": True, "default": 1.5},
            "seen": {"type": "timestamp", "default": "now"},
            "maker_id": {"references": "makers", "on_delete": "cascade", "default": 1},
            "about": {"type": "json", "default": {"it's": [1, True, None]}},
        },
        "indexes": [["ink", "price"], {"columns": ["ink", "nib"], "unique": True}],
    }
    with tables(place, pens=pens, caps=declare(pen_id={"references": "pens"})) as after:
        found = migration.apply(after.catalogue)
        assert migration.differences(after.catalogue) == []
        assert {each.table for each in found.ended} == {"caps", "pens"}
        first, second = ids(after, "pens")
        assert first["code"] != second["code"]
        assert (first["ink"], first["nib"], first["price"], first["maker_id"]) == ("red", "1", 1.5, 1)
        assert first["about"] == {"it's": [1, True, None]}
        assert first["seen"] is not None
        assert after.add("caps", {"pen_id": 2}) is not None
        assert (after.add("pens", {"nib": "3"}) or {})["id"] == 4
        for wrong in ({"nib": "1"}, {"maker_id": 99}):
            with pytest.raises(Fault):
                after.add("pens", wrong)
        assert len(after.find("caps", {})) == 1


def test_what_refers_to_a_table_that_is_built_anew_stays(place: Place) -> None:
    caps = declare(pen_id={"references": "pens", "on_delete": "cascade", "required": True})
    with tables(place, pens=declare(ink="text", pen_id={"references": "pens"}), caps=caps) as before:
        before.add_all("pens", [{"ink": "red"}, {"ink": "blue"}])
        before.edit("pens", [["id", "$eq", 2]], {"pen_id": 1})
        before.add_all("caps", [{"pen_id": 1}, {"pen_id": 2}])
    changed = declare(
        ink={"type": "text", "required": True, "unique": True}, pen_id={"references": "pens", "on_delete": "cascade"}
    )
    with tables(place, pens=changed) as after:
        migration.apply(after.catalogue)
        assert [each["pen_id"] for each in ids(after, "caps")] == [1, 2]
        with pytest.raises(Fault):
            after.add("caps", {"pen_id": 3})
        after.delete("pens", [["id", "$eq", 1]])
        assert (ids(after, "pens"), ids(after, "caps")) == ([], [])


def test_seed_records_of_a_new_table_that_refer_to_nothing_undo_the_migration(place: Place) -> None:
    caps = {**declare(pen_id={"references": "pens"}), "records": [{"pen_id": 7}]}
    with tables(place, pens=declare(ink="text"), caps=caps) as there:
        with pytest.raises(Fault):
            migration.apply(there.catalogue)
        assert there.catalogue.kinds() == {}


def test_nothing_is_dropped_unasked(place: Place) -> None:
    with tables(
        place, pens=declare(ink={"type": "text", "required": True}, nib="text"), caps=declare(size="int")
    ) as before:
        before.add("pens", {"ink": "red", "nib": "fine"})
        before.add("caps", {"size": 1})
    (place.root / "tables" / "caps.json").unlink()
    with tables(place, pens=declare(nib="int")) as after:
        with pytest.raises(Fault, match="cannot keep their values"):
            migration.apply(after.catalogue)
        assert before.first("pens", {})["ink"] == "red"  # type: ignore[index]
    with tables(place, pens=declare(nib="text")) as after:
        found = migration.apply(after.catalogue)
        assert [str(each) for each in found.left] == [
            "caps: table is not declared",
            'pens: column "ink" (text) is not declared',
        ]
        assert (after.add("pens", {"nib": "wide"}) or {})["id"] == 2
        assert place.engine.records.database.run("SELECT ink FROM pens ORDER BY id") == [("red",), (None,)]
    with tables(place, pens=declare(nib="int")) as after:
        found = migration.apply(after.catalogue, drop=True)
        assert (found.left, migration.differences(after.catalogue)) == ([], [])
        assert ids(after, "pens") == [{"id": 1, "nib": None}, {"id": 2, "nib": None}]
        assert "caps" not in after.catalogue.names()


@pytest.mark.parametrize(
    ("pens", "problem"),
    [
        (
            declare(ink="text", code={"type": "text", "required": True}),
            '"code" of "pens" is required and has no default, and is new in 2 records',
        ),
        (
            declare(ink={"type": "text", "unique": True}),
            '"ink" of "pens" must be unique, and 1 values are there more than once',
        ),
        (declare(ink={"type": "enum", "values": ["blue"]}), '"ink" of "pens" is none of \'blue\' in 2 records'),
        (
            declare(ink="text", code={"type": "int", "unique": True, "default": 1}),
            '"code" of "pens" is unique, and its default would be the same in every record',
        ),
        (declare(ink="text", maker_id={"references": "makers", "default": 7}), None),
    ],
)
def test_what_the_records_do_not_allow_is_refused_whole(place: Place, pens: Any, problem: str | None) -> None:
    with tables(place, makers=declare(name="text"), pens=declare(ink="text")) as before:
        before.add_all("pens", [{"ink": "red"}, {"ink": "red"}])
    with tables(place, pens=pens, new=declare(a="int")) as after:
        with pytest.raises(Fault) as refused:
            migration.apply(after.catalogue)
        assert refused.value.code == "run/cannot-migrate"
        assert problem is None or problem in refused.value.message
        assert "new" not in after.catalogue.kinds()
    with tables(place, pens=declare(ink="text")) as again:
        assert len(ids(again, "pens")) == 2


def test_the_commands(place: Place) -> None:
    with tables(place, pens=declare(ink="text")) as before:
        before.add("pens", {"ink": "red"})
    with tables(place, pens=declare(ink="text", nib={"type": "int", "default": 2})):
        told = 'pens: column "nib" (int) is missing\n'
        differing = command(place, "tables", "diff")
        assert (differing.returncode, differing.stdout) == (1, told)
        assert "ADD COLUMN nib" in command(place, "tables", "diff", "--sql").stdout
        assert command(place, "tables", "migrate", "--dry-run").stdout == told
        assert command(place, "tables", "migrate").stdout == told
        assert command(place, "tables", "diff").returncode == 0
        shown = json.loads(command(place, "tables", "show", "pens", "-o", "json").stdout)
        assert [(each["ink"], each["nib"]) for each in shown["records"]] == [("red", 2)]
