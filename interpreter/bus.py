"""A URL becomes a client of the bus: a Redis-protocol server, which several programs may share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis

PREFIX = "interpreter:"
"""Before every key and channel, so that several programs can share one server."""
CONNECT_SECONDS = 0.2
"""How long a bus that does not answer may hold a caller."""


def connect(url: str, timeout: float | None, **options: Any) -> Redis:
    """A redis-py client that tries twice and no longer than ``timeout`` seconds each time."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=CONNECT_SECONDS, retry=Retry(NoBackoff(), 1), **options
    )
