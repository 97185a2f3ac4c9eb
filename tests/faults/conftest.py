"""The places of the engine's tests."""

from engines.conftest import (
    embedded,
    place,
    postgresql,
    postgresql_server,
    redis_server,
    unlucky,
    unlucky_on_postgresql,
)

__all__ = ["embedded", "place", "postgresql", "postgresql_server", "redis_server", "unlucky", "unlucky_on_postgresql"]
