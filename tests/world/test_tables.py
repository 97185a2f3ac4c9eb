"""Tables on both databases: what a document says comes of it on PostgreSQL as on SQLite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from engines.conftest import Place

from interpreter.adapters.tables import migration
from interpreter.adapters.tables.tables import Tables
from interpreter.database import open_database
from interpreter.diagnostic import Fault
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
    migration.apply(changed.catalogue)
    assert migration.differences(changed.catalogue) == []
    assert changed.add("pens", {"nib": 3}) | {"id": 2, "created_at": None} == {
        "id": 2,
        "ink": "red",
        "nib": 3,
        "created_at": None,
    }
    assert changed.add("caps", {"pen_id": 1})["id"] == 1


def test_a_table_grows_in_one_process_while_another_reads_it(place: Place) -> None:
    here, there = opened(place), opened(place)
    assert here.find("beads", {}) == []
    there.add("beads", {"number": 1})
    assert [set(each) for each in here.find("beads", {})] == [{"id", "created_at", "number"}]
    there.add("beads", {"number": 2.5, "colour": "red", "shape": None})
    assert here.first("beads", {"filter": [["id", "$eq", 2]], "select": ["number", "colour", "shape"]}) == {
        "number": 2.5,
        "colour": "red",
        "shape": None,
    }
    there.add("beads", {"number": 3, "shape": "round"})
    assert here.find("beads", {"sort": "-number"})[0].keys() >= {"colour", "shape"}
    assert there.edit("beads", [["id", "$eq", 1]], {"holes": 2})["holes"] == 2
    assert here.add("beads", {"number": 4})["holes"] is None
    assert here.delete("beads", [["id", "$eq", 1]])["holes"] == 2


def test_many_processes_begin_one_table(place: Place) -> None:
    """Each writes the first record of the table, as far as it knows, with a column of its own."""
    together(place, "bead = t.add('beads', {'writer': i, f'own_{i}': 1})", count=6)
    found = opened(place).find("beads", {})
    assert sorted(each["writer"] for each in found) == list(range(6))
    assert all(each[f"own_{each['writer']}"] == 1 for each in found)


def test_many_processes_make_one_declared_table_and_sow_it_once(place: Place) -> None:
    declare(place, "pens", columns={"ink": {"type": "text", "unique": True}}, records=[{"ink": "blue"}])
    together(place, "t.add('pens', {'ink': f'ink {i}'})", count=6)
    assert opened(place).count("pens", []) == 7


def test_two_writers_of_one_record_lose_nothing(place: Place) -> None:
    opened(place).add("tills", {"balance": 0, "version": 0})
    work = """
for turn in range(20):
    while True:
        seen = t.first('tills', {})
        change = {'balance': seen['balance'] + 1, 'version': seen['version'] + 1}
        try:
            t.edit('tills', [['id', '$eq', 1]], change, expected={'version': seen['version']})
            break
        except Fault as fault:
            assert (fault.type, fault.status) == ('conflict', 409), fault
"""
    together(place, work, count=3)
    till = opened(place).first("tills", {})
    assert till is not None
    assert (till["balance"], till["version"]) == (60, 60)


def test_transactions_of_many_processes_are_one_after_the_other(place: Place) -> None:
    tables = opened(place)
    tables.add_all("tills", [{"name": "a", "balance": 100}, {"name": "b", "balance": 100}])
    work = """
for turn in range(10):
    one, other = ('a', 'b') if (i + turn) % 2 else ('b', 'a')
    while True:
        try:
            with t.transaction():
                for name, change in ((one, -1), (other, 1)):
                    seen = t.first('tills', {'filter': [['name', '$eq', name]], 'locked': True})
                    t.edit('tills', [['name', '$eq', name]], {'balance': seen['balance'] + change})
            break
        except Fault as fault:
            assert (fault.type, fault.status) == ('deadlock', 409), fault
"""
    together(place, work, count=4)
    assert sum(each["balance"] for each in tables.find("tills", {})) == 200


def together(place: Place, work: str, count: int) -> None:
    """Python in so many processes at once; ``t`` are the place's tables, ``i`` is the process's number."""
    url = place.settings.database_url
    program = f"""
import sys, time
from pathlib import Path
from interpreter.adapters.tables.tables import Tables
from interpreter.database import open_database
from interpreter.diagnostic import Fault
from interpreter.settings import read_settings
root = Path({str(place.root)!r})
settings = read_settings(root, {{}})
t = Tables(settings, root, open_database({url!r}, settings.state_dir))
i = int(sys.argv[1])
while time.time() < float(sys.argv[2]):
    pass
{work}
t.database.close()
"""
    at = str(time.time() + 1)
    running = [subprocess.Popen([sys.executable, "-c", program, str(i), at]) for i in range(count)]
    assert [each.wait(60) for each in running] == [0] * count


def test_what_was_compiled_once_needs_no_sqlalchemy_again(embedded: Place) -> None:
    declare(embedded, "pens", columns={"ink": "text", "filled_at": "timestamp"}, records=[{"ink": "blue"}])
    embedded.write("plain", [{"function": "return_value", "value": 1}])
    written = {"function": "add_record", "table": "pens", "data": {"ink": "red", "filled_at": "{{ now }}"}}
    read = {"function": "query_all_records", "table": "pens", "sort": "-filled_at"}
    embedded.write("record", [written, read, {"function": "return_value", "value": "{{ pens|map('ink') }}"}])
    assert "interpreter.adapters.tables.tables" not in imported(embedded, "plain")
    assert "sqlalchemy" in imported(embedded, "record")
    assert not {"sqlalchemy", "jsonschema", "interpreter.load.reader"} & imported(embedded, "record")
    declare(embedded, "pens", columns={"ink": "text", "filled_at": "timestamp"}, description="Pens.")
    assert "sqlalchemy" in imported(embedded, "record")


def imported(place: Place, stack: str) -> set[str]:
    """The modules that a run of a stack has imported."""
    program = (
        "import sys\nfrom interpreter.cli import start\n"
        f"assert start(['run', {stack!r}, '--workspace', {str(place.root)!r}]) == 0\n"
        "print('modules', *sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ended.stdout.rpartition("modules ")[2].split())


def test_a_database_that_is_lost_in_a_transaction_keeps_nothing_of_it(place: Place) -> None:
    if place.settings.database_url is None:
        pytest.skip("SQLite is a file: its process is the run's own")
    tables = opened(place)
    tables.add("tills", {"balance": 1})

    def lose_it() -> None:
        with tables.transaction():
            tables.edit("tills", [["id", "$eq", 1]], {"balance": 2})
            ((own,),) = tables.database.run("SELECT pg_backend_pid()")
            other = open_database(place.settings.database_url, place.settings.state_dir)
            other.run("SELECT pg_terminate_backend(?)", (own,))
            other.close()
            tables.edit("tills", [["id", "$eq", 1]], {"balance": 3})

    with pytest.raises(Fault) as raised:
        lose_it()
    assert raised.value.code == "background/database-unavailable"
    found = tables.first("tills", {})
    assert found is not None
    assert found["balance"] == 1
    assert not tables.database.is_in_transaction


def test_what_a_database_refuses_to_read_is_not_called_a_change(place: Place) -> None:
    tables = opened(place)
    tables.add("pens", {"ink": "red"})
    tables.database.run('ALTER TABLE pens RENAME COLUMN "ink" TO "colour"')
    with pytest.raises(Fault, match='refused to read "pens"') as reading:
        tables.find("pens", {"sort": "ink"})
    with pytest.raises(Fault, match='refused to change "pens"') as changing:
        tables.delete_all("pens", [["ink", "$eq", "red"]])
    assert [(each.value.code, each.value.status) for each in (reading, changing)] == [("run/database", 500)] * 2
