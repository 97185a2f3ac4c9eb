"""Failures of a host become a time in which it is left alone: a dead service holds up nobody for long.

Closed, every request goes through; open, none; when the time is up one goes through, and decides.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache

Host = tuple[str, int]
MOST_HOSTS = 1000
"""Hosts that fail and are kept in mind; beyond that all are forgotten, and counted anew."""


class Breaker:
    """Opens after ``most`` failures in a row, for ``seconds``."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._failures: dict[Host, int] = {}
        self._open_until: dict[Host, float] = {}

    def closed_for(self, host: Host) -> float:
        """Seconds for which the host must not be asked; 0 lets the caller through."""
        if not self._failures:
            return 0.0
        with self._lock:
            left = self._open_until.get(host, 0.0) - time.monotonic()
            if left > 0:
                return left
            if host in self._open_until:  # this one tries it; the others wait for what comes of it
                self._open_until[host] = time.monotonic() + self._seconds
            return 0.0

    def failed(self, host: Host) -> None:
        with self._lock:
            if len(self._failures) >= MOST_HOSTS:
                self._failures.clear()
                self._open_until.clear()
            self._failures[host] = self._failures.get(host, 0) + 1
            if self._failures[host] >= self._most:
                self._open_until[host] = time.monotonic() + self._seconds

    def worked(self, host: Host) -> None:
        if host in self._failures:
            with self._lock:
                self._failures.pop(host, None)
                self._open_until.pop(host, None)


@lru_cache(maxsize=10)
def breaker(most: int, seconds: float) -> Breaker:
    """One a process for each pair of settings."""
    return Breaker(most, seconds)
