"""Nodes that ask others over HTTP: services anywhere, and this workspace's own endpoints."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from interpreter import tracing
from interpreter.catalog import action
from interpreter.context import Context, Response
from interpreter.diagnostic import Fault
from interpreter.values import absent, kind, plain_value, put_beside, text


@action("external_api_request")
def external_api_request(context: Context, **wanted: Any) -> Any:
    """Call another service over HTTP: the answer's body, with status_code, headers and ok beside it."""
    return context.world.http.request(wanted, _headers_of_the_run(context, wanted))


def _headers_of_the_run(context: Context, wanted: dict[str, Any]) -> dict[str, str]:
    """What tells the service that this request belongs to a trace, and that a repeated one is the same."""
    about = context.execution
    headers: dict[str, str] = {}
    traceparent = about.get("traceparent")
    if traceparent:
        headers["traceparent"] = tracing.going_on(traceparent, tracing.new_span())
    if about.get("id") or wanted.get("retry_policy"):
        headers["idempotency-key"] = context.step_id()
    return headers


@action("run_api_endpoint", recorded=False, touches=False)
def run_api_endpoint(
    context: Context,
    endpoint: Any,
    method: Any = None,
    inputs: Any = None,
    headers: Any = None,
    raise_for_status: Any = None,
) -> Any:
    """Run an endpoint of this workspace as if by HTTP: its answer's body, with status_code, headers and ok beside it.

    No journal keeps its result, since it keeps that of everything that the endpoint does.
    """
    path, _, query = text(endpoint).partition("?")
    verb = text(method).upper()
    given = {} if absent(inputs) else inputs
    if not isinstance(given, dict):
        raise Fault("run/wrong-type", f'"inputs" must be an object, not {kind(inputs)}')
    asked = dict(parse_qsl(query, keep_blank_values=True))
    in_query = verb in ("GET", "HEAD")
    request = {
        "body": None if in_query else given,
        "query": {**asked, **given} if in_query else asked,
        "headers": {text(name).lower(): text(value) for name, value in (headers or {}).items() if not absent(value)},
        "method": verb or ("POST" if given else "GET"),
        "path": path,
        "ip": None,
        "url": text(endpoint),
    }
    response = context.ask(f"{verb} {path}".strip(), {**asked, **given}, request)
    return _answer(f'the endpoint "{path}"', response, raise_for_status is False)


def _answer(named: str, response: Response, tolerant: bool) -> Any:
    body, headers = plain_value(response.body), {name.lower(): value for name, value in response.headers.items()}
    if response.status >= 400 and not tolerant:
        message = f"{named} answered {response.status}"
        raise Fault("run/http-error", message, status=response.status, headers=headers, response=body)
    return put_beside(body, {"status_code": response.status, "headers": headers, "ok": response.status < 400})
