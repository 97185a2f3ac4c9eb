"""Services that are slow, endless, broken or not there: each one clear error, in time, and nothing half-written."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interpreter.diagnostic import Fault

from .asking import Run, caught, request
from .service import Reply, Service, misbehaving

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
    assert error["message"].endswith("could not be reached: [Errno 111] Connection refused")
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


# --- files ---------------------------------------------------------------------------------------------


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
