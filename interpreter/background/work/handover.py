"""The rest of a message is given to other workers when one of its executions takes long.

Many ids share a message because most calls are short. Where one is not, those behind it must not wait for it: a
thread of the worker's child process rings for them again, and tells of those that have ended.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

from interpreter.background.bus.publish import Publisher
from interpreter.background.upkeep.sweep import Sweeper

LONG_SECONDS = 0.05
"""From here on an execution holds up the others of its message."""


class Handover:
    """The executions of the message that this process works off, one message at a time."""

    def __init__(self, publisher: Publisher, sweeper: Sweeper) -> None:
        self._publisher = publisher
        self._sweeper = sweeper
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._thread: threading.Thread | None = None
        self._rest: deque[str] = deque()
        self._ended: list[str] = []
        self._since = 0.0

    def take(self, ids: Sequence[str]) -> Iterator[str]:
        """The ids one after the other, as long as they have not been given away; then tells of the ended ones."""
        if self._process != os.getpid():
            self._begin()
        self._rest = deque(ids)
        if self._thread is None or not self._thread.is_alive():  # an execution's memory_limit may have ended it
            self._thread = threading.Thread(target=self._watch, name="handover", daemon=True)
            self._thread.start()
        self._work.set()
        try:
            while True:
                with self._lock:
                    if not self._rest:
                        break
                    execution_id = self._rest.popleft()
                    self._since = time.monotonic()
                yield execution_id
        finally:
            self._work.clear()
            self.tell()

    def ended(self, execution_id: str) -> None:
        """One of them has ended: to be told soon."""
        with self._lock:
            self._ended.append(execution_id)

    def tell(self) -> None:
        with self._lock:
            ended, self._ended = self._ended, []
        if ended:
            self._publisher.tell(ended)

    def _watch(self) -> None:
        while True:
            self._work.wait()
            time.sleep(LONG_SECONDS / 2)
            with self._lock:
                late = bool(self._since) and time.monotonic() - self._since >= LONG_SECONDS
                given = list(self._rest) if late else []
                if late:
                    self._rest.clear()
            if given:
                self._sweeper.ring_again(given)
            if late:
                self.tell()
