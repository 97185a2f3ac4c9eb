"""A node without its adapter becomes one clear fault."""

from __future__ import annotations

from interpreter.diagnostic import Fault


def no_adapter(node: str) -> Fault:
    """The fault of a node that is part of the language but has no adapter in this version."""
    return Fault(
        "run/adapter-missing",
        f'"{node}" is checked but cannot run yet: this version has no adapter for it',
        "tables, HTTP, cache, realtime and secrets come with a later version",
    )
