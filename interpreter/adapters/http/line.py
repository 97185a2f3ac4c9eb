"""A connection of urllib3's that sends a request's head and body as one message: one packet, where it is small."""

from __future__ import annotations

from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection


class _Gathering:
    """What is sent between ``gather`` and ``flush`` goes together."""

    _gathered: list[Any] | None = None

    def gather(self) -> None:
        self._gathered = []

    def flush(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered:
            self.send(b"".join(gathered))

    def send(self, data: Any) -> None:
        if self._gathered is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._gathered.append(data)


class Line(_Gathering, HTTPConnection):
    """In the clear."""


class TlsLine(_Gathering, HTTPSConnection):
    """By TLS."""
