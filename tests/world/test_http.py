"""external_api_request, before a real service: what is sent, what is made of the answer, and what is sent again."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from .asking import Run, caught, request
from .service import Asked, Reply, Service, echo, misbehaving

HERE = Path(__file__).parent
CLAIMS = json.loads((HERE / "requests.json").read_text())


# --- what is sent and what it gives: documents --------------------------------------------------------


def reply_of(given: dict[str, Any]) -> Reply:
    if "text" in given or "base64" in given:
        body = given["text"].encode() if "text" in given else base64.b64decode(given["base64"])
        return Reply(given.get("status", 200), body, given.get("headers", {}))
    return Reply(given.get("status", 200), given.get("body"), given.get("headers", {}))


@pytest.mark.parametrize("claim", CLAIMS, ids=[each["claim"] for each in CLAIMS])
def test_requests(claim: dict[str, Any], service: Service, run: Run) -> None:
    replies = [reply_of(each) for each in claim.get("replies", ())]
    sends = claim.get("sends") or [{}] * len(replies)
    given = []
    for number, sent in enumerate(sends):
        if replies:
            service.replies(replies[number])
        parameters = {name: value for name, value in sent.items() if name != "path"}
        given.append(run(caught(service.url + sent.get("path", "/"), **parameters)))
    for asked, expected in zip(service.asked, claim.get("asked", ())):
        assert_asked(asked, expected)
    for found, expected in zip(given, claim.get("gives", ())):
        if isinstance(expected, dict):
            said = expected.pop("said")
            assert said in found.pop("message")
        assert found == expected


def assert_asked(asked: Asked, expected: dict[str, Any]) -> None:
    about = {"method": asked.method, "path": asked.path, "body": asked.body.decode("latin-1")}
    headers = {name: asked.headers.get(name) for name in expected.get("headers", {})}
    assert {**{name: about[name] for name in expected if name != "headers"}, "headers": headers} == {
        "headers": {},
        **expected,
    }


def test_files_go_as_multipart(service: Service, run: Run) -> None:
    files = {
        "a": "just text",
        "b": {"filename": 'q"uo\r\nte.txt', "content": {"x": 1}, "content_type": "application/json"},
        "c": [{"base64": "AP8="}, {"content": "two"}],
    }
    run([request(service.url, form={"title": "ü", "n": [1, 2]}, files=files)])
    (asked,) = service.asked
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    parts = asked.body.split(b"--" + asked.headers["content-type"].partition("boundary=")[2].encode())
    heads = [part.partition(b"\r\n\r\n")[0].strip().decode() for part in parts[1:-1]]
    bodies = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:-1]]
    assert bodies == ["ü".encode(), b"1", b"2", b"just text", b'{"x":1}', b"\x00\xff", b"two"]
    assert 'filename="q%22uo%0D%0Ate.txt"\r\nContent-Type: application/json' in heads[4]


def test_what_stands_beside_an_answer_is_no_part_of_it(service: Service, run: Run) -> None:
    """A copy, a filter's result, an answer and JSON are the body alone; reading on is reading the body."""
    service.replies(Reply(200, {"a": {"b": [1]}}))
    stack = [
        request(service.url),
        {"function": "create_variable", "name": "kept", "value": "{{ r }}"},
        {"function": "update_variable", "name": "r.more", "value": 1},
        {
            "function": "return_value",
            "value": "{{ [kept, kept.status_code, r, r|json_encode, r|keys, kept.a.b[0], kept.missing, kept|length, "
            "kept == {a: {b: [1]}}, kept is mapping, kept|merge({c: 1})] }}",
        },
    ]
    body = {"a": {"b": [1]}}
    more = {**body, "more": 1}
    assert run(stack) == [
        *(body, 200, more, '{"a":{"b":[1]},"more":1}', ["a", "more"], 1, None, 1, True, True),
        {**body, "c": 1},
    ]


def test_a_request_belongs_to_the_trace_of_its_run(service: Service, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    monkeypatch.setenv("TRACEPARENT", f"00-{trace}-b7ad6b7169203331-01")
    run([request(service.url), request(service.url)])
    seen = [each.headers["traceparent"].split("-") for each in service.asked]
    assert [each[1] for each in seen] == [trace, trace]
    assert seen[0][2] != seen[1][2]


def test_the_manuals_example(service: Service, run: Run) -> None:
    manual = (HERE.parents[1] / "README.md").read_text().partition("\n### HTTP calls\n")[2]
    example = json.loads(manual.partition("```json\n")[2].partition("```")[0])
    env = {"PAYMENT_URL": service.url, "PAYMENT_KEY": "k3y-of-the-shop"}
    service.replies(Reply(201, {"id": "ch_1"}))
    assert run(example, {"order": 7}, env=env) == "ch_1: 201"
    service.replies(Reply(402, {"reason": "no money"}))
    assert run(example, {"order": 7}, env=env) == "http_error no money"
    assert service.asked[1].headers["idempotency-key"] == "order-7"


# --- connections ---------------------------------------------------------------------------------------


def test_connections_are_kept(service: Service, run: Run) -> None:
    loop = {"function": "for_loop", "count": 20, "operations": [request(service.url + "/{{ index }}")]}
    run([loop])
    assert len(service.asked) == 20
    assert len({each.client for each in service.asked}) == 1


def test_a_connection_that_the_service_closed_is_made_anew(service: Service, run: Run) -> None:
    """Closed at the end of an answer, and closed in the middle of the next request."""
    closing = Reply(200, {}, {"connection": "close"})
    service.replies(closing, closing, Reply(200, {"n": 3}))
    run([{"function": "for_loop", "count": 3, "operations": [request(service.url)]}])
    assert len({each.client for each in service.asked}) == 3


def test_a_kept_connection_that_dies_is_no_error_for_what_can_be_repeated(run: Run) -> None:
    served: list[int] = []

    def once(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        served.append(1)
        connection.recv(1)  # the next request comes, and nobody is there any more

    with misbehaving(once) as url:
        run([request(url), request(url), request(url)])
    assert len(served) == 3


FORKING = """
import os, sys
from pathlib import Path
from interpreter.adapters.http.client import Client
from interpreter.settings import Settings
client = Client(Settings(http_hosts=("localhost",)), Path("."), lambda: None)
ask = lambda name: client.request({"url": f"{sys.argv[1]}/{name}", "timeout": 5}, {})
ask("before")
child = os.fork()
ask("parent" if child else "child")
child and os.waitpid(child, 0)
"""


def test_a_forked_process_has_connections_of_its_own(service: Service) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING, service.url], check=True, timeout=60)
    by = {each.path: each.client for each in service.asked}
    assert set(by) == {"/before", "/parent", "/child"}
    assert by["/before"] == by["/parent"] != by["/child"]


def test_many_threads_share_the_pool(service: Service, run: Run) -> None:
    from interpreter.adapters.http.client import Client
    from interpreter.settings import Settings

    client = Client(Settings(http_hosts=("localhost",)), HERE, lambda: pytest.fail("no file is asked for"))
    answers: list[Any] = []

    def work(number: int) -> None:
        answers.extend(client.request({"url": f"{service.url}/{number}"}, {})["path"] for _ in range(25))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(f"/{number}" for number in range(8) for _ in range(25))


# --- files ----------------------------------------------------------------------------------------------


def test_a_body_is_kept_as_a_file_as_it_comes(service: Service, run: Run) -> None:
    """Larger than an answer may be, and sent on from there; an error's body is no file."""
    content = bytes(range(256)) * 10_000
    service.replies(Reply(200, content, {"content-type": "application/pdf"}))
    about, status, *_ = run(caught(service.url, save_as="reports/one.pdf", private=True), max_response_bytes=1_000)
    assert (status, about["size"], about["path"], about["private"]) == (200, len(content), "reports/one.pdf", True)
    service.answer = echo
    run(caught(service.url, files={"report": {"path": "reports/one.pdf", "private": True}}))
    assert b'filename="one.pdf"' in service.asked[1].body
    assert content in service.asked[1].body
    service.replies(Reply(404, {"why": "gone"}))
    assert run(caught(service.url, save_as="reports/two.pdf"))["response"] == {"why": "gone"}
    assert run(caught(service.url, files={"report": {"path": "reports/two.pdf"}}))["type"] == "no_file"


def test_no_file_is_kept_outside_of_the_storage(service: Service, run: Run, tmp_path: Path) -> None:
    assert run(caught(service.url, save_as="../../escaped"))["type"] == "bad_path"
    assert not list(tmp_path.parent.rglob("escaped"))


# --- again and no more ---------------------------------------------------------------------------------

AGAIN = {"max_retries": 3, "initial_delay": 1, "backoff_strategy": "fixed"}
POST, GET = {"body": {}}, {}


@pytest.mark.parametrize(
    ("parameters", "policy", "status", "times"),
    [
        (GET, None, 503, 1),
        (GET, AGAIN, 503, 4),
        (GET, AGAIN, 500, 4),
        (GET, AGAIN, 404, 1),
        (POST, AGAIN, 503, 4),
        (POST, AGAIN, 429, 4),
        (POST, AGAIN, 500, 1),
        (POST, {**AGAIN, "retry_on": ["5xx"]}, 500, 4),
        (POST, {**AGAIN, "retry_on": ["http_error"]}, 404, 4),
        (GET, {**AGAIN, "retry_on": ["timeout"]}, 503, 1),
        ({**POST, "headers": {"Idempotency-Key": "mine"}}, AGAIN, 500, 4),
        ({**POST, "method": "PUT"}, AGAIN, 500, 4),
        ({**GET, "raise_for_status": False}, AGAIN, 503, 4),
    ],
)
def test_what_is_sent_again(
    service: Service, run: Run, parameters: dict[str, Any], policy: Any, status: int, times: int
) -> None:
    service.replies(Reply(status, {}))
    again = {"retry_policy": policy} if policy else {}
    run(caught(service.url, **again, **parameters))
    assert len(service.asked) == times
    keys = {each.headers.get("idempotency-key") for each in service.asked}
    assert len(keys) == 1


def test_an_answer_that_cannot_be_read_is_asked_for_again_where_that_is_said(service: Service, run: Run) -> None:
    service.replies(Reply(200, b"{half", {"content-type": "application/json"}), Reply(200, [1]))
    assert run(caught(service.url, retry_policy={**AGAIN, "retry_on": ["bad_response"]}))[0] == [1]


def test_a_retry_that_works_is_the_answer(service: Service, run: Run) -> None:
    service.replies(Reply(503, {}), Reply(200, {"n": 2}))
    assert run(caught(service.url, retry_policy=AGAIN))[0] == {"n": 2}


def test_a_service_says_when_to_come_again(service: Service, run: Run) -> None:
    service.replies(Reply(503, {}, {"retry-after": "1"}), Reply(200, {}))
    began = time.monotonic()
    assert run(caught(service.url, retry_policy=AGAIN))[1] == 200
    assert time.monotonic() - began >= 1
    service.replies(Reply(503, {}, {"retry-after": "3600"}))
    assert run(caught(service.url, retry_policy=AGAIN))["details"] == {"retry_after": 3600}
    assert len(service.asked) == 3


def test_a_post_that_timed_out_is_not_sent_again(run: Run) -> None:
    served: list[int] = []

    def silent(connection: socket.socket) -> None:
        served.append(1)
        while connection.recv(1):
            pass

    with misbehaving(silent) as url:
        assert run(caught(url, timeout=0.1, body={}, retry_policy=AGAIN))["type"] == "timeout"
        assert len(served) == 1
        assert run(caught(url, timeout=0.1, retry_policy=AGAIN))["type"] == "timeout"
        assert len(served) == 5


def test_a_host_that_fails_again_and_again_is_left_alone(run: Run) -> None:
    served: list[int] = []

    def speak(connection: socket.socket) -> None:
        served.append(1)
        if len(served) > 3:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    settings = {"http_circuit_failures": 3, "http_circuit_seconds": 0.5}
    with misbehaving(speak) as url:
        codes = [run(caught(url), **settings)["code"] for _ in range(5)]
        assert codes == ["run/network-error"] * 3 + ["run/circuit-open"] * 2
        assert len(served) == 3
        opened = time.monotonic()
        while isinstance(run(caught(url), **settings), dict):
            assert time.monotonic() - opened < 5
        assert len(served) == 4  # one tried it, and it works again
