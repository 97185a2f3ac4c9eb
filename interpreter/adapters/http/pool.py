"""Connections that have served a request are kept for the next one to the same place: one pool a process."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpreter.adapters.http.connecting import Route
    from interpreter.adapters.http.line import Line, TlsLine

KEPT_SECONDS = 4.0
"""Servers close what is idle, many after five seconds: a request that meets the closing is lost."""
MOST_KEPT = 100


class Pool:
    """Idle connections by their route, the freshest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[Route, list[tuple[Line | TlsLine, float]]] = {}
        self._count = 0

    def take(self, route: Route) -> Line | TlsLine | None:
        """A connection that is still open, for this caller alone."""
        while True:
            with self._lock:
                idle = self._idle.get(route)
                if not idle:
                    return None
                connection, since = idle.pop()
                self._count -= 1
            if time.monotonic() - since < KEPT_SECONDS and connection.is_connected:
                return connection
            connection.close()

    def keep(self, route: Route, connection: Line | TlsLine) -> None:
        """Give back one whose answer was read to its end."""
        with self._lock:
            gone = self._all() if self._count >= MOST_KEPT else []
            self._idle.setdefault(route, []).append((connection, time.monotonic()))
            self._count += 1
        for each in gone:
            each.close()

    def _all(self) -> list[Line | TlsLine]:
        """Everything that is kept, which is kept no longer: simple, and right often enough."""
        found = [connection for idle in self._idle.values() for connection, _ in idle]
        self._idle.clear()
        self._count = 0
        return found


pool = Pool()


def _begin_anew() -> None:
    """Two processes cannot talk over one connection."""
    global pool
    pool = Pool()


os.register_at_fork(after_in_child=_begin_anew)
