"""Background calls that cannot be, and journals and tables that are not what a run expects: one clear error each.

Nothing is stored of what was refused, and nothing is lost of what was there before.
(Delays, options and payloads that are none stand in test_time.py and tests/engines/test_executions.py, schedules that
never fire in tests/cases/reject/validate.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engines.conftest import Place, until

from interpreter.background.store.schema import NEWEST
from interpreter.diagnostic import Fault

Ask = Callable[[Place, str], Any]


def refused(ask: Callable[[], Any]) -> Fault:
    with pytest.raises(Fault) as told:
        ask()
    return told.value


# --- keys -------------------------------------------------------------------------------------------------


def test_a_key_with_other_inputs_is_refused_and_the_first_call_is_unharmed(place: Place) -> None:
    first = place.dispatch("note", {"line": "once", "n": 1}, idempotency_key="order-7")
    for inputs in ({"line": "twice", "n": 1}, {"line": "once"}, {"line": "once", "n": 1.5}, {}):
        for delay in (0, 60):
            told = refused(lambda: place.dispatch("note", inputs, idempotency_key="order-7", delay=delay))  # noqa: B023
            assert (told.code, '"order-7"' in told.message) == ("background/key-reused", True)
            assert told.hint
            assert first in told.hint
    told = refused(
        lambda: place.engine.dispatch("note", {"line": "once", "n": 1}, {"idempotency_key": "order-7"}, "task")
    )
    assert told.code == "background/key-reused"
    assert place.dispatch("note", {"n": 1, "line": "once"}, idempotency_key="order-7") == first
    place.start_worker(1)
    assert place.finish(first)["state"] == "completed"
    assert refused(lambda: place.dispatch("note", {"line": "late"}, idempotency_key="order-7"))
    assert place.witnessed() == ["once"]
    assert len(place.engine.newest()) == 1
    assert place.engine.records.database.run("SELECT id FROM _timers") == []


# --- addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.8",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "2130706433",
    ],
)
def test_a_callback_to_a_private_address_is_refused(embedded: Place, host: str) -> None:
    told = refused(lambda: embedded.dispatch("echo", callback_url=f"http://{host}/told"))
    assert (told.code, "not public" in told.message) == ("background/bad-callback", True)
    assert embedded.engine.newest() == []


# --- names and ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["function", "task"])
def test_an_unknown_name_is_an_error_on_record(embedded: Place, kind: str) -> None:
    embedded.start_interpreter(1)
    record = embedded.finish(embedded.engine.dispatch("nobody", {}, {}, kind))
    assert (record["state"], record["error"]) == ("error", "run/unknown-function")
    assert '"nobody"' in record["error_message"]


@pytest.mark.parametrize("written", ["", "order-7", "7" * 25, "8" + "0" * 25, "0" * 26 + "1", "\0" * 26, "'; --"])
@pytest.mark.parametrize(
    "ask", [lambda place, id: place.engine.get(id), lambda place, id: place.engine.retry(id)], ids=["get", "retry"]
)
def test_what_is_no_id_is_said_to_be_none(embedded: Place, ask: Ask, written: str) -> None:
    kept = embedded.dispatch("echo")
    assert refused(lambda: ask(embedded, written)).code == "background/bad-id"
    for record in (*embedded.engine.wait([written], 0), *embedded.engine.cancel([written])):
        assert (record["state"], record["error"]) == ("not_found", "background/bad-id")
    assert embedded.state(kept) == "queued"


# --- tables and journals ----------------------------------------------------------------------------------


def test_records_of_a_newer_program_are_refused_and_left_alone(place: Place) -> None:
    """The older program says so at once; the newer one finds everything as it was."""
    kept = place.dispatch("echo")
    database = place.engine.records.database
    set_version = "PRAGMA user_version = {}" if database.is_sqlite else "UPDATE _schema_version SET version = {}"
    database.run(set_version.format(NEWEST + 1))
    older = place.new_engine()
    for ask in (lambda: older.dispatch("echo", {}, {}), lambda: older.get(kept), lambda: older.wait([kept], 0)):
        assert refused(ask).code == "background/newer-database"
    older.close()
    worker = place.start_worker(1, ready=False)
    assert worker.wait(30) != 0
    assert "newer-database" in place.log() or f"version {NEWEST + 1}" in place.log()
    database.run(set_version.format(NEWEST))
    place.start_worker(1)
    assert place.finish(kept)["state"] == "completed"
    assert len(place.engine.newest()) == 1


def test_a_journal_that_does_not_match_ends_the_run_and_is_kept(place: Place) -> None:
    """However its author catches errors: the run would go on with the answers of other actions."""
    database = place.engine.records.database
    place.start_worker(1)
    gate = place.dispatch("echo", delay=3600)
    execution_id = place.dispatch("careful_steps", {"gate": gate})
    until(lambda: place.engine.records.count(("waiting",)))
    change = "UPDATE _steps SET name=? WHERE execution_id=? AND name=?"
    assert database.change(change, ("other", execution_id, "second")) == 1
    place.engine.retry(gate)
    record = place.finish(execution_id)
    assert (record["state"], record["error"]) == ("error", "background/journal-mismatch")
    assert 'is "second" now, and was "other" before' in record["error_message"]
    database.change(change, ("second", execution_id, "other"))
    place.engine.resume(execution_id)
    assert place.finish(execution_id)["output"] == "done"
    assert place.witnessed() == ["first", "second", "third"]


def test_a_document_that_is_gone_from_the_records_ends_the_run(place: Place) -> None:
    database = place.engine.records.database
    place.write("story", [{"function": "wait", "seconds": 0.6}, {"function": "return_value", "value": "told"}])
    place.start_interpreter(1)
    execution_id = place.dispatch("story")
    until(lambda: place.engine.records.count(("waiting",)))
    rows = database.run("SELECT hash, path, text, kept_at FROM _documents")
    database.run("DELETE FROM _documents")
    record = place.finish(execution_id)
    assert (record["state"], record["error"]) == ("error", "background/journal-mismatch")
    assert "is gone" in record["error_message"]
    for row in rows:
        database.run("INSERT INTO _documents VALUES (?,?,?,?)", row)
    place.engine.resume(execution_id)
    assert place.finish(execution_id)["output"] == "told"
