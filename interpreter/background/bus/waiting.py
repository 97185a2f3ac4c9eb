"""Ids become the news that they have ended: one subscription for all of them on the bus."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.exceptions import RedisError

from interpreter.background.bus.publish import channel, connect

CONFIRM_SECONDS = 1.0
"""How long a bus may take to confirm a subscription."""
DEAF_SECONDS = 0.1
"""Between two looks into the records where the bus cannot be heard."""
FEW = 50
"""Up to so many ids are unsubscribed one by one; more cost less with a new connection."""


class Listener:
    """A connection that hears executions end; one wait at a time uses it, and the next one finds it open.

    Where the bus is down it hears nothing and says so by ``hears``.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids: dict[bytes, str] = {}
        self._client: Any = None
        self._subscription: Any = None
        self._process = 0
        self.hears = False

    @contextmanager
    def to(self, ids: set[str]) -> Iterator[None]:
        """Listen to these executions."""
        self._ids = {channel(execution_id).encode(): execution_id for execution_id in ids}
        was_open = self._subscription is not None and self._process == os.getpid()
        self._subscribe()
        if was_open and not self.hears:  # the bus may be another one by now
            self._subscribe()
        try:
            yield
        finally:
            self._forget()

    def heard(self, seconds: float) -> set[str]:
        """Those that ended, once at least one has or the time is up; deaf, it waits a moment and tries again."""
        if not self.hears:
            time.sleep(min(seconds, DEAF_SECONDS))
            self._subscribe()
            return set()
        ended: set[str] = set()
        try:
            news = self._subscription.get_message(timeout=seconds)
            while news:
                if news["type"] == "message" and news["channel"] in self._ids:
                    ended.add(self._ids[news["channel"]])
                news = self._subscription.get_message(timeout=0)
        except (RedisError, OSError):
            self.close()
        return ended

    def close(self) -> None:
        self.hears = False
        if self._subscription is not None:
            self._subscription.close()
            self._client.close()
            self._subscription = self._client = None

    def _subscribe(self) -> None:
        """Subscribed means confirmed: whatever ends from now on is heard."""
        try:
            if self._subscription is None or self._process != os.getpid():
                self._client = connect(self._url, CONFIRM_SECONDS)
                self._subscription = self._client.pubsub()
                self._process = os.getpid()
            self._subscription.subscribe(*self._ids)
            unconfirmed = set(self._ids)
            while unconfirmed:
                news = self._subscription.get_message(timeout=CONFIRM_SECONDS)
                if news is None:
                    raise RedisError("the subscription was not confirmed")
                if news["type"] == "subscribe":
                    unconfirmed.discard(news["channel"])
            self.hears = True
        except (RedisError, OSError):
            self.close()

    def _forget(self) -> None:
        if not self.hears or len(self._ids) > FEW:
            self.close()
            return
        try:
            self._subscription.unsubscribe(*self._ids)
        except (RedisError, OSError):
            self.close()
