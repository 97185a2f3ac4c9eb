"""A workspace becomes a Celery worker with its duties: beats, the sweeper's rounds, and the work itself."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import billiard.pool
from celery import bootsteps, signals
from celery.worker import state as worker_state
from celery.worker.consumer import Consumer

from interpreter import __version__
from interpreter.background.bus.celery_app import make_app
from interpreter.background.bus.publish import TASK
from interpreter.background.engine import Engine
from interpreter.background.options.limits import DEFAULT_QUEUE
from interpreter.background.store import callbacks
from interpreter.background.upkeep.automatic import LOCK_VARIABLE
from interpreter.background.upkeep.scheduling import ReadSchedules, Scheduler
from interpreter.background.work import spans, worklog
from interpreter.background.work.perform import Execute, Performer
from interpreter.background.work.warden import Warden
from interpreter.settings import Settings

RESULT_LOOKS = 2
"""Tenths of a second for which a process that is told to end waits until its parent has read its last results: by
default 300, although the parent does not read any more. Records are the truth, so nothing hangs on it."""
RECONNECT_SECONDS = 0.5
"""Between two tries to reach a bus that is away."""

log = logging.getLogger("interpreter.worker")


def worker_main(
    settings: Settings,
    root: Path,
    execute: Execute,
    *,
    concurrency: int | None = None,
    queues: Sequence[str] | None = None,
    idle_exit: float | None = None,
    schedules: ReadSchedules = tuple,
) -> int:
    """Run a worker until it is told to stop, or has been idle for ``idle_exit`` seconds; its exit code.

    ``schedules`` says what runs by itself; the worker looks after it as long as it lives.
    ``queues`` absent: every queue, those included that come into use while it runs. SIGTERM or Ctrl-C stops it after
    the work in hand. Faults where bus or database cannot be had at the start.
    """
    # where Celery says that it stops; stdout is for results, and what machines read has no other lines
    sys.__stdout__ = sys.__stderr__ if settings.log == "text" else None  # type: ignore[misc]
    engine = Engine(settings, root, automatic=False)
    name = f"{os.getpid()}-{time.time_ns() & 0xFFFFFF:x}@{socket.gethostname()}"
    worklog.configure(settings.log, name)
    signals.setup_logging.connect(_leave_logging_alone)
    app = make_app(engine.bus, (callbacks.QUEUE, *(queues or (DEFAULT_QUEUE,))))
    performer = Performer(engine, name, execute)

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def perform(ids: list[str]) -> None:
        performer.perform(ids)

    billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = RESULT_LOOKS
    slots = concurrency or settings.concurrency or os.cpu_count() or 1
    scheduler = Scheduler(engine.records, engine.publisher, settings, schedules)
    duties = Duties(engine, scheduler, name, slots, queues, idle_exit)
    duties.listen()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it runs as root is the owner's choice, in a container above all
        app.steps["worker"].add(_step(duties))
        worker = app.Worker(
            hostname=name,
            consumer_cls=_consumer(duties),
            pool_cls="prefork",
            concurrency=slots,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel="WARNING",
            quiet=True,
        )
    try:
        worker.start()
    finally:
        duties.sign_off()
        engine.close()
    told_to_stop = worker_state.should_stop is not None and not worker_state.should_terminate
    return 0 if told_to_stop else int(worker.exitcode or 0)


def _report_what_is_left(**_: Any) -> None:
    spans.close()


def _leave_logging_alone(**_: Any) -> None:
    """Celery sets up no logging where somebody listens to this signal."""


class Duties:
    """What a worker's parent process does on its timer: beat, sweep, look after its processes, leave when idle.

    On the worker's own timer, never on a thread: a thread that lives while the pool forks can leave a child
    hanging on a lock for ever.
    """

    def __init__(
        self,
        engine: Engine,
        scheduler: Scheduler,
        name: str,
        slots: int,
        queues: Sequence[str] | None,
        idle_exit: float | None,
    ) -> None:
        self._engine = engine
        self._scheduler = scheduler
        self._name = name
        self._slots = slots
        self._queues = "*" if queues is None else ",".join(queues)
        self._served = {DEFAULT_QUEUE, callbacks.QUEUE}
        self._idle_exit = idle_exit
        self._busy_at = time.monotonic()
        self._started_at = time.time()
        self._warden = Warden(engine, name)
        self._home = _identity(engine.settings.state_dir)

    def start(self, worker: Any) -> None:
        """Begin with a sign of life; then everything by Celery's worker's timer."""
        self.beat()
        serving = "every queue" if self._queues == "*" else self._queues
        processes = f"{self._slots} process{'' if self._slots == 1 else 'es'}"
        log.info("worker %s serves %s with %s", self._name, serving, processes)
        settings = self._engine.settings
        call_repeatedly = worker.timer.call_repeatedly
        # a child that dies at once is else seen after 5 seconds
        call_repeatedly(settings.heartbeat, worker.pool.maintain_pool)
        call_repeatedly(settings.heartbeat, self.leave_if_homeless)
        call_repeatedly(settings.heartbeat, self._carefully, (self.beat,))
        call_repeatedly(settings.heartbeat, self._carefully, (self._warden.take_back_abandoned,))
        call_repeatedly(settings.sweep_interval, self._carefully, (self._engine.sweeper.round,))
        call_repeatedly(settings.sweep_interval, self._carefully, (self._scheduler.round,))
        call_repeatedly(settings.sweep_interval, self._carefully, (self._warden.look,))
        if self._queues == "*":
            call_repeatedly(settings.heartbeat, self._carefully, (lambda: self.serve_new_queues(worker.consumer),))
        if self._idle_exit is not None:
            call_repeatedly(min(1.0, self._idle_exit / 4), self._carefully, (self.leave_if_idle,))

    def listen(self) -> None:
        """Hear of processes that died."""
        signals.worker_process_shutdown.connect(_report_what_is_left)
        signals.task_failure.connect(self._on_failure, weak=False)

    def beat(self) -> None:
        """One sign of life, and a look at the bus's keeper."""
        self._engine.bus.tend()
        now = time.time()
        self._engine.records.database.run(
            "INSERT INTO _workers VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET beat_at=excluded.beat_at",
            (
                *(self._name, socket.gethostname(), os.getpid(), self._slots, self._queues),
                *(self._started_at, now, __version__),
            ),
        )

    def serve_new_queues(self, consumer: Any) -> None:
        """Consume from queues that came into use."""
        waiting = self._engine.records.database.run("SELECT DISTINCT queue FROM _executions WHERE state='queued'")
        for (queue,) in waiting:
            if queue not in self._served:
                consumer.add_task_queue(queue)
                self._served.add(queue)

    def sign_off(self) -> None:
        self._carefully(
            lambda: self._engine.records.database.run("DELETE FROM _workers WHERE id=?", (self._name,)),
        )

    def leave_if_idle(self) -> None:
        """Stop the worker after a time without work; whoever dispatches meanwhile either is seen or starts another."""
        assert self._idle_exit is not None
        if worker_state.reserved_requests or self._engine.records.count():
            self._busy_at = time.monotonic()
        elif time.monotonic() - self._busy_at >= self._idle_exit:
            self.sign_off()
            self._lock(fcntl.LOCK_UN)
            if not self._engine.records.count() or not self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
                worker_state.should_stop = 0
            else:
                self.beat()

    def while_the_bus_is_away(self) -> None:
        """Celery's timer stands still until the bus is back; a worker without a sign of life would lose its work."""
        self.leave_if_homeless()
        worker_state.maybe_shutdown()
        self._carefully(self.beat)
        self._carefully(self._engine.sweeper.round)

    def leave_if_homeless(self) -> None:
        """Stop at once where the state folder that holds bus or database was deleted: nobody can call any more."""
        engine = self._engine
        if engine.bus.state is None and not engine.records.database.is_sqlite:
            return
        if _identity(engine.settings.state_dir) != self._home:
            worker_state.should_terminate = 0

    def _lock(self, operation: int) -> bool:
        """Release or retake the lock under which an automatic worker was started."""
        inherited = os.environ.get(LOCK_VARIABLE)
        try:
            if inherited is not None:
                fcntl.flock(int(inherited), operation)
        except OSError:
            return False
        return True

    def _on_failure(self, exception: BaseException, args: Sequence[Any], **_: Any) -> None:
        """A process died with this message's work in its hands."""
        self._carefully(lambda: self._warden.bury(list(args[0]), str(exception)))

    def _carefully(self, duty: Callable[[], Any]) -> None:
        """A duty that fails now is done again by the timer; the worker goes on."""
        try:
            duty()
        except Exception:
            log.exception("a duty of the worker failed and will be tried again")


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder this is, whatever others stood or will stand under its name; None where there is none."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _consumer(duties: Duties) -> type[Consumer]:
    """Celery's consumer, but while the bus is away it looks for it more often, and does the duties meanwhile."""

    class PatientConsumer(Consumer):  # type: ignore[misc]
        def ensure_connected(self, conn: Any) -> Any:
            def tell(error: Exception, _interval: float) -> None:
                log.warning("the bus cannot be reached, trying again: %s", error)

            connected = conn.ensure_connection(
                tell,
                callback=duties.while_the_bus_is_away,
                interval_start=RECONNECT_SECONDS,
                interval_step=0,
                interval_max=RECONNECT_SECONDS,
            )
            self.first_connection_attempt = False
            return connected

    return PatientConsumer


def _step(duties: Duties) -> type[bootsteps.StartStopStep]:
    """The duties as a bootstep of Celery's worker."""

    class DutiesStep(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = {"celery.worker.components:Pool"}

        def start(self, worker: Any) -> None:
            duties.start(worker)

    return DutiesStep
