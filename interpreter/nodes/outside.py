"""Nodes that reach other services: mail; its adapter belongs to a later version."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.nodes.adapter import no_adapter


@action("send_email")
def send_email(context: Context, **parameters: Any) -> Any:
    """Send a mail."""
    raise no_adapter("send_email")
