"""A worker's command becomes a worker that is kept: started anew when documents change, and ended with us."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from interpreter.cli.failure import FINE
from interpreter.settings import FILE_NAME
from interpreter.workspace import Workspace

LOOK_SECONDS = 0.25
"""Between two looks at the documents and the worker."""
PATIENCE = 15.0
"""Seconds that a worker has for the work in its hands before it is killed."""

Stamps = dict[Path, "tuple[int, int] | None"]


class Documents:
    """What a workspace is made of: its documents, its settings and its environment file."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stamps = self._now()

    def changed(self) -> list[Path]:
        """The files that came, changed or went since the last call."""
        before, self._stamps = self._stamps, self._now()
        paths = sorted({*before, *self._stamps})
        return [path for path in paths if before.get(path) != self._stamps.get(path)]

    def _now(self) -> Stamps:
        settings = [self._workspace.root / name for name in (FILE_NAME, ".env")]
        return {path: self._workspace.stamp(path) for path in (*self._workspace.documents(), *settings)}


def keep_worker(
    command: list[str],
    documents: Documents | None,
    changed: Callable[[list[Path]], bool],
    look: Callable[[], None],
) -> int:
    """Run a worker until it ends or we are told to: its exit code, or fine.

    ``documents`` absent: it is never started anew. ``changed`` is told what changed, and says whether to start anew:
    the new worker is there before the old one is told to end, and that one finishes what it has in hand.
    """
    workers = [_start(command)]
    try:
        with _told_to_stop():
            while True:
                look()
                time.sleep(LOOK_SECONDS)
                ended = workers[-1].poll()
                if ended is not None:
                    return ended
                paths = documents.changed() if documents else []
                if paths and changed(paths):
                    workers.append(_start(command))
                    workers[-2].send_signal(signal.SIGTERM)
                workers[:-1] = [worker for worker in workers[:-1] if worker.poll() is None]
    except KeyboardInterrupt:
        look()
        return FINE
    finally:
        _end(workers)
        look()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches it through us and once."""
    return subprocess.Popen([sys.executable, "-m", "interpreter", *command], start_new_session=True)


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for worker in workers:
        try:
            worker.wait(max(0.0, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            _kill(worker)


def _kill(worker: subprocess.Popen[bytes]) -> None:
    """It and all its processes: its work goes to another worker."""
    import os

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """SIGTERM and a closed terminal are Ctrl-C too."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
