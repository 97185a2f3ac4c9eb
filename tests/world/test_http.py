"""external_api_request, before a real service: what is sent, what is made of the answer, and what goes wrong."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from interpreter.diagnostic import Fault

from .service import Asked, Reply, Service, echo, misbehaving, serving

HERE = Path(__file__).parent
CLAIMS = json.loads((HERE / "requests.json").read_text())
Run = Callable[..., Any]
ANSWER = {
    "function": "return_value",
    "value": "{{ [r, r.status_code, r.ok, r.headers['content-type']] }}",
}
CAUGHT = {
    "function": "return_value",
    "value": "{{ {type: error.type, code: error.code, status_code: error.status_code, message: error.message, "
    "response: error.response, details: error.details} }}",
}


def request(url: str, **parameters: Any) -> dict[str, Any]:
    return {"function": "external_api_request", "url": url, "return_as": "r", **parameters}


def caught(url: str, **parameters: Any) -> list[dict[str, Any]]:
    """A stack that gives the answer, or what its catch block sees."""
    return [{"function": "try_catch", "try": [request(url, **parameters), ANSWER], "catch": [CAUGHT]}]


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


# --- redirects -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "method", "arrives"),
    [
        *((301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD")),
        *((307, "POST", "POST"), (308, "PUT", "PUT"), (302, "DELETE", "DELETE")),
    ],
)
def test_redirects_are_followed_as_browsers_do(
    service: Service, run: Run, status: int, method: str, arrives: str
) -> None:
    service.replies(Reply(status, None, {"location": "../there?x=ü"}), Reply(200, {"done": True}))
    run([request(service.url + "/a/b", method=method, body={"a": 1}, headers={"Authorization": "Bearer x"})])
    there = service.asked[1]
    assert (there.method, there.path) == (arrives, "/there?x=%C3%BC")
    assert there.body == (b'{"a":1}' if arrives == method else b"")
    assert there.headers["authorization"] == "Bearer x"


def test_secrets_stay_with_the_host_they_are_for(service: Service, run: Run) -> None:
    with serving() as other:
        service.replies(Reply(307, None, {"location": f"{other.url}/x"}))
        secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "X-Mine": "kept"}
        run([request(service.url, body={"a": 1}, headers=secrets)])
        (asked,) = other.asked
    assert asked.headers["x-mine"] == "kept"
    assert not {"authorization", "cookie", "x-api-key"} & asked.headers.keys()
    assert asked.headers["host"] == other.url.removeprefix("http://")


def test_redirects_end(service: Service, run: Run) -> None:
    service.replies(Reply(302, None, {"location": "/again"}))
    assert run(caught(service.url))["code"] == "run/too-many-redirects"
    assert len(service.asked) == 11
    service.asked.clear()
    assert run(caught(service.url, follow_redirects=2))["message"].endswith("leads on after 2 redirects")
    assert len(service.asked) == 3
    assert run(caught(service.url, follow_redirects=False))[1] == 302


@pytest.mark.parametrize(
    ("location", "type"),
    [
        ("http://127.0.0.1:{port}/", "refused_address"),
        ("http://169.254.169.254/latest", "refused_address"),
        ("//10.0.0.1/", "refused_address"),
        ("file:///etc/passwd", "bad_response"),
        ("ftp://localhost/", "bad_response"),
        ("http://a:b@localhost:{port}/", "bad_response"),
        ("http://[nothing", "bad_response"),
        ("http://localhost:99999/", "bad_response"),
    ],
)
def test_no_redirect_leads_where_a_request_may_not_go(service: Service, run: Run, location: str, type: str) -> None:
    service.replies(Reply(302, None, {"location": location.format(port=service.port)}))
    assert run(caught(service.url), http_hosts=["*", "localhost"])["type"] == type
    assert len(service.asked) == 1


# --- where a request may go ----------------------------------------------------------------------------


def named(monkeypatch: pytest.MonkeyPatch, name: str, *answers: list[str]) -> list[str]:
    """DNS as an attacker has it: a name that is answered otherwise each time; who was asked."""
    asked: list[str] = []
    left = list(answers)
    resolve = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != name:
            return resolve(host, port, *rest, **more)
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["169.254.169.254"]])
def test_a_name_is_judged_by_its_addresses(
    service: Service, run: Run, monkeypatch: pytest.MonkeyPatch, answer: list[str]
) -> None:
    named(monkeypatch, "inside.example.com", answer)
    url = service.url.replace("localhost", "inside.example.com")
    error = run(caught(url), http_hosts=["*.example.com"])
    assert error["type"] == "refused_address"
    assert "which is not public" in error["message"]
    assert service.asked == []


def test_a_name_that_changes_between_check_and_call_changes_nothing(
    service: Service, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is what is called: the second answer of the name server is never asked for."""
    asked = named(monkeypatch, "rebinding.example.com", ["192.0.0.8"], ["127.0.0.1"])
    from interpreter import addresses

    monkeypatch.setattr(addresses, "is_public", lambda address: address == "192.0.0.8")  # reserved: nobody is there
    url = service.url.replace("localhost", "rebinding.example.com")
    error = run(caught(url, timeout=0.3), http_hosts=[])
    assert error["type"] in ("timeout", "network_error")
    assert len(asked) == 1
    assert service.asked == []


def test_hosts_that_are_named_in_full_may_be_private(service: Service, run: Run) -> None:
    with_port = service.url.removeprefix("http://")
    assert run(caught(service.url), http_hosts=[with_port])[1] == 200
    assert run(caught(service.url), http_hosts=["*"])["type"] == "refused_address"
    assert run(caught(service.url), http_hosts=["api.example.com"])["type"] == "refused_address"


# --- time, size and noise ------------------------------------------------------------------------------


def drip(begin: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: slowly(connection, begin, drop)


def slowly(connection: socket.socket, begin: bytes, drop: bytes) -> None:
    """One drop every few milliseconds, for as long as somebody listens."""
    connection.sendall(begin)
    connection.settimeout(0.03)
    while True:
        connection.sendall(drop)
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize(
    "speak",
    [
        pytest.param(lambda connection: connection.recv(1), id="silent"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n", b"X"), id="headers byte by byte"),
        pytest.param(drip(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"), id="body byte by byte"),
        pytest.param(drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="chunks without end"),
        pytest.param(drip(HEAD + b"\r\n", b"x"), id="a body without end or length"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue for ever"),
    ],
)
def test_who_is_slow_is_left_in_time(run: Run, speak: Callable[[socket.socket], None]) -> None:
    with misbehaving(speak) as url:
        began = time.monotonic()
        error = run(caught(url, timeout=0.4))
        took = time.monotonic() - began
    assert (error["type"], error["code"]) == ("timeout", "run/request-timeout")
    assert "did not answer within 0.4 seconds" in error["message"]
    assert 0.3 < took < 3


def test_from_1000_on_a_timeout_is_in_milliseconds(run: Run) -> None:
    with misbehaving(lambda connection: connection.recv(1)) as url:
        assert "within 1.1 seconds" in run(caught(url, timeout=1100))["message"]


def endless(connection: socket.socket, begin: bytes) -> None:
    connection.sendall(begin)
    block = b"x" * 65_536
    while True:
        connection.sendall(block)


def ten_gigabytes(connection: socket.socket) -> None:
    endless(connection, HEAD + b"Content-Length: 10000000000\r\n\r\n")


def without_end(connection: socket.socket) -> None:
    endless(connection, HEAD + b"\r\n")


def bomb(connection: socket.socket) -> None:
    packed = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    head = HEAD + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    connection.sendall(head + packed)


@pytest.mark.parametrize("speak", [ten_gigabytes, without_end, bomb])
def test_who_sends_too_much_is_cut_off(run: Run, speak: Callable[[socket.socket], None]) -> None:
    with misbehaving(speak) as url:
        error = run(caught(url), max_response_bytes=1_000_000)
    assert (error["type"], error["code"]) == ("response_too_large", "run/response-too-large")
    assert error["message"].endswith("is larger than 1MB")


@pytest.mark.parametrize(
    "spoken",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        HEAD + b"Content-Length: 10\r\n\r\nhalf",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "no HTTP", "no status", "half a body", "bad chunks", "many headers", "a long header"],
)
def test_who_speaks_no_http_is_a_network_error(run: Run, spoken: bytes) -> None:
    with misbehaving(lambda connection: connection.sendall(spoken)) as url:
        error = run(caught(url))
    assert (error["type"], error["code"]) == ("network_error", "run/network-error")
    assert error["details"] == {"sent": True}
    assert "object at 0x" not in error["message"]


def test_nobody_listens(run: Run) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = run(caught(f"http://localhost:{bound.getsockname()[1]}/path?key=s3cret"))
    assert error["type"] == "network_error"
    assert error["details"] == {"sent": False}
    assert "refused" in error["message"]
    assert "s3cret" not in error["message"]


def test_a_name_that_nobody_has(run: Run) -> None:
    error = run(caught("http://no-such-host.invalid/"), http_hosts=["no-such-host.invalid"])
    assert error["type"] == "network_error"
    assert "has no address" in error["message"]


def test_what_a_body_says_of_a_secret_is_masked_in_the_error(service: Service, run: Run) -> None:
    service.answer = lambda asked: Reply(401, {"you_sent": asked.headers["authorization"]}, {"x-echo": asked.path})
    url, headers = service.url + "/{{ env.KEY }}", {"Authorization": "Bearer {{ env.KEY }}"}
    with pytest.raises(Fault) as raised:
        run([request(url, headers=headers)], env={"KEY": "s3cret-key"})
    assert raised.value.response == {"you_sent": "Bearer ***"}
    assert "s3cret" not in repr((raised.value.message, raised.value.headers, raised.value.args))


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


@pytest.mark.parametrize(
    ("speak", "settings", "type"),
    [
        (lambda connection: connection.sendall(HEAD + b"Content-Length: 100\r\n\r\nhalf"), {}, "network_error"),
        (lambda connection: slowly(connection, HEAD + b"\r\n", b"x"), {}, "timeout"),
        (lambda connection: endless(connection, HEAD + b"\r\n"), {"max_upload_bytes": 1_000_000}, "file_too_large"),
        (lambda connection: bomb(connection), {"max_upload_bytes": 1_000_000}, "file_too_large"),
    ],
    ids=["half", "slow", "endless", "bomb"],
)
def test_half_a_file_is_none(
    run: Run, tmp_path: Path, speak: Callable[[socket.socket], None], settings: dict[str, Any], type: str
) -> None:
    with misbehaving(speak) as url:
        assert run(caught(url, save_as="a/file", timeout=10 if settings else 0.4), **settings)["type"] == type
    kept = [path for path in (tmp_path / ".interpreter" / "storage").rglob("*") if path.is_file()]
    assert kept == []


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


# --- TLS and proxies -----------------------------------------------------------------------------------

CERTIFICATE = HERE.parent / "engines" / "localhost.pem"


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    (tmp_path / "own.pem").write_bytes(CERTIFICATE.read_bytes())
    return "own.pem"


def tls(*, asks: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATE)
    return context


def test_a_certificate_must_be_trusted(run: Run, certificate: str) -> None:
    with serving(tls()) as service:
        assert "certificate" in run(caught(service.url))["message"].lower()
        assert run(caught(service.url, verify_ssl=False))[1] == 200
        assert run(caught(service.url, ca_certificate=certificate))[1] == 200
        assert run(caught(service.url), http_ca=certificate)[1] == 200
        other = service.url.replace("localhost", "127.0.0.1")
        error = run(caught(other, ca_certificate=certificate), http_hosts=["127.0.0.1"])
        assert "doesn't match 'localhost'" in error["message"]


def test_a_service_may_ask_for_a_certificate(run: Run, certificate: str) -> None:
    with serving(tls(asks=True)) as service:
        assert run(caught(service.url, ca_certificate=certificate))["type"] == "network_error"
        assert run(caught(service.url, ca_certificate=certificate, certificate=certificate))[1] == 200
        error = run(caught(service.url, certificate="stack.json"))
        assert "cannot be used" in error["message"]


def test_a_slow_tls_service_is_left_in_time(run: Run, certificate: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://localhost:{silent.getsockname()[1]}"
        assert run(caught(url, timeout=0.3))["type"] == "timeout"


def test_a_proxy_is_asked_for_public_hosts_only(service: Service, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service plays the proxy: it is asked for the whole URL."""
    proxy = service.url.replace("//", "//user:p%40ss@")
    url = "http://api.example.com/x?y=1"
    assert run(caught(url), http_hosts=[], http_proxy=proxy)[1] == 200
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert run(caught(url), http_hosts=[])[1] == 200
    assert [each.path for each in service.asked] == [url, url]
    assert service.asked[0].headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    assert run(caught(service.url + "/near"))[0]["path"] == "/near"
    monkeypatch.setenv("NO_PROXY", "example.com")
    assert run(caught(url, timeout=0.3), http_hosts=[])["type"] in ("network_error", "timeout")
    assert len(service.asked) == 3


def test_tls_goes_through_a_tunnel(run: Run, certificate: str) -> None:
    """A proxy of few words: CONNECT, and what is said then is between the two ends."""
    with serving(tls()) as service:

        def tunnel(connection: socket.socket) -> None:
            with socket.create_connection(("127.0.0.1", service.port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=_pump, args=(onward, connection), daemon=True).start()
                _pump(connection, onward)

        with misbehaving(tunnel) as proxy:
            settings = {"http_hosts": ["*"], "http_proxy": proxy}
            url = "https://api.example.com/x"
            assert run(caught(url, verify_ssl=False), **settings)[0]["path"] == "/x"
            error = run(caught(url, ca_certificate=certificate), **settings)
            assert "'api.example.com' doesn't match 'localhost'" in error["message"]
            assert run(caught(service.url), **settings)["type"] == "refused_address"
    assert len(service.asked) == 1


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65_536):
            sink.sendall(block)
