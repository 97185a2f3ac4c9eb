"""A path that leads nowhere becomes a value that remembers it."""

from __future__ import annotations

from typing import Any


class Missing:
    """A path that led nowhere: null when written out, falsy, and it knows where it was looked for.

    ``path`` is as the author wrote it (``input.user.name``); ``near`` is the nearest key that was there; ``beside``
    is what came with a null that somebody answered.
    """

    __slots__ = ("beside", "near", "path")

    def __init__(self, path: str = "", near: str | None = None) -> None:
        self.path = path
        self.near = near
        self.beside: dict[str, Any] | None = None

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Missing)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return f"Missing({self.path!r})"


MISSING = Missing()


def absent(value: Any) -> bool:
    """Null or missing."""
    return value is None or value.__class__ is Missing
