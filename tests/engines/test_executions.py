"""What is dispatched is run and recorded: the life of an execution, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re

import pytest

from interpreter import execution, finding, pipeline
from interpreter.background.store.ids import as_uuid, new_id
from interpreter.diagnostic import Fault

from .conftest import PATIENCE, Place, until


def test_a_dispatched_execution_is_run_and_its_record_says_so(place: Place) -> None:
    place.start_worker()
    record = place.run("echo", {"a": [1, None, "ü"]})
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", record["execution_id"])
    assert record["output"] == {"a": [1, None, "ü"]}
    assert (record["status"], record["state"], record["attempt"]) == ("completed", "completed", 1)
    assert record["created_at"] <= record["started_at"] <= record["completed_at"]
    assert record["function_name"] == "echo"
    assert record["error"] is None


def test_records_come_in_the_order_asked_with_duplicates(place: Place) -> None:
    place.start_worker()
    ids = [place.dispatch("echo", {"i": i}) for i in range(5)]
    asked = [ids[3], ids[0], ids[3], as_uuid(ids[4]), ids[0].lower()]
    assert [record["output"]["i"] for record in place.engine.wait(asked, 20)] == [3, 0, 3, 4, 0]


def test_an_unknown_id_is_a_record_that_was_not_found(place: Place) -> None:
    unknown, malformed = place.engine.wait([new_id(), "order-7"], 20)
    assert (unknown["status"], unknown["state"]) == ("error", "not_found")
    assert unknown["error"] == "background/unknown-execution"
    assert (malformed["state"], malformed["error"]) == ("not_found", "background/bad-id")


def test_a_look_without_waiting_sees_what_is_queued(place: Place) -> None:
    execution_id = place.dispatch("echo")
    (record,) = place.engine.wait([execution_id], 0)
    assert (record["status"], record["state"], record["attempt"]) == ("running", "queued", 0)


def test_any_comes_back_with_the_first(place: Place) -> None:
    place.start_worker(2)
    held, quick = place.dispatch("hold"), place.dispatch("echo")
    records = place.engine.wait([held, quick], 20, "any")
    assert [record["status"] for record in records] == ["running", "completed"]
    place.release()
    assert place.finish(held)["output"] == "released"


def test_an_error_ends_in_the_record(place: Place) -> None:
    place.start_worker()
    record = place.run("fail")
    assert (record["status"], record["state"]) == ("error", "error")
    assert record["error"] == "run/thrown"
    assert record["error_message"] == "it was meant to fail"
    assert record["error_details"]["type"] == "payment_error"
    assert record["error_details"]["details"] == {"amount": 3}
    assert place.run("unheard_of")["error"] == "run/unknown-function"
    assert place.run("not_json")["error"] == "background/not-json"
    assert place.run("large", {"size": 2_000_000})["error"] == "background/too-large"
    assert place.run("eat")["error"] == "run/out-of-memory"
    assert place.run("echo")["state"] == "completed"


def test_a_delay_is_kept_and_never_early(place: Place) -> None:
    place.start_worker()
    execution_id = place.dispatch("echo", {}, delay=0.5)
    assert place.state(execution_id) == "delayed"
    record = place.finish(execution_id)
    row = place.engine.records.database.run("SELECT started_at - created_at FROM _executions")[0]
    assert record["state"] == "completed"
    assert 0.499 <= row[0] < 5


def test_the_urgent_goes_first(place: Place) -> None:
    ids = [place.dispatch("ranks", priority=rank) for rank in ("low", 3, "normal", 9, "high", 0, 1)]
    place.start_worker(1)
    assert all(record["state"] == "completed" for record in place.engine.wait(ids, 20))
    assert place.witnessed() == sorted(place.witnessed())


def test_an_idempotency_key_seen_before_gives_the_first(place: Place) -> None:
    first = place.dispatch("note", {"line": "once"}, idempotency_key="order-7")
    assert place.dispatch("note", {"line": "once"}, idempotency_key="order-7") == first
    assert place.dispatch("echo", {}, idempotency_key="order-7") != first
    place.start_worker()
    place.finish(first)
    assert place.dispatch("note", {"line": "once"}, idempotency_key="order-7") == first
    assert place.witnessed() == ["once"]


def test_the_newest_are_listed_first_and_filtered(place: Place) -> None:
    place.start_worker()
    done = [place.run("echo")["execution_id"] for _ in range(3)]
    failed = place.run("fail")["execution_id"]
    listed = place.engine.newest()
    assert [record["execution_id"] for record in listed] == [failed, *reversed(done)]
    assert [record["execution_id"] for record in place.engine.newest(status="error")] == [failed]
    assert [record["execution_id"] for record in place.engine.newest(function="echo", limit=2)] == done[:0:-1]
    assert place.engine.newest(state="queued") == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"delay": -1}, "delay"),
        ({"delay": 1e12}, "delay"),
        ({"delay": "soon"}, "delay"),
        ({"priority": 11}, "priority"),
        ({"priority": "urgent"}, "priority"),
        ({"queue": "a b"}, "queue"),
        ({"queue": "a" * 101}, "queue"),
        ({"idempotency_key": "a" * 501}, "idempotency_key"),
        ({"resource_limits": {"max_execution_time": 0}}, "resource_limits.max_execution_time"),
        ({"resource_limits": {"max_execution_time": 1e9}}, "resource_limits.max_execution_time"),
        ({"resource_limits": {"memory_limit": 512}}, "resource_limits.memory_limit"),
        ({"resource_limits": {"memory_limit": "much"}}, "resource_limits.memory_limit"),
        ({"resource_limits": {"cpu_limit": "0.5 cores"}}, "resource_limits.cpu_limit"),
        ({"resource_limits": {"cpu_limit": -1}}, "resource_limits.cpu_limit"),
        ({"resource_limits": "512MB"}, "resource_limits"),
        ({"timeout": 0}, "timeout"),
        ({"timeout_handling": {"on_timeout": "retry"}}, "timeout_handling.on_timeout"),
        ({"timeout_handling": {"cleanup_resources": "yes"}}, "timeout_handling.cleanup_resources"),
        ({"retry_policy": {"max_retries": -1}}, "retry_policy.max_retries"),
        ({"retry_policy": {"max_retries": 1.5}}, "retry_policy.max_retries"),
        ({"retry_policy": {"backoff_strategy": "cubic"}}, "retry_policy.backoff_strategy"),
        ({"retry_policy": {"initial_delay": -1}}, "retry_policy.initial_delay"),
        ({"retry_policy": {"max_delay": 1e15}}, "retry_policy.max_delay"),
        ({"retry_policy": {"jitter": 2}}, "retry_policy.jitter"),
        ({"retry_policy": {"retry_on": [{}]}}, "retry_policy.retry_on"),
        ({"retry_policy": 3}, "retry_policy"),
    ],
)
def test_a_bad_option_is_refused_before_anything_is_stored(embedded: Place, options: dict, named: str) -> None:
    with pytest.raises(Fault, match=f'"{named}" is') as refused:
        embedded.engine.dispatch("echo", {}, options)
    assert refused.value.code == "background/bad-option"
    assert embedded.engine.newest() == []


def test_a_misspelt_key_of_an_option_is_refused(embedded: Place) -> None:
    with pytest.raises(Fault, match='"retry_policy" has no "max_retires"') as refused:
        embedded.engine.dispatch("echo", {}, {"retry_policy": {"max_retires": 3}})
    assert (refused.value.code, refused.value.hint) == ("background/bad-option", 'did you mean "max_retries"?')


def test_inputs_that_cannot_be_stored_are_refused(embedded: Place) -> None:
    with pytest.raises(Fault) as refused:
        embedded.engine.dispatch("echo", {"a": {1}}, {})
    assert refused.value.code == "background/not-json"
    with pytest.raises(Fault) as refused:
        embedded.engine.dispatch("echo", {"a": "x" * 2_000_000}, {})
    assert refused.value.code == "background/too-large"
    with pytest.raises(Fault) as refused:
        embedded.engine.get(new_id())
    assert refused.value.code == "background/unknown-execution"


def test_what_is_too_large_to_be_recorded_says_so(place: Place) -> None:
    place.start_worker()
    record = place.run("large_step", {"size": 2_000_000})
    assert record["output"] == 'the result of "act" would take 2,000,002 bytes; max_payload_bytes is 1,048,576'
    assert place.witnessed() == ["acted"]
    record = place.run("large_error", {"size": 2_000_000})
    assert (record["error"], record["error_message"]) == ("run/thrown", "m" * 10_000)
    assert (record["error_details"]["type"], record["error_details"]["details"]) == ("thrown", None)


def test_a_burst_is_run_whole_and_its_longest_holds_up_no_other(place: Place) -> None:
    place.start_worker(2)
    before = [place.dispatch("echo", {"i": i}) for i in range(100)]
    held = place.dispatch("hold")
    after = [place.dispatch("echo", {"i": i}) for i in range(100)]
    records = place.engine.wait([*before, *after], 20)
    assert [record["output"]["i"] for record in records] == [*range(100), *range(100)]
    assert place.state(held) == "running"
    place.release()
    assert place.finish(held)["state"] == "completed"


def test_what_a_burst_left_over_is_rung_for_without_a_wait(place: Place) -> None:
    place.start_worker(2)
    ids = [place.dispatch("echo") for _ in range(95)]
    until(lambda: not place.engine.records.count())
    assert {record["state"] for record in place.engine.look(ids)} == {"completed"}


def test_a_worker_without_work_leaves(embedded: Place) -> None:
    worker = embedded.start_worker(1, idle=0.3)
    assert embedded.run("echo")["state"] == "completed"
    assert worker.wait(PATIENCE) == 0
    assert embedded.engine.records.database.run("SELECT id FROM _workers") == []


def test_a_queue_that_comes_into_use_is_served(place: Place) -> None:
    place.start_worker(1)
    assert place.run("echo")["state"] == "completed"
    assert place.run("echo", queue="emails")["state"] == "completed"
    assert place.run("echo", queue="emails", priority="high")["state"] == "completed"


def test_who_asked_is_who_asks_in_the_background_and_in_what_that_dispatches(place: Place) -> None:
    call = {"function": "custom_function", "execution_mode": "async", "return_as": "id"}
    place.write("asked", [{"function": "return_value", "value": "{{ auth.user.id }}"}])
    awaited = {"function": "async_function_await", "execution_ids": "{{ id }}", "return_as": "records"}
    answered = {"function": "return_value", "value": ["{{ auth.user.id }}", "{{ records[0].output }}"]}
    place.write("between", [{**call, "name": "asked"}, awaited, answered])
    place.write("asking", [{**call, "name": "between"}])
    place.start_interpreter(1)
    workspace = pipeline.open_workspace(place.root, place.root, {})
    asking = finding.find(workspace, str(place.root / "asking.json"))
    (sent,) = execution.execute(workspace, asking, {}, auth={"user": {"id": 7}}).execution_ids
    assert place.finish(sent)["output"] == [7, 7]
