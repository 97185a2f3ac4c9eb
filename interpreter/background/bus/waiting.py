"""Ids become the news that they have ended: one subscription for all of them on the bus."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.exceptions import RedisError

from interpreter.background.bus.publish import channel
from interpreter.bus import connect

CONFIRM_SECONDS = 1.0
"""How long a bus may take to confirm a subscription."""
DEAF_SECONDS = 0.1
"""Between two looks into the records where the bus cannot be heard."""
FEW = 50
"""Up to so many ids are unsubscribed one by one; more cost less with a new connection."""


class Listener:
    """A connection that hears executions end; one wait at a time uses it, and the next one finds it open.

    Where the bus is down it hears nothing and says so by ``hears``. Ids that nobody waits for any more are
    unsubscribed with the next subscription: that costs nothing while somebody waits for an answer.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids: dict[bytes, str] = {}
        self._stale: list[bytes] = []
        self._client: Any = None
        self._connection: Any = None
        self._process = 0
        self.hears = False

    @contextmanager
    def to(self, ids: set[str]) -> Iterator[None]:
        """Listen to these executions."""
        self._ids = {channel(execution_id).encode(): execution_id for execution_id in ids}
        was_open = self._connection is not None and self._process == os.getpid()
        self._subscribe()
        if was_open and not self.hears:  # the bus may be another one by now
            self._subscribe()
        try:
            yield
        finally:
            self._stale += self._ids
            if not self.hears or len(self._stale) > FEW:
                self.close()

    def heard(self, seconds: float) -> set[str]:
        """Those that ended, once at least one has or the time is up; deaf, it waits a moment and tries again."""
        if not self.hears:
            time.sleep(min(seconds, DEAF_SECONDS))
            self._subscribe()
            return set()
        ended: set[str] = set()
        try:
            while len(ended) < len(self._ids) and self._connection.can_read(0 if ended else seconds):
                kind, subject, _ = self._connection.read_response()
                if kind == b"message" and subject in self._ids:
                    ended.add(self._ids[subject])
        except (RedisError, OSError):
            self.close()
        return ended

    def close(self) -> None:
        self.hears = False
        self._stale.clear()
        if self._connection is not None:
            self._connection.disconnect()
            self._client = self._connection = None

    def _subscribe(self) -> None:
        """Subscribed means confirmed: whatever ends from now on is heard."""
        try:
            if self._connection is None or self._process != os.getpid():
                self._client = connect(self._url, CONFIRM_SECONDS, protocol=2)  # kept: it closes what is its own
                self._connection = self._client.connection_pool.get_connection()
                self._process = os.getpid()
                self._stale.clear()
            commands = [("UNSUBSCRIBE", *self._stale)] if self._stale else []
            self._connection.send_packed_command(self._connection.pack_commands([*commands, ("SUBSCRIBE", *self._ids)]))
            self._stale.clear()
            unconfirmed = set(self._ids)
            while unconfirmed:
                kind, subject, _ = self._connection.read_response()
                if kind == b"subscribe":
                    unconfirmed.discard(subject)
            self.hears = True
        except (RedisError, OSError):
            self.close()
