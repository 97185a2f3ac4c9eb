"""external_api_request in a worker: as a node of its own, recorded, and repeated under one Idempotency-Key."""

from __future__ import annotations

import os
import signal

import pytest
from engines.conftest import Place, until

from .service import Asked, Reply, Service, echo


@pytest.fixture
def place(place: Place) -> Place:
    with (place.root / "interpreter.toml").open("a") as file:
        file.write('http_hosts = ["localhost"]\n')
    return place


def test_a_request_by_itself_in_the_background(place: Place, service: Service) -> None:
    later = {"function": "external_api_request", "execution_mode": "async", "url": service.url, "return_as": "id"}
    place.write(
        "later",
        [
            {**later, "body": {"a": 1}},
            {"function": "async_function_await", "execution_ids": "{{ id }}", "return_as": "records"},
            {"function": "return_value", "value": "{{ records[0] }}"},
        ],
    )
    place.start_interpreter(1)
    record = place.run("later")["output"]
    assert (record["state"], record["kind"]) == ("completed", "node")
    assert record["output"]["body"] == '{"a":1}'
    assert service.asked[0].headers["idempotency-key"].startswith(record["execution_id"])


def test_what_failed_in_the_background_says_why(place: Place, service: Service) -> None:
    service.replies(Reply(402, {"why": "no money"}))
    place.write("failing", [{"function": "external_api_request", "url": service.url, "body": {}}])
    place.start_interpreter(1)
    record = place.run("failing")
    assert (record["state"], record["error"]) == ("error", "run/http-error")
    assert record["error_details"]["status"] == 402
    assert record["error_details"]["response"] == {"why": "no money"}


def test_a_worker_killed_in_the_middle_repeats_the_request_under_its_key(place: Place, service: Service) -> None:
    """The service may have done it already; by the key it knows that this is the same request."""
    place.write(
        "paying",
        [
            {"function": "external_api_request", "url": service.url + "/first", "body": {}},
            {"function": "external_api_request", "url": service.url + "/second", "body": {}, "return_as": "paid"},
            {"function": "external_api_request", "url": service.url + "/safe"},
            {"function": "return_value", "value": "{{ [paid.path, paid.status_code] }}"},
        ],
    )
    worker = place.start_interpreter(1)
    killed: list[int] = []

    def answer(asked: Asked) -> Reply:
        if asked.path == "/second" and not killed:
            killed.append(worker.pid)
            os.killpg(worker.pid, signal.SIGKILL)
        return echo(asked)

    service.answer = answer
    paying = place.dispatch("paying")
    until(lambda: worker.poll() is not None)
    place.start_interpreter(1)
    record = place.finish(paying)
    assert record["output"] == ["/second", 200]
    keys = [each.headers.get("idempotency-key", "") for each in service.asked]
    assert [each.path for each in service.asked] == ["/first", "/second", "/second", "/safe"]
    assert keys[1] == keys[2] != keys[0]
    assert all(key.startswith(f"{paying}-") for key in keys[:3])
    assert keys[3] == ""


def test_what_stands_beside_an_answer_is_on_record_too(place: Place, service: Service) -> None:
    """Read after a suspension, when the stack was run again from its journal."""
    service.replies(Reply(201, [1, 2], {"x-id": "7"}), Reply(204))
    request = {"function": "external_api_request", "url": service.url}
    place.write(
        "reading",
        [
            {**request, "return_as": "listed"},
            {**request, "return_as": "nothing"},
            {"function": "wait", "duration": 0.3},
            {
                "function": "return_value",
                "value": "{{ [listed, listed.status_code, listed.headers['x-id'], nothing.status_code, nothing.ok] }}",
            },
        ],
    )
    place.start_interpreter(1)
    assert place.run("reading")["output"] == [[1, 2], 201, "7", 204, True]
    assert len(service.asked) == 2


def test_an_error_is_on_record_with_its_headers(place: Place, service: Service) -> None:
    service.replies(Reply(409, {"why": "twice"}, {"x-id": "7"}))
    place.write(
        "catching",
        [
            {
                "function": "try_catch",
                "try": [{"function": "external_api_request", "url": service.url, "body": {}}],
                "catch": [
                    {"function": "wait", "duration": 0.3},
                    {
                        "function": "return_value",
                        "value": "{{ [error.type, error.status_code, error.response.why, error.headers['x-id']] }}",
                    },
                ],
            }
        ],
    )
    place.start_interpreter(1)
    assert place.run("catching")["output"] == ["http_error", 409, "twice", "7"]
    assert len(service.asked) == 1


def test_an_endpoint_runs_in_the_background_too(place: Place) -> None:
    """Here and now, inside of a recorded run, and as a node by itself; its own waits suspend the whole run."""
    answering = {
        "endpoint": "/api/slow",
        "function_stack": [
            {"function": "wait", "duration": 0.3},
            {"function": "return_response", "status": 202, "body": "{{ [input.n, request.headers.from] }}"},
        ],
    }
    asking = {"function": "run_api_endpoint", "endpoint": "/api/slow", "headers": {"From": "me"}}
    stack = [
        {**asking, "inputs": {"n": 1}, "return_as": "now"},
        {**asking, "inputs": {"n": 2}, "execution_mode": "async", "return_as": "id"},
        {"function": "await", "ids": "{{ id }}", "return_as": "records"},
        {"function": "return_value", "value": "{{ [now, now.status_code, records[0].output] }}"},
    ]
    place.write("both", {"answering": answering, "asking": {"function_stack": stack}})
    place.start_interpreter(1)
    assert place.run("asking")["output"] == [[1, "me"], 202, [2, "me"]]
