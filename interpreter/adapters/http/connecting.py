"""A route becomes a connection to an address that was looked at: what was checked is what is called.

A name is resolved once for each connection, so that nobody can answer one address to the check and another to the
call. No address of the machine's own network is called, unless the workspace names the host in full.
"""

from __future__ import annotations

import socket
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter import addresses
from interpreter.adapters.http import failures
from interpreter.adapters.http.tls import TRUSTING_THE_SYSTEM, Tls, context_of
from interpreter.addresses import Target

if TYPE_CHECKING:
    from interpreter.adapters.http.line import Line, TlsLine


class Proxy(NamedTuple):
    target: Target
    authorization: str | None = None


class Route(NamedTuple):
    """Where requests go, and how: those that share a route share connections."""

    target: Target
    """With the path "/", so that it is the same for all."""
    hosts: tuple[str, ...]
    """Those that may be called."""
    tls: Tls = TRUSTING_THE_SYSTEM
    proxy: Proxy | None = None


@lru_cache(maxsize=1000)
def check_name(target: Target, hosts: tuple[str, ...]) -> None:
    """Fault run/refused-address where a host may not be called, as far as its name says; paths do not matter."""
    if not addresses.is_allowed(target, hosts):
        raise failures.refused(f'"{target.host}" may not be called: http_hosts does not have it')
    if addresses.is_surely_private(target.host) and not addresses.is_named(target, hosts):
        raise failures.refused(f'"{target.host}" is an address that is not public')


def checked_addresses(target: Target, hosts: tuple[str, ...], until: float) -> list[str]:
    """The IP addresses of a host; Fault where one is not public and the host is not named in full."""
    found = resolved(target, until)
    if not addresses.is_named(target, hosts):
        for address in found:
            if not addresses.is_public(address):
                raise failures.refused(f'"{target.host}" has the address {address}, which is not public')
    return found


def resolved(target: Target, until: float) -> list[str]:
    """On a thread of its own, since a name lookup can be ended by nobody; TimeoutError, OSError."""
    written = addresses.literal(target.host)
    if written is not None:
        return [written]
    answers: list[Any] = []

    def look() -> None:
        try:
            answers.append(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=look, name="http-lookup", daemon=True)
    thread.start()
    thread.join(max(0.0, until - time.monotonic()))
    if not answers:
        raise TimeoutError
    if isinstance(answers[0], Exception):
        raise failures.unreachable(target, f"has no address: {failures.reason(answers[0])}", sent=False)
    return list(dict.fromkeys(str(each[4][0]) for each in answers[0]))


def connect(route: Route, until: float) -> Line | TlsLine:
    """A connection to the first address that takes one; urllib3's HTTPError, OSError, or a Fault."""
    from urllib3.exceptions import HTTPError

    failure: Exception = OSError("it has no address")
    found = _called(route, until)
    for number, address in enumerate(found):
        share = (until - time.monotonic()) / (len(found) - number)
        connection = _connection(route, address, max(share, 0.001))
        try:
            connection.connect()
            return connection
        except (HTTPError, OSError) as error:
            connection.close()
            failure = error
    raise failure


def _called(route: Route, until: float) -> list[str]:
    """The addresses to connect to: the host's own, or its proxy's, which the operator chose."""
    if route.proxy is None:
        return checked_addresses(route.target, route.hosts, until)
    return resolved(route.proxy.target, until)


def _connection(route: Route, address: str, timeout: float) -> Line | TlsLine:
    """A connection to that very address, which proves to be the host where it speaks TLS."""
    from interpreter.adapters.http.line import Line, TlsLine

    target, proxy = route.target, route.proxy
    port = target.port if proxy is None else proxy.target.port
    if target.scheme == "http":
        return Line(address, port, timeout=timeout)
    connection = TlsLine(
        address,
        port,
        timeout=timeout,
        ssl_context=context_of(route.tls),
        server_hostname=target.host,
        assert_hostname=target.host if route.tls.verify else False,
    )
    if proxy is not None:
        credentials = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
        connection.set_tunnel(target.host, target.port, {"Host": f"{target.host}:{target.port}", **credentials})
    return connection
