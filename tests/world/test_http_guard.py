"""Where a request may go, and by whom it is trusted: names, addresses, redirects, certificates, proxies."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from .asking import Run, caught, request
from .service import Reply, Service, misbehaving, serving

HERE = Path(__file__).parent


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
    service.replies(Reply(302, {"to": "nowhere"}))
    assert run(caught(service.url))[:2] == [{"to": "nowhere"}, 302]


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
