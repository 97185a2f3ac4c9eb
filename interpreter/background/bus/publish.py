"""Executions become doorbell messages: kombu's wire format, written by hand, carrying ids only.

Celery's own publisher costs five times as much and holds its caller for seconds when the bus is down; a test
compares each field of our message with kombu's, so that a change there is noticed.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from json import dumps
from typing import TYPE_CHECKING, Any

from interpreter.background.store.records import Bell
from interpreter.bus import CONNECT_SECONDS, PREFIX, connect

if TYPE_CHECKING:
    from redis import Connection, Redis

TASK = "perform"
BREAK_SECONDS = 1.0
"""How long a bus that failed is left alone."""
MOST = 20
"""Ids in one message; beyond it hardly anything is gained."""
GROWTH = 8
"""Bells for each further id that their messages carry: a few slots are all busy before that."""

_ORIGIN = dumps(f"{os.getpid()}@{socket.gethostname()}")


class Publisher:
    """Rings for executions that wait to be run, and tells of those that have ended. Never raises for a dead bus."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Redis | None = None
        self._lines = threading.local()
        self._closed_until = 0.0

    @property
    def client(self) -> Redis:
        """A client that gives up at once; redis-py's own default tries ten times."""
        if self._client is None:
            self._client = connect(self._url, CONNECT_SECONDS)
        return self._client

    def ring(self, bells: Sequence[Bell]) -> bool:
        """One message for each, of many for some together; False where the bus could not be reached."""
        if not bells:
            return True
        groups = gathered(bells)
        return self._send([("LPUSH", list_name(each[0].queue, each[0].priority), message(each)) for each in groups])

    def ring_together(self, bells: Sequence[Bell]) -> bool:
        """One message for all: of one queue and priority."""
        if not bells:
            return True
        return self._send([("LPUSH", list_name(bells[0].queue, bells[0].priority), message(bells))])

    def tell(self, ended: Iterable[str]) -> bool:
        """Let those who wait know that these have ended; what is lost here they read in the records."""
        return self._send([("PUBLISH", channel(execution_id), "") for execution_id in ended])

    def report(self, ended: str, woken: Sequence[Bell]) -> bool:
        """Tell that one has ended and ring for the parents that it woke, in one go. False: the parents did not hear."""
        rings = [("LPUSH", list_name(bell.queue, bell.priority), message([bell])) for bell in woken]
        return self._send([*rings, ("PUBLISH", channel(ended), "")])

    def _send(self, commands: list[tuple[str, ...]]) -> bool:
        """Whether the bus took them. A second try finds out whether only the connection was dead."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._closed_until:
            return False
        for _ in range(2):
            line = self._line()
            try:
                line.send_packed_command(line.pack_commands(commands))  # type: ignore[no-untyped-call]
                for _ in commands:
                    line.read_response()
                return True
            except (RedisError, OSError):
                line.disconnect()  # type: ignore[no-untyped-call]
        self._closed_until = time.monotonic() + BREAK_SECONDS
        return False

    def _line(self) -> Connection:
        """This thread's connection: a client's pool would cost more than the command itself."""
        lines = self._lines
        if getattr(lines, "process", None) != os.getpid():
            lines.connection = self.client.connection_pool.make_connection()
            lines.process = os.getpid()
        connection: Connection = lines.connection
        return connection

    def close(self) -> None:
        self._lines = threading.local()
        if self._client is not None:
            self._client.close()
            self._client = None


def gathered(bells: Sequence[Bell]) -> list[list[Bell]]:
    """What goes into one message each: of one queue and priority, and few bells each for itself."""
    most = min(MOST, 1 + len(bells) // GROWTH)
    groups: list[list[Bell]] = []
    open_groups: dict[tuple[str, int], list[Bell]] = {}
    for bell in bells:
        group = open_groups.get((bell.queue, bell.priority))
        if group is None or len(group) >= most:
            group = open_groups[bell.queue, bell.priority] = []
            groups.append(group)
        group.append(bell)
    return groups


def channel(execution_id: str) -> str:
    """Where the end of an execution is told."""
    return f"{PREFIX}done:{execution_id}"


def list_name(queue: str, priority: int) -> str:
    """The list of one queue's messages of one priority, as kombu names it (0 is the highest)."""
    return f"{PREFIX}{queue}:{priority}" if priority else PREFIX + queue


def message(bells: Sequence[Bell], published_at: float | None = None) -> str:
    """One doorbell in kombu's wire format. Several ids share one if they share queue and priority."""
    first = bells[0]
    ids = [bell.id for bell in bells]
    body = b64encode(
        dumps([[ids], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]).encode()
    ).decode()
    published = time.time() if published_at is None else published_at
    own = f"{first.id}-{published!r}"  # never one that was used before
    return (
        f'{{"body": "{body}", "content-encoding": "utf-8", "content-type": "application/json", "headers": '
        f'{{"lang": "py", "task": "{TASK}", "id": "{own}", "shadow": null, "eta": null, "expires": null, '
        f'"group": null, "group_index": null, "retries": 0, "timelimit": [null, null], "root_id": "{own}", '
        f'"parent_id": null, "argsrepr": {dumps(repr((ids,)))}, "kwargsrepr": "{{}}", "origin": {_ORIGIN}, '
        f'"ignore_result": true, "replaced_task_nesting": 0, "stamped_headers": null, "stamps": {{}}, '
        f'"published": {published!r}}}, "properties": {{"correlation_id": "{own}", "reply_to": "", '
        f'"delivery_mode": 2, "delivery_info": {{"exchange": "", "routing_key": "{first.queue}"}}, '
        f'"priority": {first.priority}, "body_encoding": "base64", "delivery_tag": "{own}"}}}}'
    )


def published_at(written: Any) -> float:
    """When a message of ours was published, read from its text; 0 where it is not ours."""
    import re

    found = re.search(rb'"published": ([0-9.e+]+)', written)
    return float(found[1]) if found else 0.0
