"""What goes wrong with a request becomes a Fault that names the origin only: a path or query may hold a secret."""

from __future__ import annotations

import re
from http.client import responses
from typing import Any

from interpreter.addresses import Target
from interpreter.diagnostic import Fault
from interpreter.values import shown_size

_SHOWN_OBJECT = re.compile(r"object at 0x|^HTTP|^\w+\(host=")
NETWORK_ERROR, TIMEOUT, CIRCUIT_OPEN, HTTP_ERROR = "network_error", "timeout", "circuit_open", "http_error"


def unreachable(target: Target, what: str, *, sent: bool) -> Fault:
    """``sent``: whether the other side may have got the request."""
    return Fault("run/network-error", f"{target.origin} {what}", details={"sent": sent})


def too_late(target: Target, seconds: float, *, sent: bool) -> Fault:
    message = f"{target.origin} did not answer within {seconds:g} seconds"
    return Fault("run/request-timeout", message, type=TIMEOUT, details={"sent": sent})


def refused(what: str) -> Fault:
    return Fault("run/refused-address", what, "name the host in http_hosts of interpreter.toml if that is meant")


def circuit_open(target: Target, seconds: float) -> Fault:
    message = f"{target.origin} failed several times in a row, and is not asked again for {seconds:.0f} seconds"
    return Fault("run/circuit-open", message, details={"retry_after": round(seconds, 1)})


def too_large(target: Target, most: int, status: int) -> Fault:
    message = f"the answer of {target.origin} is larger than {shown_size(most)}"
    hint = "ask for less, or raise max_response_bytes in interpreter.toml"
    return Fault("run/response-too-large", message, hint, status=status)


def unreadable(target: Target, what: str, status: int | None, response: Any = None) -> Fault:
    message = f"the answer of {target.origin} {what}"
    hint = 'read it with "response_type": "base64", or "text"'
    return Fault("run/bad-response", message, hint, status=status, response=response)


def misled(target: Target, what: str, status: int) -> Fault:
    return Fault("run/bad-response", f"{target.origin} redirects to an address that {what}", status=status)


def endless(target: Target, most: int) -> Fault:
    message = f"{target.origin} leads on after {most} redirects"
    return Fault("run/too-many-redirects", message, "call the last address, or set follow_redirects to false")


def answered(named: str, status: int, headers: dict[str, str], response: Any, wish: float | None) -> Fault:
    """The fault of an answer that says no. ``named``: who answered."""
    return Fault(
        "run/http-error",
        f"{named} answered {status} {responses.get(status, '')}".rstrip(),
        status=status,
        headers=headers,
        response=response,
        details=None if wish is None else {"retry_after": wish},
    )


def reason(error: BaseException | None) -> str:
    """What went wrong, without the objects that urllib3 writes into its messages."""
    cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return cause.rpartition(": ")[2] if _SHOWN_OBJECT.search(cause) else cause
