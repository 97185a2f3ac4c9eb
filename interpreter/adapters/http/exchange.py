"""A request becomes its answer, within its time: name lookup, connecting, sending and a slow body included."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException, RemoteDisconnected
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from interpreter.adapters.http import connecting, failures, pool
from interpreter.adapters.http.connecting import Route
from interpreter.adapters.http.deadlines import Late, Watched
from interpreter.addresses import Target
from interpreter.diagnostic import Fault

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

    from interpreter.adapters.http.line import Line, TlsLine

T = TypeVar("T")
Receive = Callable[["HTTPResponse", Callable[[], None]], T]
_SLACK = 1.0
"""Seconds by which a socket's own timeout is later than the deadline: the deadline is what ends it."""


class Request(NamedTuple):
    """What is sent. ``repeatable``: twice is as good as once."""

    method: str
    target: Target
    headers: dict[str, str]
    body: bytes | None
    repeatable: bool


class _Stale(Exception):
    """A kept connection was closed by the other side before the request reached it."""


def exchange(request: Request, route: Route, seconds: float, until: float, receive: Receive[T]) -> T:
    """What ``receive`` makes of the answer, which it reads as far as it wants to; it is given what raises if the end
    that it has come to is the deadline's doing.

    ``until`` is a ``time.monotonic()`` value, ``seconds`` what the message says. Faults run/network-error,
    request-timeout, refused-address, and those of ``receive``.
    """
    sent = True
    try:
        kept = pool.pool.take(route)
        if kept is not None:
            with suppress(_Stale):
                return _over(kept, request, route, until, receive, reused=True)
        sent = False
        connection = connecting.connect(route, until)
        sent = True
        return _over(connection, request, route, until, receive, reused=False)
    except Fault:
        raise
    except Exception as error:
        raise _as_fault(error, request.target, seconds, sent, late=time.monotonic() >= until) from None


def _over(
    connection: Line | TlsLine,
    request: Request,
    route: Route,
    until: float,
    receive: Receive[T],
    *,
    reused: bool,
) -> T:
    response: HTTPResponse | None = None
    with Watched(connection.sock, until) as watched:  # which a connection forgets that ends with its answer
        try:
            connection.timeout = max(0.0, until - time.monotonic()) + _SLACK
            _send(connection, request, route)
            response = _response(connection, stale=reused and request.repeatable)
            received = receive(response, watched.in_time)
            watched.in_time()
        except BaseException as error:  # whatever ended it, half an answer is left on the line
            _close(connection, response)
            if watched.late and isinstance(error, Exception):
                raise Late from error
            raise
    if response.closed and not connection.is_closed:
        pool.pool.keep(route, connection)
    else:
        _close(connection, response)
    return received


def _close(connection: Line | TlsLine, response: HTTPResponse | None) -> None:
    connection.close()
    if response is not None:
        response.close()  # an answer that ends with its connection holds the line by itself


def _send(connection: Line | TlsLine, request: Request, route: Route) -> None:
    target = request.target
    through = route.proxy if target.scheme == "http" else None
    granted = {"proxy-authorization": through.authorization} if through and through.authorization else {}
    if connection.sock is not None:
        connection.sock.settimeout(connection.timeout)
    connection.gather()
    connection.request(
        request.method,
        f"{target.origin}{target.path}" if through else target.path,
        body=request.body,
        headers={**request.headers, **granted},
        preload_content=False,
    )
    with suppress(BrokenPipeError, ConnectionResetError):  # who refuses a body may have answered before its end
        connection.flush()


def _response(connection: Line | TlsLine, stale: bool) -> HTTPResponse:
    try:
        return connection.getresponse()
    except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):
        if stale:
            raise _Stale from None
        raise


def _as_fault(error: Exception, target: Target, seconds: float, sent: bool, *, late: bool) -> Exception:
    from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError
    from urllib3.exceptions import TimeoutError as TookTooLong

    timed_out = isinstance(error, (Late, TimeoutError, TookTooLong)) and not isinstance(error, NewConnectionError)
    if timed_out or (late and isinstance(error, (OSError, HTTPError))):
        return failures.too_late(target, seconds, sent=sent)
    if isinstance(error, DecodeError):
        return failures.unreadable(target, "is not packed as it says", None)
    if isinstance(error, (HTTPError, HTTPException, OSError)):
        return failures.unreachable(target, f"could not be reached: {failures.reason(error)}", sent=sent)
    return error
