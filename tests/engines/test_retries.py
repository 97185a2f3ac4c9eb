"""A failed attempt is tried again as its policy says, and each that failed stays on record."""

from __future__ import annotations

from typing import Any

import pytest

from interpreter.background.options.retrying import covers, retry_policy, wait
from interpreter.background.store.records import CANCELLED, ERROR, TIMEOUT, Outcome
from interpreter.values import encode

from .conftest import Place, until

QUICK = {"max_retries": 2, "initial_delay": 20, "backoff_strategy": "fixed"}


def turns(place: Place, execution_id: str) -> list[tuple[Any, ...]]:
    return place.engine.records.database.run(
        "SELECT attempt, ending, error, error_message FROM _turns WHERE execution_id=? ORDER BY claimed_at",
        (execution_id,),
    )


def test_a_failed_attempt_is_tried_again_and_stays_on_record(place: Place) -> None:
    place.start_worker()
    record = place.run("fail_twice", retry_policy=QUICK)
    assert (record["state"], record["output"], record["attempt"]) == ("completed", 3, 3)
    assert record["error"] is None
    failed = ("failed", "run/thrown", "it was meant to fail")
    assert turns(place, record["execution_id"]) == [(1, *failed), (2, *failed)]
    record = place.run("fail", retry_policy={**QUICK, "max_retries": 1})
    assert (record["state"], record["attempt"], record["error"]) == ("error", 2, "run/thrown")
    assert len(turns(place, record["execution_id"])) == 1


@pytest.mark.parametrize(
    ("retry_on", "attempts"),
    [
        (["network_error"], 1),
        (["payment_error"], 2),
        ("payment_error", 2),
        (["run/thrown"], 2),
        ([402], 2),
        (["4xx"], 2),
        (["5xx", "timeout"], 1),
        ([], 2),
    ],
)
def test_retry_on_chooses_by_type_code_and_status(embedded: Place, retry_on: Any, attempts: int) -> None:
    embedded.start_worker(1)
    record = embedded.run("fail", retry_policy={**QUICK, "max_retries": 1, "retry_on": retry_on})
    assert record["attempt"] == attempts


def test_what_waits_for_its_next_attempt_says_why_and_may_be_cancelled(place: Place) -> None:
    place.start_worker(1)
    execution_id = place.dispatch("fail", retry_policy={**QUICK, "initial_delay": 3_600_000})
    until(lambda: place.state(execution_id) == "retrying")
    record = place.engine.get(execution_id)
    assert (record["status"], record["error"], record["attempt"]) == ("running", "run/thrown", 1)
    place.engine.cancel([execution_id])
    assert place.state(execution_id) == "cancelled"
    assert place.engine.records.database.run("SELECT id FROM _timers") == []


def test_a_death_is_no_failure_and_takes_no_retry(place: Place) -> None:
    place.start_worker(1)
    record = place.run("dies_then_fails", retry_policy={**QUICK, "max_retries": 1})
    assert (record["state"], record["attempt"]) == ("error", 3)
    assert [row[1] for row in turns(place, record["execution_id"])] == ["lost", "failed"]


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        ({"max_retries": 3}, [1, 2, 4]),
        ({"max_retries": 3, "initial_delay": 100, "backoff_strategy": "fixed"}, [0.1, 0.1, 0.1]),
        ({"max_retries": 3, "initial_delay": 250, "backoff_strategy": "linear"}, [0.25, 0.5, 0.75]),
        ({"max_retries": 4, "initial_delay": 500, "max_delay": 1500}, [0.5, 1, 1.5, 1.5]),
        ({"max_retries": 2, "delays": [5000, 300_000]}, [5, 300]),
        ({"max_retries": "2", "initial_delay": "10"}, [0.01, 0.02]),
        ({}, []),
        (None, []),
    ],
)
def test_waits_by_policy(policy: Any, waits: list[float]) -> None:
    read = retry_policy({"retry_policy": policy})
    assert [read.wait(number) for number in range(1, len(waits) + 1)] == waits
    assert read.wait(len(waits) + 1) is None


def test_waits_far_into_a_long_row_are_bounded() -> None:
    policy = retry_policy({"retry_policy": {"max_retries": 5000}})
    assert policy.wait(5000) == 3600


def test_jitter_leaves_a_share_to_chance() -> None:
    for jitter, least in ((True, 0.5), (0.2, 0.8), (1, 0.0)):
        policy = retry_policy({"retry_policy": {"max_retries": 1, "jitter": jitter}})
        waits = {policy.wait(1) for _ in range(50)}
        assert len(waits) > 40
        assert all(each is not None and least <= each <= 1 for each in waits)


def test_a_server_that_asks_for_more_time_has_it() -> None:
    policy = retry_policy({"retry_policy": {"max_retries": 1}})
    asked = Outcome(ERROR, None, "run/thrown", "busy", encode({"details": {"retry_after": 30}}))
    assert wait(policy, 1, asked) == 30


@pytest.mark.parametrize(
    ("outcome", "retry_on", "covered"),
    [
        (Outcome(ERROR, None, "run/thrown"), [], True),
        (Outcome(TIMEOUT, None, "run/timeout", None, '{"type": "timeout"}'), [], False),
        (Outcome(TIMEOUT, None, "run/timeout", None, '{"type": "timeout"}'), ["timeout"], True),
        (Outcome(ERROR, None, "run/timeout", None, '{"type": "timeout"}'), [], True),
        (Outcome(CANCELLED, None, "run/cancelled"), ["run/cancelled"], False),
        (Outcome(ERROR, None, "input/invalid"), [], False),
    ],
)
def test_what_a_policy_covers(outcome: Outcome, retry_on: list[str], covered: bool) -> None:
    assert covers(retry_policy({"retry_policy": {"retry_on": retry_on}}), outcome) == covered
