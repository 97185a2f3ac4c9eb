"""The parameters of external_api_request become its value: guarded, redirected, retried, read (``context.Http``)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.adapters.http import failures, reading, retrying, writing
from interpreter.adapters.http.breaker import breaker
from interpreter.adapters.http.connecting import Route, check_name
from interpreter.adapters.http.exchange import Request, exchange
from interpreter.adapters.http.proxies import proxy_of
from interpreter.adapters.http.reading import Reply, Save
from interpreter.adapters.http.tls import Tls, tls_of
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import absent, number, preview, put_beside, text

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

    from interpreter.context import Files

MOST_REDIRECTS = 10
_MOVED = frozenset((301, 302, 303, 307, 308))
_DRAINED_BYTES = 65_536
"""How much of a redirect's own body is read, so that its connection can be used again."""


class Terms(NamedTuple):
    """What the author says of an exchange besides what is sent."""

    seconds: float
    redirects: int
    form: str
    tls: Tls
    save: Save | None
    tolerant: bool
    """Whether a status of 400 or above is an answer like any other."""


class Client:
    """One workspace's view of the process's connections."""

    def __init__(self, settings: Settings, root: Path, files: Callable[[], Files]) -> None:
        self._settings = settings
        self._root = root
        self._files = files
        self._breaker = breaker(settings.http_circuit_failures, settings.http_circuit_seconds)

    def request(self, wanted: dict[str, Any], added: dict[str, str]) -> Any:
        """Send a request; its answer's body, with status_code, headers and ok beside it.

        ``added``: headers that the author's own ones win over. Faults run/http-error, network-error, request-timeout,
        refused-address, circuit-open, response-too-large, bad-response, too-many-redirects, wrong-value, wrong-type.
        """
        request = writing.written(wanted, self._load, added)
        terms = self._terms(wanted)
        policy = retrying.policy_of(wanted.get("retry_policy"))
        failed = 0
        while True:
            value, fault = self._attempt(request, terms)
            if fault is None:
                return value
            failed += 1
            pause = retrying.pause(policy, failed, fault, request)
            if pause is None:
                break
            time.sleep(pause)
        if terms.tolerant and fault.type == failures.HTTP_ERROR:
            return value
        raise fault

    def _load(self, path: str, private: bool) -> bytes:
        """A file of the workspace's storage."""
        return self._files().read_bytes(path, private=private)

    def _saving(self, wanted: dict[str, Any]) -> Save | None:
        """What keeps a body in the workspace's storage, where that is wanted."""
        path, private = wanted.get("save_as"), wanted.get("private") is True
        if absent(path):
            return None
        files = self._files()
        return lambda pieces: files.write(text(path), pieces, private=private)

    def _terms(self, wanted: dict[str, Any]) -> Terms:
        form = wanted.get("response_type") or "auto"
        if form not in reading.FORMS:
            expected = ", ".join(reading.FORMS)
            raise Fault("run/wrong-value", f'"response_type" is {preview(form)}, expected {expected}')
        follow = wanted.get("follow_redirects")
        redirects = follow if follow.__class__ is int else 0 if follow is False else MOST_REDIRECTS
        tls = tls_of(wanted, self._root, self._settings.http_ca)
        seconds, tolerant = self._seconds(wanted.get("timeout")), wanted.get("raise_for_status") is False
        return Terms(seconds, redirects, form, tls, self._saving(wanted), tolerant)

    def _seconds(self, timeout: Any) -> float:
        """From 1000 on it is milliseconds."""
        if absent(timeout):
            return self._settings.http_timeout
        given = float(number(timeout, "timeout"))
        if not 0 < given < 1e9:
            raise Fault("run/wrong-value", f'"timeout" is {preview(timeout)}, expected more than 0 seconds')
        return given / 1000 if given >= 1000 else given

    # --- one attempt ---

    def _attempt(self, request: Request, terms: Terms) -> tuple[Any, Fault | None]:
        """The value, and what is wrong with it or why there is none."""
        try:
            reply, last = self._followed(request, terms)
            value = reading.value_of(reply, terms.form, last.target)
        except Fault as fault:
            return None, fault
        found = put_beside(value, {"status_code": reply.status, "headers": reply.headers, "ok": reply.status < 400})
        if reply.status < 400:
            return found, None
        wish = retrying.seconds_of(reply.headers.get("retry-after"))
        return found, failures.answered(last.target.origin, reply.status, reply.headers, value, wish)

    def _followed(self, request: Request, terms: Terms) -> tuple[Reply, Request]:
        """The answer at the end of all redirects, and the request that it answers."""
        until = time.monotonic() + terms.seconds
        for _ in range(terms.redirects + 1):
            reply = self._hop(request, terms, until)
            if not reply.leads_to:
                return reply, request
            request = writing.redirected(request, reply.status, reply.leads_to)
        raise failures.endless(request.target, terms.redirects)

    def _hop(self, request: Request, terms: Terms, until: float) -> Reply:
        target, hosts = request.target, self._settings.http_hosts
        place = target._replace(path="/")
        check_name(place, hosts)
        host = (target.host, target.port)
        closed_for = self._breaker.closed_for(host)
        if closed_for:
            raise failures.circuit_open(target, closed_for)
        route = Route(place, hosts, terms.tls, proxy_of(target, self._settings.http_proxy))
        most = self._settings.max_response_bytes

        def receive(response: HTTPResponse, in_time: Callable[[], None]) -> Reply:
            location = response.headers.get("location")
            if terms.redirects and response.status in _MOVED and location:
                response.read(_DRAINED_BYTES)
                return Reply(response.status, {}, b"", leads_to=location)
            return reading.receive(response, target, most, terms.save, in_time)

        try:
            reply = exchange(request, route, terms.seconds, until, receive)
        except Fault as fault:
            if fault.type in (failures.NETWORK_ERROR, failures.TIMEOUT):
                self._breaker.failed(host)
            raise
        self._breaker.worked(host)
        return reply
