"""A URL that is asked for late becomes a line to the bus, which says at once where the bus is away."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interpreter.diagnostic import Fault
from interpreter.settings import Settings

if TYPE_CHECKING:
    from redis import Redis

ANSWER_SECONDS = 1.0
"""How long a bus that stands still may hold a run; after that it is left alone for as long."""
_SQLITE = "sqlite:///"
_FULL = ("OOM", "command not allowed when used memory")
PAUSE_SECONDS = 0.05
"""Before each of two more tries where a connection broke: the keeper starts an embedded bus again within these."""

Answer = TypeVar("Answer")


class Line:
    """A connection to the bus, opened when it is first used; a child process opens its own (redis-py sees to it).

    ``code`` is that of the fault where the bus is away, ``what`` what cannot be used then.
    """

    def __init__(self, url: Callable[[], str], code: str, what: str) -> None:
        self._url = url
        self._code = code
        self._what = what
        self._client: Redis | None = None
        self._closed_until = 0.0

    @property
    def client(self) -> Redis:
        if self._client is None:
            try:
                self._client = _opened(self._url())
            except Fault as fault:  # an embedded bus that does not start
                raise self._away(fault.message, fault.hint) from fault
        return self._client

    def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """What the bus answers. Faults: the line's own where it is away or full; redis.ResponseError otherwise."""
        from redis import exceptions

        if time.monotonic() < self._closed_until:
            raise self._away("it did not answer a moment ago")
        try:
            return question(self.client)
        except exceptions.ResponseError as error:
            if isinstance(error, exceptions.ReadOnlyError) or str(error).startswith(_FULL):
                raise self._away(str(error)) from error
            raise
        except exceptions.TimeoutError as error:
            self._closed_until = time.monotonic() + ANSWER_SECONDS
            raise self._away("it does not answer") from error
        except (exceptions.ConnectionError, OSError) as error:
            raise self._away(str(error)) from error

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _away(self, reason: str, hint: str | None = None) -> Fault:
        return Fault(self._code, f"{self._what} cannot be reached: {reason}", hint, status=503)


def _opened(url: str) -> Redis:
    """A client that asks again only where a connection broke: a bus that stands still costs its time only once."""
    from redis import Redis
    from redis.backoff import ConstantBackoff
    from redis.exceptions import ConnectionError
    from redis.retry import Retry

    return Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(ConstantBackoff(PAUSE_SECONDS), 2, supported_errors=(ConnectionError,)),
    )


def namespace_of(settings: Settings) -> str:
    """What tells a workspace from others on one bus: the same wherever its database is the same."""
    url = settings.database_url or f"{_SQLITE}{settings.state_dir.resolve()}"
    if url.startswith(_SQLITE):
        place = str(Path(url.removeprefix(_SQLITE)).resolve())
    else:
        scheme, _, rest = url.partition("://")
        place = f"{scheme}://{rest.rpartition('@')[2]}"  # without the password, which may change
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:12]
