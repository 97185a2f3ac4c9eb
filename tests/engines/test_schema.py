"""Our own tables: an older version is brought to this one with its rows, a newer one is left alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interpreter.background.store import schema
from interpreter.database import Database, open_database
from interpreter.diagnostic import Fault

from .conftest import Place


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(None, tmp_path)


def test_an_older_version_is_brought_to_the_newest_and_keeps_its_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = schema._VERSIONS
    monkeypatch.setattr(schema, "_VERSIONS", newest[:1])
    schema.prepare(database)
    database.run(
        "INSERT INTO _executions (id, kind, function, state, attempt, inputs, queue, priority, created_at, root_id)"
        " VALUES ('1', 'function', 'f', 'queued', 0, '{}', 'default', 5, 1.0, '1')"
    )
    monkeypatch.setattr(schema, "_VERSIONS", newest)
    schema.prepare(database)
    assert database.run("SELECT id, claimed_at FROM _executions") == [("1", None)]
    assert database.run("PRAGMA user_version") == [(len(newest),)]


def test_many_may_prepare_at_once(place: Place) -> None:
    database = open_database(place.settings.database_url, place.settings.state_dir)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: schema.prepare(database), range(16)))
    assert database.run("SELECT count(*) FROM _executions") == [(0,)]
    assert schema.version(database) == schema.NEWEST
    database.close()


def test_tables_of_a_newer_program_are_left_alone(database: Database) -> None:
    database.run("PRAGMA user_version = 99")
    with pytest.raises(Fault, match="version 99") as told:
        schema.prepare(database)
    assert told.value.code == "background/newer-database"
