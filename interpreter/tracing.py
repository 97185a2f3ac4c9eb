"""A traceparent header becomes a trace that goes on: W3C Trace Context, level 1, version 00."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?\Z")
_TRACE = slice(3, 35)
_SAMPLED = "01"


def parse(header: object) -> str | None:
    """A traceparent as it is passed on; None where it is not one, which the standard says to treat as none."""
    found = _HEADER.match(header.strip()) if isinstance(header, str) else None
    if found is None or found[1] == "ff" or (found[1] == "00" and found[5]):
        return None
    if not int(found[2], 16) or not int(found[3], 16):
        return None
    return f"00-{found[2]}-{found[3]}-{found[4]}"


def received(headers: Mapping[str, object], environment: Mapping[str, str]) -> str | None:
    """The trace that a run was called in: by the request's header, else by TRACEPARENT in the environment."""
    given = next((value for name, value in headers.items() if name.lower() == "traceparent"), None)
    return parse(given) or parse(environment.get("TRACEPARENT"))


def begun() -> str:
    """A trace of its own."""
    return f"00-{os.urandom(16).hex()}-{new_span()}-{_SAMPLED}"


def going_on(traceparent: str, span: str) -> str:
    """The same trace, with another span of 16 hexadecimal digits."""
    return f"00-{traceparent[_TRACE]}-{span}{traceparent[52:]}"


def trace_id(traceparent: str) -> str:
    return traceparent[_TRACE]


def of_root(root: str, span: str) -> str:
    """The trace of an execution that nobody traced: named by its root's 128 bits in hexadecimal."""
    return f"00-{root}-{span}-{_SAMPLED}"


def new_span() -> str:
    return os.urandom(8).hex()
