"""Nodes that ask others over HTTP: services anywhere, and this workspace's own endpoints."""

from __future__ import annotations

from typing import Any

from interpreter import tracing
from interpreter.catalog import action
from interpreter.context import Context
from interpreter.nodes.adapter import no_adapter


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


@action("run_api_endpoint")
def run_api_endpoint(context: Context, **parameters: Any) -> Any:
    """Call an endpoint of this workspace."""
    raise no_adapter("run_api_endpoint")
