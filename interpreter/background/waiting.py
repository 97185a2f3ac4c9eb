"""Ids become the news that they have ended: one subscription for all of them on the bus."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from redis.exceptions import RedisError

from interpreter.background.publish import channel, connect

CONFIRM_SECONDS = 1.0
"""How long a bus may take to confirm a subscription."""
DEAF_SECONDS = 0.1
"""Between two looks into the records where the bus cannot be heard."""


class Listener:
    """A subscription to the ends of executions. Where the bus is down it hears nothing and says so by ``hears``."""

    def __init__(self, url: str, ids: set[str]) -> None:
        self._url = url
        self._ids = {channel(execution_id).encode(): execution_id for execution_id in ids}
        self._client: Any = None
        self._subscription: Any = None
        self.hears = False

    def __enter__(self) -> Listener:
        self._subscribe()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        self._drop()

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
                if news["type"] == "message":
                    ended.add(self._ids[news["channel"]])
                news = self._subscription.get_message(timeout=0)
        except (RedisError, OSError):
            self._drop()
        return ended

    def _subscribe(self) -> None:
        """Subscribed means confirmed: whatever ends from now on is heard."""
        try:
            self._client = connect(self._url, CONFIRM_SECONDS)
            self._subscription = self._client.pubsub()
            self._subscription.subscribe(*self._ids)
            for _ in self._ids:
                if self._subscription.get_message(timeout=CONFIRM_SECONDS) is None:
                    raise RedisError("the subscription was not confirmed")
            self.hears = True
        except (RedisError, OSError):
            self._drop()

    def _drop(self) -> None:
        self.hears = False
        if self._subscription is not None:
            self._subscription.close()
            self._client.close()
            self._subscription = self._client = None
