"""Triggers of tables: a changed record and the executions that it starts are there together, or neither is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from engines.conftest import Place, until

from .conftest import RunStack, Stack, command, given

ORDERS = {"total": "decimal", "status": "text"}
NOTE = [
    {
        "function": "add_record",
        "table": "notes",
        "data": {"action": "{{ trigger.action }}", "old": "{{ trigger.old }}", "new": "{{ trigger.new }}"},
    }
]


@pytest.fixture
def shop(place: Place) -> Place:
    declare(place, [{"on": ["insert", "update", "delete"], "function": "note"}])
    place.write("note", NOTE)
    place.start_interpreter(1)
    return place


def declare(place: Place, triggers: list[dict[str, Any]], **columns: Any) -> None:
    """The table of orders, with triggers."""
    (place.root / "tables").mkdir(exist_ok=True)
    declared = {"columns": {**ORDERS, **columns}, "triggers": triggers}
    (place.root / "tables" / "orders.json").write_text(json.dumps(declared))


def run_here(place: Place, stack: Stack) -> None:
    """Run a stack in a process of its own, and do not wait for what it starts."""
    ended = command(place, "run", *given(place, stack, None), "--detach")
    assert ended.returncode == 0, ended.stderr


def node(function: str, **parameters: Any) -> dict[str, Any]:
    return {"function": function, "table": "orders", **parameters}


def started(place: Place, function: str = "note") -> list[dict[str, Any]]:
    """What the executions of a function were told, in the order in which they were started."""
    rows = place.engine.records.database.run("SELECT inputs FROM _executions WHERE function=? ORDER BY id", (function,))
    return [json.loads(inputs) for (inputs,) in rows]


def told(place: Place, function: str = "note") -> list[tuple[str, Any, Any]]:
    """Of each the action, and the totals before and after."""
    found = [each["trigger"] for each in started(place, function)]
    return [(each["action"], (each["old"] or {}).get("total"), (each["new"] or {}).get("total")) for each in found]


def totals(place: Place) -> list[Any]:
    return [each for (each,) in place.engine.records.database.run("SELECT total FROM orders ORDER BY id")]


def test_what_each_node_starts(shop: Place, run_stack: RunStack) -> None:
    run_stack(
        shop,
        [
            node("add_record", data={"total": 1}),
            node("edit_record", record_id=1, data={"total": 2}),
            node("edit_record", record_id=1, data={"total": 2}),
            node("patch_record", record_id=1, data={"total": 3}),
            node("add_or_edit_record", record_id=1, data={"total": 4}),
            node("add_record", data={"id": 1, "total": 5}, on_conflict="update"),
            node("add_record", data={"id": 1, "total": 6}, on_conflict="ignore"),
            node("add_record", data={"id": 2, "total": 7}, on_conflict="ignore"),
            node("bulk_add_records", data=[{"total": 8}, {"total": 9}]),
            node("bulk_edit_records", filter={"total": {"$gte": 8}}, data={"total": 10}),
            node("bulk_edit_records", data=[{"id": 3, "total": 11}, {"id": 4, "total": 10}]),
            node("delete_record", record_id=1),
            node("bulk_delete_records", filter={"total": {"$gte": 10}}),
        ],
    )
    assert told(shop) == [
        ("insert", None, 1),
        ("update", 1, 2),
        ("update", 2, 3),
        ("update", 3, 4),
        ("update", 4, 5),
        ("insert", None, 7),
        ("insert", None, 8),
        ("insert", None, 9),
        ("update", 8, 10),
        ("update", 9, 10),
        ("update", 10, 11),
        ("delete", 5, None),
        ("delete", 11, None),
        ("delete", 10, None),
    ]


def test_the_function_reads_the_change_and_its_answer_is_written(shop: Place) -> None:
    run_here(shop, [node("add_record", data={"total": 1.5, "status": "new"})])
    database = shop.engine.records.database
    (action, new), *more = until(lambda: _rows(shop, "SELECT action, new FROM notes"))
    assert (action, more) == ("insert", [])
    found = new if isinstance(new, dict) else json.loads(new)
    assert (found["id"], found["total"], found["status"]) == (1, 1.5, "new")
    assert database.run("SELECT parent_id FROM _executions WHERE function='note'") == [(None,)]


def _rows(place: Place, query: str) -> Any:
    database = place.engine.records.database
    try:
        return database.execute(query).fetchall()
    except database.refusals:  # the table comes into being with its first record
        return []


def test_rolled_back_together(shop: Place, run_stack: RunStack) -> None:
    broken = {
        "function": "database_transaction",
        "operations": [
            node("add_record", data={"total": 1}),
            node("bulk_add_records", data=[{"total": 2}]),
            {"function": "throw_error", "message": "no"},
        ],
    }
    run_stack(
        shop,
        [
            {"function": "try_catch", "try_block": [broken], "catch_block": []},
            {"function": "database_transaction", "operations": [node("add_record", data={"total": 3})]},
        ],
    )
    assert (totals(shop), told(shop)) == ([3], [("insert", None, 3)])


def test_conditions_columns_inputs_and_options(shop: Place) -> None:
    declare(
        shop,
        [
            {"on": "insert", "function": "note", "when": "<< trigger.new.total > 10 >>"},
            {"on": "update", "function": "paid", "columns": ["status"], "when": "trigger.new.status == 'paid'"},
            {
                "on": "delete",
                "function": "gone",
                "inputs": {"who": "{{ trigger.old.status ~ '!' }}"},
                "queue": "slow",
                "priority": "low",
                "delay": "{{ 60 * 60 }}",
            },
        ],
    )
    shop.write("paid", NOTE)
    shop.write("gone", NOTE)
    run_here(
        shop,
        [
            node("bulk_add_records", data=[{"total": 10, "status": "new"}, {"total": 11, "status": "new"}]),
            node("edit_record", record_id=1, data={"total": 12}),
            node("edit_record", record_id=1, data={"status": "paid"}),
            node("edit_record", record_id=1, data={"status": "paid", "total": 13}),
            node("delete_record", record_id=2),
        ],
    )
    assert told(shop) == [("insert", None, 11)]
    assert told(shop, "paid") == [("update", 12, 12)]
    assert [each["who"] for each in started(shop, "gone")] == ["new!"]
    about = "SELECT queue, priority, state FROM _executions WHERE function='gone'"
    assert shop.engine.records.database.run(about) == [("slow", 9, "delayed")]


def test_one_execution_for_all_records_of_a_node(shop: Place) -> None:
    declare(
        shop,
        [
            {
                "on": ["insert", "delete"],
                "function": "note",
                "batch": True,
                "when": "trigger.action == 'delete' || trigger.new.total > 1",
            }
        ],
    )
    run_here(shop, [node("bulk_add_records", data=[{"total": 1}, {"total": 2}, {"total": 3}])])
    (given_to,) = started(shop)
    assert [each["total"] for each in given_to["trigger"]["new"]] == [2, 3]
    assert given_to["trigger"]["old"] == [None, None]


def test_a_function_that_declares_inputs_gets_those(shop: Place) -> None:
    stack = {
        "inputs": {"new": "object", "action": "text"},
        "function_stack": [{"function": "return_value", "value": "{{ [new.total, action, trigger.table] }}"}],
    }
    (shop.root / "note.json").write_text(json.dumps(stack))
    run_here(shop, [node("add_record", data={"total": 5})])
    (execution_id,) = shop.engine.records.database.run("SELECT id FROM _executions WHERE function='note'")[0]
    assert shop.finish(execution_id)["output"] == [5, "insert", "orders"]


def test_a_trigger_that_sets_itself_off_ends_in_an_error_that_names_the_chain(shop: Place) -> None:
    shop.write("note", [node("add_record", data={"total": "{{ trigger.new.total + 1 }}"})])
    run_here(shop, [node("add_record", data={"total": 1})])
    failed = "SELECT error, error_message FROM _executions WHERE state='error'"
    (code, message), *more = until(lambda: _rows(shop, failed))
    assert (code, more) == ("run/trigger-depth", [])
    assert message.endswith(", ".join(["insert of orders → note"] * 6))
    assert (totals(shop), len(started(shop))) == ([1, 2, 3, 4, 5], 5)


def test_a_function_is_tried_by_hand(embedded: Place) -> None:
    embedded.write("note", [{"function": "return_value", "value": "{{ [trigger.action, trigger.new.total * 2] }}"}])
    told = command(embedded, "run", "note", "-i", 'trigger:={"action": "insert", "new": {"total": 60}}', "-o", "json")
    assert json.loads(told.stdout) == ["insert", 120]


def test_secrets_are_sealed_on_the_way_and_masked_behind_it(shop: Place) -> None:
    declare(shop, [{"on": "insert", "function": "note"}], card={"type": "text", "secret": True})
    shop.write("note", [{"function": "throw_error", "message": "{{ trigger.new.card }}"}])
    run_here(shop, [node("add_record", data={"total": 1, "card": "4111-1111-1111"})])
    message = until(lambda: _rows(shop, "SELECT error_message FROM _executions WHERE state='error'"))
    assert message == [("***",)]
    assert "4111" not in str(_rows(shop, "SELECT inputs FROM _executions"))


LOOP = [{"function": "for_loop", "count": 60, "operations": [node("add_record", data={"total": "{{ loop.index }}"})]}]


def test_a_worker_killed_in_the_middle_leaves_rows_and_executions_alike(shop: Place) -> None:
    with (shop.root / "interpreter.toml").open("a") as file:
        file.write("max_attempts = 50\n")
    shop.write("loop", LOOP)
    run_here(shop, [node("count_records")])
    worker = shop.workers[0]
    execution_id = shop.dispatch("loop")
    for enough in (5, 25):
        until(lambda enough=enough: len(totals(shop)) >= enough)  # type: ignore[misc]
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        assert _started_ids(shop) == _ids(shop)
        worker = shop.start_interpreter(1)
    assert shop.finish(execution_id)["state"] == "completed", shop.log()
    assert totals(shop) == list(range(1, 61))
    assert _started_ids(shop) == _ids(shop)
    until(lambda: len(_rows(shop, "SELECT 1 FROM notes")) == 60)


def test_a_command_killed_in_the_middle_leaves_rows_and_executions_alike(shop: Place) -> None:
    run_here(shop, [node("count_records")])
    words = given(shop, [{**LOOP[0], "count": 100_000}], None)
    line = [sys.executable, "-m", "interpreter", "run", *words, "--workspace", str(shop.root)]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:
        until(lambda: len(totals(shop)) > 20)
        process.kill()
    assert _started_ids(shop) == _ids(shop)


def _ids(place: Place) -> list[Any]:
    return [each for (each,) in place.engine.records.database.run("SELECT id FROM orders ORDER BY id")]


def _started_ids(place: Place) -> list[Any]:
    return sorted(each["trigger"]["new"]["id"] for each in started(place))


def test_validate_looks_at_triggers(embedded: Place) -> None:
    declare(
        embedded,
        [
            {"on": "insert", "function": "nota", "when": "<< trigger.new.total > limit >>"},
            {"on": "update", "function": "note", "columns": ["stats"]},
        ],
    )
    embedded.write("note", NOTE)
    ended = command(embedded, "validate", "-o", "json")
    assert ended.returncode == 3
    found = [each["message"] for each in json.loads(ended.stdout)["diagnostics"]]
    assert found == ['there is no column "stats"']
    declare(embedded, [{"on": "insert", "function": "nota", "when": "<< trigger.new.total > limit >>"}])
    found = json.loads(command(embedded, "validate", "-o", "json").stdout)["diagnostics"]
    assert [(each["code"], each["hint"]) for each in found] == [
        ("resolve/unknown-function", 'did you mean "note"?'),
        ("resolve/unknown-name", None),
    ]
