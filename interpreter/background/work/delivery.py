"""A delivery becomes one HTTP request, to an address that was looked at before: no redirect, no proxy, no long wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter import __version__, addresses
from interpreter.adapters.http import failures
from interpreter.adapters.http.breaker import Breaker
from interpreter.adapters.http.connecting import Route
from interpreter.adapters.http.exchange import Request, exchange
from interpreter.adapters.http.retrying import seconds_of
from interpreter.addresses import Target
from interpreter.background.store import callbacks
from interpreter.background.store.callbacks import FAILED, GONE, REFUSED
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import encode

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

SHOWN_BYTES = 500
"""How much of an answer's body is kept."""
SILENCE_SECONDS = 30.0
"""For how long a host that let us wait in vain is not asked again by this process."""
_GONE = 410

_silent = Breaker(1, SILENCE_SECONDS)
"""Hosts that let a delivery wait until its time was up: many deliveries to a dead host hold a slot only once."""


class Answer(NamedTuple):
    status: int
    retry_after: str | None
    body: str


def deliver(inputs: dict[str, Any], settings: Settings, traceparent: str | None) -> dict[str, Any]:
    """Make one attempt; what the receiver said. Fault background/callback-failed or bad-callback, with its type."""
    target = addresses.parse_url(inputs["url"])
    callbacks.refuse(target, settings.callback_hosts)
    body = encode(inputs["event"]).encode()
    headers = _headers(inputs["id"], body, settings, traceparent)
    answer = _request(target, body, headers, settings)
    if 200 <= answer.status < 300:
        return {"status": answer.status, "response": answer.body}
    raise _refusal(target, answer)


def _headers(message: str, body: bytes, settings: Settings, traceparent: str | None) -> dict[str, str]:
    now = int(time.time())
    headers = {
        "content-type": "application/json",
        "user-agent": f"stack-interpreter/{__version__}",
        "accept-encoding": "identity",
        "webhook-id": message,
        "webhook-timestamp": str(now),
    }
    if settings.callback_secrets:
        headers["webhook-signature"] = callbacks.signatures(message, now, body, settings.callback_secrets)
    if traceparent:
        headers["traceparent"] = traceparent
    return headers


def _refusal(target: Target, answer: Answer) -> Fault:
    details: dict[str, Any] = {"status": answer.status, "response": answer.body}
    wish = seconds_of(answer.retry_after)
    if wish is not None:
        details["retry_after"] = wish
    kind = GONE if answer.status == _GONE else FAILED
    moved = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    message = f"{target.origin} answered {answer.status}{moved}"
    return Fault("background/callback-failed", message, type=kind, status=answer.status, details=details)


def _request(target: Target, body: bytes, headers: dict[str, str], settings: Settings) -> Answer:
    """The answer, within ``callback_timeout`` seconds, name lookup and slow bodies included."""
    host = (target.host, target.port)
    if _silent.closed_for(host):
        raise _failed(f"{target.origin} did not answer a moment ago, and was not asked again")
    request = Request("POST", target, {"host": target.named, **headers, "connection": "close"}, body, repeatable=True)
    route = Route(target._replace(path="/"), settings.callback_hosts)
    until = time.monotonic() + settings.callback_timeout
    try:
        answer = exchange(request, route, settings.callback_timeout, until, _told)
    except Fault as fault:
        if fault.type == failures.TIMEOUT:
            _silent.failed(host)
        raise _as_callback_fault(fault) from None
    _silent.worked(host)
    return answer


def _told(response: HTTPResponse, _: object) -> Answer:
    told = response.read(SHOWN_BYTES, decode_content=False).decode(errors="replace")
    return Answer(response.status, response.headers.get("retry-after"), told)


def _as_callback_fault(fault: Fault) -> Fault:
    if fault.code != "run/refused-address":
        return _failed(fault.message)
    hint = "name the host in callback_hosts of interpreter.toml if that is meant"
    return Fault("background/bad-callback", fault.message, hint, type=REFUSED)


def _failed(message: str) -> Fault:
    return Fault("background/callback-failed", message, type=FAILED)
