"""A deadline becomes the end of a connection, whatever it waits for: one thread watches all exchanges of a process.

A socket's own timeout begins anew with every byte; who sends a byte a second would never be late.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Late(Exception):
    """The deadline has passed. No OSError: whoever is told of it half-way must not take it for one of his own."""


class Watched:
    """``with Watched(line, until)``: cut off at ``until`` (``time.monotonic()``); ``late`` says that it was."""

    __slots__ = ("_line", "late", "until")

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line = line
        self.until = until
        self.late = False

    def __enter__(self) -> Watched:
        _watch.begin(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _watch.end(self)

    def in_time(self) -> None:
        """Raise Late where the line was cut: what came to an end by that is not whole."""
        if self.late:
            raise Late

    def cut(self) -> None:
        """Whoever reads from the line, or writes to it, is told that it has ended."""
        self.late = True
        with suppress(OSError):  # where it is not connected any more
            socket.socket.shutdown(self._line, socket.SHUT_RDWR)  # an SSLSocket's own forgets its TLS


class _Watch:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: set[Watched] = set()
        self._looks_at = 0.0
        self._thread: threading.Thread | None = None

    def begin(self, watched: Watched) -> None:
        with self._changed:
            self._watched.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="http-deadlines", daemon=True)
                self._thread.start()
            elif watched.until < self._looks_at:
                self._looks_at = watched.until
                self._changed.notify()

    def end(self, watched: Watched) -> None:
        with self._changed:
            self._watched.discard(watched)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for each in [each for each in self._watched if each.until <= now]:
                    self._watched.discard(each)
                    each.cut()
                self._looks_at = min((each.until for each in self._watched), default=float("inf"))
                self._changed.wait(None if self._looks_at == float("inf") else max(0.0, self._looks_at - now))


_watch = _Watch()


def _begin_anew() -> None:
    """A fork takes no thread along."""
    global _watch
    _watch = _Watch()


os.register_at_fork(after_in_child=_begin_anew)
