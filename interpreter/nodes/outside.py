"""Nodes that reach other services: HTTP, mail; their adapters belong to a later version."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.nodes.adapter import no_adapter


@action("external_api_request")
def external_api_request(context: Context, **parameters: Any) -> Any:
    """Call another service over HTTP."""
    raise no_adapter("external_api_request")


@action("run_api_endpoint")
def run_api_endpoint(context: Context, **parameters: Any) -> Any:
    """Call an endpoint of this workspace."""
    raise no_adapter("run_api_endpoint")


@action("send_email")
def send_email(context: Context, **parameters: Any) -> Any:
    """Send a mail."""
    raise no_adapter("send_email")
