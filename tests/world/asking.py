"""A request becomes a stack that gives its answer, or what a catch block sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
