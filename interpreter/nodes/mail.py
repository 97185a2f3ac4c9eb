"""Nodes that write to people."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context


@action("send_email")
def send_email(context: Context, **message: Any) -> dict[str, Any]:
    """Send a mail, or print it where no server is set."""
    return context.world.mail.send(message, context.step_id(), context.log)
