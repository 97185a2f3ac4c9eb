"""The places of the engine's tests."""

from engines.conftest import embedded, place, postgresql, redis_server

__all__ = ["embedded", "place", "postgresql", "redis_server"]
