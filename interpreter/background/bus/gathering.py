"""Dispatches in quick succession become few messages: the first ones ring at once, a long burst many to a message.

No lone dispatch waits for another; what a burst left over is rung for by a thread a moment later, and before its
caller waits for anything.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Sequence

from interpreter.background.bus.publish import GROWTH, MOST, Publisher
from interpreter.background.store.records import Bell

FADE_SECONDS = 0.1
"""After so long without a dispatch a burst counts for half."""
LEFT_SECONDS = 0.003
"""How long a burst's last ids may wait for company."""


class Gathering:
    """The doorbells of one process. ``refused`` is given the ids that the bus did not take."""

    def __init__(self, publisher: Publisher, refused: Callable[[Sequence[str]], None]) -> None:
        self._publisher = publisher
        self._refused = refused
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._pending: list[Bell] = []
        self._burst = 0
        self._last = 0.0

    def ring(self, bell: Bell) -> None:
        """Ring for an execution, now or in a moment."""
        if self._process != os.getpid():
            self._begin()
        now = time.monotonic()
        self._burst = 1 + self._burst * 0.5 ** ((now - self._last) / FADE_SECONDS)
        self._last = now
        with self._lock:
            self._pending.append(bell)
            enough = len(self._pending) >= min(MOST, 1 + int(self._burst / GROWTH))
        if enough:
            self._ring_pending()
        else:
            self._look_after()

    def flush(self) -> None:
        """Ring for everything that is left, before its caller waits: the burst is over. Waits only for the bus."""
        self._burst = 0
        self._ring_pending()

    def _ring_pending(self) -> None:
        if self._process == os.getpid():
            with self._lock:
                bells, self._pending = self._pending, []
            self._send(bells)

    def close(self) -> None:
        """Ring for everything that is left, and end."""
        self.flush()
        atexit.unregister(self.flush)
        self._closed = True
        self._left.set()

    def _send(self, bells: list[Bell]) -> None:
        groups: dict[tuple[str, int], list[Bell]] = {}
        for bell in bells:
            groups.setdefault((bell.queue, bell.priority), []).append(bell)
        for group in groups.values():
            if not self._publisher.ring_together(group):
                self._refused([bell.id for bell in group])

    def _look_after(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._flush_what_is_left, name="doorbells", daemon=True)
            self._thread.start()
            atexit.register(self.flush)
        self._left.set()

    def _flush_what_is_left(self) -> None:
        while not self._closed:
            self._left.wait()
            self._left.clear()
            time.sleep(LEFT_SECONDS)
            self._ring_pending()
