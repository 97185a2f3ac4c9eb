"""A seed becomes a minute of bad luck: children, workers and the bus are killed, stopped, restarted, emptied."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

import psutil
from engines.conftest import Place, until


class Chaos:
    """One unlucky place. ``longest``: seconds that something may be stopped for."""

    def __init__(self, place: Place, seed: int, longest: float) -> None:
        self.place = place
        self.random = random.Random(seed)
        self.longest = longest
        self.done: list[str] = []
        self._stopped: list[tuple[float, int]] = []
        self._workers: list[subprocess.Popen[bytes]] = [place.start_worker(2), place.start_worker(2)]

    def strike(self) -> None:
        """Do one bad thing, and mend what has been broken long enough."""
        faults: list[Callable[[], None]] = [
            *(self.kill_a_child, self.kill_a_child, self.kill_a_worker, self.stop_a_worker, self.restart_a_worker),
            *(self.kill_the_bus, self.stop_the_bus, self.flush_the_bus),
        ]
        fault = self.random.choice(faults)
        fault()
        self.done.append(fault.__name__)
        self.mend()

    def mend(self, everything: bool = False) -> None:
        """Let go on what was stopped for long enough; replace workers that have died."""
        now = time.monotonic()
        for until_when, process in [each for each in self._stopped if everything or each[0] <= now]:
            self._stopped.remove((until_when, process))
            _signal(process, signal.SIGCONT)
        for worker in [each for each in self._workers if each.poll() is not None]:
            self._workers.remove(worker)
            self._workers.append(self.place.start_worker(2, ready=False))

    def kill_a_child(self) -> None:
        children = [child for worker in self._workers for child in _children(worker.pid)]
        if children:
            _signal(self.random.choice(children), signal.SIGKILL)

    def kill_a_worker(self) -> None:
        worker = self.random.choice(self._workers)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def stop_a_worker(self) -> None:
        """Its whole group stands still, so that others take its work over, and then goes on as if nothing had been."""
        worker = self.random.choice(self._workers)
        group = [worker.pid, *_children(worker.pid)]
        for process in group:
            _signal(process, signal.SIGSTOP)
        if self._sqlite_is_locked():  # by one of these: what comes of that is shown in test_outages.py
            for process in group:
                _signal(process, signal.SIGCONT)
            return
        for process in group:
            self._stop(process)

    def _sqlite_is_locked(self) -> bool:
        path = self.place.engine.records.database.path
        if path is None:
            return False
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def restart_a_worker(self) -> None:
        _signal(self.random.choice(self._workers).pid, signal.SIGTERM)

    def kill_the_bus(self) -> None:
        self.place.server.kill()

    def stop_the_bus(self) -> None:
        process = self.place.server.process()
        if process is not None:
            self._stop(process)

    def flush_the_bus(self) -> None:
        """Unless it stands still: then it answers nobody."""
        if self.place.server.process() not in [process for _, process in self._stopped]:
            self.place.server.flush()

    def _stop(self, process: int) -> None:
        _signal(process, signal.SIGSTOP)
        self._stopped.append((time.monotonic() + self.random.uniform(self.longest / 4, self.longest), process))


def _signal(process: int, which: int) -> None:
    try:
        os.kill(process, which)
    except ProcessLookupError:
        return


def _children(process: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(process).children()]
    except psutil.NoSuchProcess:
        return []


def settled(place: Place, ids: list[str], patience: float, meanwhile: Callable[[], None] = lambda: None) -> float:
    """Seconds until the last of these has ended. ``meanwhile``: what is done as long as it has not."""
    began = time.monotonic()

    def all_ended() -> bool:
        meanwhile()
        return len(place.engine.records.ended(ids)) == len(ids)

    until(all_ended, patience, every=0.1)
    return time.monotonic() - began
