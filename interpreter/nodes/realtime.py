"""Nodes that tell those who listen."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.values import absent, text


@action("realtime_publish")
def realtime_publish(context: Context, channel: Any, event: Any = None, data: Any = None) -> dict[str, Any]:
    """Send an event to everyone who listens to a channel."""
    return context.world.realtime.publish(text(channel), "message" if absent(event) else text(event), data)
