"""A delivery becomes one HTTP request, to an address that was looked at before: no redirect, no proxy, no long wait."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter import __version__, addresses
from interpreter.addresses import Target
from interpreter.background.store import callbacks
from interpreter.background.store.callbacks import FAILED, GONE, REFUSED
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import encode

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

SHOWN_BYTES = 500
"""How much of an answer's body is kept."""
LONGEST_WISH = 86_400.0
"""Seconds; a Retry-After beyond it counts as this."""
SILENCE_SECONDS = 30.0
"""For how long a host that let us wait in vain is not asked again by this process."""
_GONE = 410

_silent_until: dict[tuple[str, int], float] = {}
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
    wish = _seconds(answer.retry_after)
    if wish is not None:
        details["retry_after"] = wish
    kind = GONE if answer.status == _GONE else FAILED
    moved = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    message = f"{target.origin} answered {answer.status}{moved}"
    return Fault("background/callback-failed", message, type=kind, status=answer.status, details=details)


def _seconds(retry_after: str | None) -> float | None:
    """A Retry-After header, seconds or a date, as seconds from now."""
    from email.utils import parsedate_to_datetime

    if retry_after is None:
        return None
    try:
        wish = float(retry_after) if retry_after.isdecimal() else parsedate_to_datetime(retry_after).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(LONGEST_WISH, max(0.0, wish if retry_after.isdecimal() else wish - time.time()))


# --- one request --------------------------------------------------------------------------------------


def _request(target: Target, body: bytes, headers: dict[str, str], settings: Settings) -> Answer:
    """The answer, within ``callback_timeout`` seconds, name lookup and slow bodies included."""
    key = (target.host, target.port)
    if time.monotonic() < _silent_until.get(key, 0.0):
        raise _unreachable(target, "did not answer a moment ago, and was not asked again")
    attempt = _Attempt(lambda attempt: _post(attempt, target, body, headers, settings))
    attempt.start()
    attempt.join(settings.callback_timeout)
    if attempt.is_alive():
        attempt.abandon()
        _silent_until[key] = time.monotonic() + SILENCE_SECONDS
        raise _unreachable(target, f"did not answer within {settings.callback_timeout:g} seconds")
    if attempt.fault is not None:
        raise attempt.fault
    assert attempt.answer is not None
    return attempt.answer


class _Attempt(threading.Thread):
    """One request on a thread of its own, since a name lookup can be ended by nobody."""

    def __init__(self, work: Callable[[_Attempt], Answer]) -> None:
        super().__init__(name="delivery", daemon=True)
        self._work = work
        self._abandoned = False
        self._connection: HTTPConnection | None = None
        self.answer: Answer | None = None
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            self.answer = self._work(self)
        except Exception as fault:
            self.fault = fault

    def uses(self, connection: HTTPConnection) -> None:
        """From now on the attempt hangs on this connection."""
        self._connection = connection
        if self._abandoned:
            raise TimeoutError

    def abandon(self) -> None:
        """Cut the connection, so that the thread ends."""
        self._abandoned = True
        if self._connection is not None and self._connection.sock is not None:
            with suppress(OSError):  # where it was not connected any more
                self._connection.sock.shutdown(socket.SHUT_RDWR)


def _post(attempt: _Attempt, target: Target, body: bytes, headers: dict[str, str], settings: Settings) -> Answer:
    from urllib3.exceptions import HTTPError

    try:
        connection = _connect(attempt, target, settings)
        try:
            connection.request(
                "POST",
                target.path,
                body=body,
                headers={"host": target.named, **headers, "connection": "close"},
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
            told = response.read(SHOWN_BYTES, decode_content=False).decode(errors="replace")
            return Answer(response.status, response.headers.get("retry-after"), told)
        finally:
            connection.close()
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise _unreachable(target, f"could not be reached: {_reason(error)}") from None


def _connect(attempt: _Attempt, target: Target, settings: Settings) -> HTTPConnection:
    """A connection to the first address that takes one."""
    from urllib3.exceptions import HTTPError

    failure: Exception = OSError("it has no address")
    for address in checked_addresses(target, settings.callback_hosts):
        connection = _connection(target, address, settings.callback_timeout)
        try:
            attempt.uses(connection)
            connection.connect()
            return connection
        except (HTTPError, OSError) as error:
            connection.close()
            failure = error
    raise failure


def checked_addresses(target: Target, hosts: tuple[str, ...]) -> list[str]:
    """The IP addresses of a host; Fault where one is not public and the host is not named in full."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _unreachable(target, f"has no address: {_reason(error)}") from None
    resolved = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses.is_named(target, hosts):
        for address in resolved:
            if not addresses.is_public(address):
                message = f'"{target.host}" has the address {address}, which is not public'
                hint = "name the host in callback_hosts of interpreter.toml if that is meant"
                raise Fault("background/bad-callback", message, hint, type=REFUSED)
    return resolved


def _connection(target: Target, address: str, timeout: float) -> HTTPConnection:
    """A connection to that very address, which proves to be the host where it speaks TLS."""
    from urllib3.connection import HTTPConnection, HTTPSConnection

    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=timeout)
    return HTTPSConnection(
        address,
        target.port,
        timeout=timeout,
        cert_reqs="CERT_REQUIRED",
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _unreachable(target: Target, what: str) -> Fault:
    return Fault("background/callback-failed", f"{target.origin} {what}", type=FAILED)


def _reason(error: Exception | None) -> str:
    """What went wrong, without the objects that urllib3 writes into its messages."""
    cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return cause.rpartition(": ")[2] if "object at 0x" in cause or "HTTP" in cause[:4] else cause
