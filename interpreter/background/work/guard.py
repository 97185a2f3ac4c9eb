"""A claimed execution is held to its limits, from inside its process: told to stop by a Halt that no stack catches.

A signal's handler raises it wherever the run is, and again until it is heard. What no handler interrupts (one long
call into C code) the worker's parent ends a little later: ``warden.py``, and the kernel for processor time.
"""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from interpreter.background.options.resources import CODES, CPU, GRACE, MEMORY, TIME, Resources
from interpreter.background.store.records import CANCELLED, RUNNING, Job
from interpreter.database import Database
from interpreter.diagnostic import Fault, Halt

LOOK = signal.SIGUSR2
"""What the parent sends to have a run look whether it was cancelled."""
AGAIN_SECONDS = 0.05
"""Between two tries to halt a run: one may have been lost, as in a destructor."""
_LIMITS_DATA = sys.platform == "linux"
"""Elsewhere the kernel does not hold a process to an amount of memory, and the run itself looks now and then."""
_NOT_WITHIN = (
    Database.run.__code__.co_filename,
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
)
"""Code that would be left half done: a statement on its connection, a module on its way in."""
_RESERVE = 512 * 1024
"""Bytes kept back so that a run that is out of memory can be ended in good order."""

_guards: list[Guard] = []
"""The one whose run this process is at."""


def listen() -> None:
    """Have this process hear signals as the present guard's business; without one they mean nothing."""
    if signal.getsignal(LOOK) is not _hear:
        for number in (LOOK, signal.SIGALRM, signal.SIGPROF):
            signal.signal(number, _hear)


def _hear(number: int, frame: FrameType | None) -> None:
    if _guards:
        _guards[-1].interrupt(number, frame)


class Guard:
    """One attempt and what it may still use. ``spent``: seconds and processor seconds that it has used already."""

    def __init__(self, database: Database, job: Job, allowed: Resources, spent: tuple[float, float]) -> None:
        self._database = database
        self._job = job
        self.allowed = allowed
        self._spent, self._cpu_spent = spent
        self._reserve: bytearray | None = None
        self.cpu_seconds = 0.0
        """Processor time used in this process."""
        self.reached: str | None = None
        """The limit for which the run was halted."""

    def hold(self, run: Callable[[], str]) -> str:
        """What a run gives."""
        began, cpu_began = time.monotonic(), time.process_time()
        _guards.append(self)
        self._arm()
        try:
            return self._within(run)
        finally:
            self._reserve = None
            self._disarm()
            _guards.pop()
            self._spent += time.monotonic() - began
            self.cpu_seconds += time.process_time() - cpu_began

    def _within(self, run: Callable[[], str]) -> str:
        """Its frame stands for the run: only what was called from here is ever halted."""
        return run()

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """A signal's handler: halt the run where there is reason to, and where it may be halted."""
        if not self._may_halt(frame):
            return
        if number == LOOK:
            self._look()
        elif number == signal.SIGPROF:
            self._halt(CPU)
        elif self.allowed.seconds is not None and time.monotonic() >= self._deadline:
            self._halt(TIME)
        elif self._polls and _resident() - self._had > (self.allowed.memory or 0):
            self._halt(MEMORY)

    def _may_halt(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code.co_filename in _NOT_WITHIN:
                return False
            if frame.f_code is Guard._within.__code__:
                return True
            frame = frame.f_back
        return False

    def _halt(self, limit: str) -> None:
        self.reached = limit
        raise Halt(CODES[limit], f"the execution has reached its {limit}")

    def _look(self) -> None:
        """Halt where the record says that this attempt is over."""
        if self._database.is_in_transaction:
            return
        try:
            rows = self._database.run("SELECT state, attempt FROM _executions WHERE id=?", (self._job.id,))
        except Fault:
            return
        state, attempt = rows[0] if rows else (CANCELLED, 0)
        if state == CANCELLED:
            raise Halt("run/cancelled", "the execution was cancelled")
        if (state, attempt) != (RUNNING, self._job.attempt):
            raise Halt("background/superseded", "another worker runs this execution now; this one lets go of it")

    # --- alarms and bounds --------------------------------------------------------------------------

    def _arm(self) -> None:
        seconds, cpu_seconds, memory = self.allowed
        self._polls = memory is not None and not _LIMITS_DATA
        self._reserve = None if memory is None else bytearray(_RESERVE)
        if seconds is not None:
            self._deadline = time.monotonic() + seconds - self._spent
            signal.setitimer(signal.ITIMER_REAL, max(1e-6, seconds - self._spent), AGAIN_SECONDS)
        if cpu_seconds is not None:
            left = max(1e-6, cpu_seconds - self._cpu_spent - self.cpu_seconds)
            signal.setitimer(signal.ITIMER_PROF, left, AGAIN_SECONDS)
            # heard by nobody, this one ends the process, whatever it is at
            signal.setitimer(signal.ITIMER_VIRTUAL, left + GRACE)
        if self._polls:
            self._had = _resident()
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        elif memory is not None:
            self._memory_before = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, _tightened(self._memory_before, _data() + memory))

    def _disarm(self) -> None:
        seconds, cpu_seconds, memory = self.allowed
        if memory is not None and not self._polls:
            resource.setrlimit(resource.RLIMIT_DATA, self._memory_before)
        if seconds is not None or self._polls:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if cpu_seconds is not None:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _tightened(bounds: tuple[int, int], most: int) -> tuple[int, int]:
    """The soft and hard bound of a resource, with no more than ``most`` as the soft one."""
    return min([most, *(bound for bound in bounds if bound != resource.RLIM_INFINITY)]), bounds[1]


def _data() -> int:
    """Bytes of this process that its RLIMIT_DATA is held against."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
