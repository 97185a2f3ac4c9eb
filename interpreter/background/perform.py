"""An id becomes an outcome: claimed, run with its journal, ended, told; in a worker's child process."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from json import loads
from time import time
from types import FrameType
from typing import Any

from interpreter.background import callbacks, worklog
from interpreter.background.delivery import deliver
from interpreter.background.engine import Engine, payload
from interpreter.background.handover import Handover
from interpreter.background.journal import Journal, JournaledExecutions, Suspended
from interpreter.background.limits import retry_after
from interpreter.background.records import CANCELLED, COMPLETED, ERROR, RETRYING, TIMEOUT, WAITING, Job, Outcome
from interpreter.diagnostic import Fault, Halt, Rejected
from interpreter.values import encode

Execute = Callable[[Job, Journal, JournaledExecutions], Any]
"""Runs a job's function, task or node to its answer, every effect through the journal. Raises Fault, Halt,
Rejected or Suspended."""

log = logging.getLogger("interpreter.worker")

_STATES_OF_HALTS = {"run/timeout": TIMEOUT, "run/cancelled": CANCELLED}


class Performer:
    """What a worker does with a doorbell. ``worker`` is the name under which it beats."""

    def __init__(self, engine: Engine, worker: str, execute: Execute) -> None:
        self._engine = engine
        self._worker = worker
        self._execute = execute
        self._handover = Handover(engine.publisher, engine.sweeper)
        self._tell_later = False

    def perform(self, ids: Sequence[str], message: str) -> None:
        """Run those of the executions that are still queued, one after the other."""
        self._tell_later = len(ids) > 1
        for execution_id in self._handover.take(ids) if self._tell_later else ids:
            job = self._engine.records.claim(execution_id, self._worker, message)
            job = job or self._engine.queues.claim(execution_id, self._worker, message)
            if job is not None:
                self._run(job)

    def _run(self, job: Job) -> None:
        began = time()
        try:
            outcome = self._outcome(job)
        except Suspended as suspended:
            worklog.tell(job, WAITING, began)
            self._suspend(job, suspended)
        except Superseded:
            log.warning("execution %s was taken over by another worker", job.id)
        else:
            if outcome.state == ERROR and self._retry(job, outcome):
                worklog.tell(job, RETRYING, began, outcome)
            else:
                worklog.tell(job, outcome.state, began, outcome)
                self._end(job, outcome)
        finally:
            self._engine.flush()
            if job.room is not None:
                self._engine.sweeper.admit(job.queue)

    def _outcome(self, job: Job) -> Outcome:
        """How the run ended, as a record will say it; nothing but Suspended and Superseded leaves here."""
        try:
            with time_limit(job):
                output = self._answer(job)
            return Outcome(COMPLETED, payload(output, self._engine.settings.max_payload_bytes, "the output"))
        except Fault as fault:
            return _failed(fault)
        except Rejected as rejected:
            first = rejected.diagnostics[0]
            return Outcome(ERROR, None, first.code, f"{first.span or job.function}: {first.message}")
        except Halt as halt:
            if halt.code == "background/superseded":
                raise Superseded from halt
            return Outcome(_STATES_OF_HALTS.get(halt.code, ERROR), None, halt.code, halt.message)
        except MemoryError:  # one that left the task would kill the whole worker
            return Outcome(ERROR, None, "run/out-of-memory", f'"{job.function}" needed more memory than there is')
        except Exception as error:
            log.exception("execution %s met a defect of the interpreter", job.id)
            return Outcome(ERROR, None, "run/internal", f"{type(error).__name__}: {error}")

    def _answer(self, job: Job) -> Any:
        if job.kind == callbacks.KIND:
            return deliver(loads(job.inputs), self._engine.settings, job.traceparent)
        journal = Journal(self._engine.records, job)
        return self._execute(job, journal, JournaledExecutions(self._engine, journal, job))

    def _end(self, job: Job, outcome: Outcome) -> None:
        woken = self._engine.records.end(job.id, job.attempt, outcome)
        if woken == [] and self._tell_later:
            self._handover.ended(job.id)
        elif woken is not None and not self._engine.publisher.report(job.id, woken):
            self._engine.records.mark_unpublished(bell.id for bell in woken)

    def _retry(self, job: Job, outcome: Outcome) -> bool:
        options = loads(job.options) if job.options else {}
        if job.kind == callbacks.KIND:
            options["retry_policy"] = callbacks.retry_policy(self._engine.settings)
        error = loads(outcome.error_details) if outcome.error_details else {}
        try:
            wait = retry_after(options.get("retry_policy"), job.tries, error)
        except Fault:
            return False
        return wait is not None and self._engine.records.retry(job, outcome, time() + wait)

    def _suspend(self, job: Job, suspended: Suspended) -> None:
        waits = self._engine.records.suspend(job, suspended.awaited, suspended.any_one, suspended.due)
        if waits is False:  # what it awaits ended in the meantime: go on at once
            self._run(job._replace(pending=0))


class Superseded(Exception):
    """Another worker runs the execution: whatever came of it here counts for nothing."""


def _failed(fault: Fault) -> Outcome:
    details = {
        "type": fault.type,
        "code": fault.error_code,
        "status": fault.status,
        "details": fault.details,
        "hint": fault.hint,
        "place": str(fault.span) if fault.span else None,
        "stack": [f"{step.stack}: {step.node} ({step.file}:{step.line}:{step.column})" for step in fault.trail],
    }
    try:
        written = encode(details)
    except (Fault, TypeError):
        written = encode({**details, "details": None})
    return Outcome(ERROR, None, fault.code, fault.message, written)


@contextmanager
def time_limit(job: Job) -> Iterator[None]:
    """Halt the run when its time is up; where even that is not heard, the parent ends the process a little later."""
    if job.time_limit is None:
        yield
        return

    def halt(_signal: int, _frame: FrameType | None) -> None:
        raise Halt("run/timeout", f"the execution took longer than its limit of {job.time_limit:g} seconds")

    before = signal.signal(signal.SIGALRM, halt)
    signal.setitimer(signal.ITIMER_REAL, job.time_limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
