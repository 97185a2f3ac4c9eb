"""Record nodes in runs that are killed: a row and its step on record are one, whatever the instant."""

from __future__ import annotations

import os
import signal
from typing import Any

from engines.conftest import Place, until

from .conftest import run_here

Stack = list[dict[str, Any]]


def node(function: str, **parameters: Any) -> dict[str, Any]:
    return {"function": function, **parameters}


def gate(name: str) -> dict[str, Any]:
    """Wait, inside a transaction too, until the test opens the gate."""
    closed = node("get_cache", key=name, return_as="gate")
    look = node("while_loop", condition="!gate", operations=[closed, node("log", message=f"at {name}")])
    return node("group", operations=[node("create_variable", name="gate", value=None), look])


def open_gate(place: Place, name: str) -> None:
    run_here(place, [node("set_cache", key=name, value=True)])


def rows(place: Place, sql: str) -> list[Any]:
    try:
        return place.engine.records.database.run(sql)
    except Exception:  # the table is not there yet
        return []


def replace_worker(place: Place) -> None:
    """Kill the worker with all its children, at this instant, and start another one."""
    worker = place.workers[-1]
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    place.start_interpreter(1)


def begin(place: Place, stack: Stack, **inputs: Any) -> str:
    place.write("work", stack)
    place.start_interpreter(1)
    return place.dispatch("work", inputs)


def test_ten_nodes_killed_after_each_write_every_row_once(unlucky: Place) -> None:
    stack: Stack = []
    for number in range(10):
        stack += [node("add_record", table="beads", data={"number": number}), gate(f"gate{number}")]
    execution = begin(unlucky, [*stack, node("return_value", value="done")])
    for number in range(10):
        until(lambda number=number: rows(unlucky, f"SELECT 1 FROM beads WHERE number={number}"))
        if number % 3 == 0:
            replace_worker(unlucky)
        open_gate(unlucky, f"gate{number}")
    assert unlucky.finish(execution)["output"] == "done"
    assert rows(unlucky, "SELECT number, count(*) FROM beads GROUP BY number ORDER BY number") == [
        (number, 1) for number in range(10)
    ]


def test_a_loop_killed_at_any_instant_writes_every_row_once(unlucky: Place) -> None:
    turn = [
        node("add_record", table="beads", data={"number": "{{ item }}", "colour": "red"}, return_as="bead"),
        node("edit_record", table="beads", record_id="{{ bead.id }}", data={"edits": "{{ (bead.edits ?? 0) + 1 }}"}),
    ]
    execution = begin(unlucky, [node("for_each", list="{{ range(400) }}", operations=turn)])
    for death in range(1, 4):
        until(lambda death=death: len(rows(unlucky, "SELECT 1 FROM beads")) > death * 100)
        replace_worker(unlucky)
    assert unlucky.finish(execution)["state"] == "completed"
    found = rows(unlucky, "SELECT number, edits FROM beads ORDER BY id")
    assert found == [(number, 1) for number in range(400)]


def test_a_transaction_that_is_killed_leaves_nothing(unlucky: Place) -> None:
    inside = [
        node("add_record", table="beads", data={"number": 1}),
        node("try_catch", try_block=[node("add_record", table="beads", data={"id": 1})], catch_block=[]),
        gate("inside"),
        node("add_record", table="beads", data={"number": 2}),
    ]
    execution = begin(unlucky, [node("database_transaction", operations=inside), node("return_value", value="done")])
    until(lambda: "at inside" in (unlucky.root / "worker.log").read_text())
    assert rows(unlucky, "SELECT 1 FROM beads") == []
    replace_worker(unlucky)
    open_gate(unlucky, "inside")
    assert unlucky.finish(execution)["output"] == "done"
    assert rows(unlucky, "SELECT number FROM beads ORDER BY id") == [(1,), (2,)]


def test_what_was_seen_in_a_transaction_that_was_undone_is_still_on_record(unlucky: Place) -> None:
    undone = node(
        "database_transaction",
        operations=[
            node("create_variable", name="drawn", value="{{ random(1, 1000000000) }}"),
            node("add_record", table="beads", data={"number": 1}, return_as="bead"),
            node("throw_error", message="undone {{ bead.id }} {{ drawn }}"),
        ],
    )
    caught = node("add_record", table="notes", data={"text": "{{ error.message }}", "drawn": "{{ drawn }}"})
    stack = [
        node("add_record", table="beads", data={"number": 0}),
        node("try_catch", try_block=[undone], catch_block=[caught]),
        gate("after"),
        node("return_value", value="{{ [drawn, notes.drawn, notes.text] }}"),
    ]
    execution = begin(unlucky, stack)
    until(lambda: rows(unlucky, "SELECT 1 FROM notes"))
    replace_worker(unlucky)
    open_gate(unlucky, "after")
    drawn, noted, text = unlucky.finish(execution)["output"]
    assert drawn == noted
    assert text == f"undone 2 {drawn}"
    assert rows(unlucky, "SELECT number FROM beads") == [(0,)]


def test_what_a_transaction_dispatches_begins_when_it_is_written(place: Place) -> None:
    place.write("count", [node("count_records", table="beads", return_as="n"), node("return_value", value="{{ n }}")])
    call = node("custom_function", name="count", execution_mode="async", return_as="id")
    kept = [node("add_record", table="beads", data={"number": 1}), call]
    undone = [*kept[:1], {**call, "return_as": "lost"}, node("throw_error", message="no")]
    stack = [
        node("database_transaction", operations=kept),
        node("try_catch", try_block=[node("database_transaction", operations=undone)], catch_block=[]),
        node("async_function_await", execution_ids=["{{ id }}"], timeout=20, return_as="records"),
        node("async_function_await", execution_ids=["{{ lost }}"], timeout=0, return_as="nothing"),
        node("return_value", value="{{ [records[0].output, nothing[0].state] }}"),
    ]
    place.start_interpreter(1)
    assert run_here(place, stack) == [1, "not_found"]
    place.write("stack", stack)
    assert place.run("stack")["output"] == [2, "not_found"]
