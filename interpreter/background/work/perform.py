"""An id becomes an outcome: claimed, run with its journal, ended, told; in a worker's child process."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from json import loads
from time import monotonic, sleep, time
from typing import Any

from interpreter.background.engine import Engine, payload
from interpreter.background.options.resources import CODES, MEMORY, Resources, exceeded, resources
from interpreter.background.store import callbacks, turns
from interpreter.background.store.records import CANCELLED, COMPLETED, ERROR, RETRYING, WAITING, Job, Outcome
from interpreter.background.upkeep.cancelling import finish_cancelling
from interpreter.background.work import spans, worklog
from interpreter.background.work.delivery import deliver
from interpreter.background.work.endings import end, try_again
from interpreter.background.work.guard import Guard, listen
from interpreter.background.work.handover import Handover
from interpreter.background.work.journal import Interrupted, Journal, JournaledExecutions, Suspended
from interpreter.diagnostic import Fault, Halt, Rejected
from interpreter.values import encode

AWAY_SECONDS = 20.0
"""How long a worker waits for its database before it lets go of a message."""

Execute = Callable[[Job, Journal, JournaledExecutions], Any]
"""Runs a job's function, task or node to its answer, every effect through the journal. Raises Fault, Halt,
Rejected or Suspended."""

log = logging.getLogger("interpreter.worker")

LONGEST_MESSAGE = 10_000
"""Characters of an error's message in a record."""


class Performer:
    """What a worker does with a doorbell. ``worker`` is the name under which it beats."""

    def __init__(self, engine: Engine, worker: str, execute: Execute) -> None:
        self._engine = engine
        self._worker = worker
        self._execute = execute
        self._handover = Handover(engine.publisher, engine.sweeper)
        self._tell_later = False

    def perform(self, ids: Sequence[str]) -> None:
        """Run those of the executions that are still queued, one after the other."""
        listen()
        self._tell_later = len(ids) > 1
        for execution_id in self._handover.take(ids) if self._tell_later else ids:
            job = self._claimed(execution_id)
            if job is not None:
                options = loads(job.options) if job.options else {}
                try:
                    self._run(job, options, self._guard(job, options))
                except Interrupted as interrupted:  # Celery must see an ordinary failure, or it ends the process
                    raise Abandoned(str(interrupted)) from None

    def _claimed(self, execution_id: str) -> Job | None:
        """The execution, taken; while the database is away for a moment, messages are better kept than thrown away."""
        process = str(os.getpid())
        deadline = monotonic() + AWAY_SECONDS
        while True:
            try:
                job = self._engine.records.claim(execution_id, self._worker, process)
                return job or self._engine.queues.claim(execution_id, self._worker, process)
            except Fault as fault:
                if monotonic() > deadline:
                    raise Abandoned(fault.message) from None
            sleep(AWAY_SECONDS / 100)

    def _guard(self, job: Job, options: dict[str, Any]) -> Guard:
        try:
            allowed = resources(options, job.time_limit, self._engine.settings.memory_limit)
        except Fault:  # an older program's opinion of what can be a limit
            allowed = Resources(job.time_limit)
        database = self._engine.records.database
        limited = job.pending is not None and (allowed.seconds or allowed.cpu_seconds)
        return Guard(database, job, allowed, turns.spent(database, job.id, job.attempt) if limited else (0.0, 0.0))

    def _run(self, job: Job, options: dict[str, Any], guard: Guard) -> None:
        began = time()
        try:
            outcome = self._outcome(job, options, guard)
        except Suspended as suspended:
            worklog.tell(job, WAITING, began)
            self._suspend(job, options, guard, suspended)
        except Superseded:
            log.warning("execution %s was taken over by another worker", job.id)
        else:
            self._settle(job, options, outcome, began)
        finally:
            self._engine.flush()
            if job.room is not None:
                self._engine.sweeper.admit(job.queue)

    def _outcome(self, job: Job, options: dict[str, Any], guard: Guard) -> Outcome:
        """How the run ended, as a record will say it; nothing but Suspended, Superseded and Interrupted leaves here."""
        try:
            return Outcome(COMPLETED, guard.hold(lambda: self._answer(job)))
        except Fault as fault:
            if fault.code == CODES[MEMORY]:
                return _out_of_memory(job, options, guard)
            return _failed(fault, self._engine.settings.max_payload_bytes)
        except Rejected as rejected:
            first = rejected.diagnostics[0]
            return Outcome(ERROR, None, first.code, f"{first.span or job.function}: {first.message}")
        except Halt as halt:
            if halt.code == "background/superseded":
                raise Superseded from halt
            if guard.reached:
                return exceeded(guard.reached, guard.allowed, options)
            if halt.code == CODES[MEMORY]:
                return _out_of_memory(job, options, guard)
            return Outcome(CANCELLED if halt.code == "run/cancelled" else ERROR, None, halt.code, halt.message)
        except MemoryError:  # one that left the task would kill the whole worker
            return _out_of_memory(job, options, guard)
        except Exception as error:
            log.exception("execution %s met a defect of the interpreter", job.id)
            return Outcome(ERROR, None, "run/internal", f"{type(error).__name__}: {error}")

    def _answer(self, job: Job) -> str:
        """The output, as JSON text."""
        most = self._engine.settings.max_payload_bytes
        if job.kind == callbacks.KIND:
            return payload(deliver(self._delivery(job), self._engine.settings, job.traceparent), most, "the output")
        journal = Journal(self._engine.records, job, most, self._engine.vault)
        executions = JournaledExecutions(self._engine, journal, job)
        return payload(self._execute(job, journal, executions), most, "the output")

    def _delivery(self, job: Job) -> dict[str, Any]:
        """What is to be delivered; of a URL that holds a secret only the worker knows it."""
        inputs: dict[str, Any] = loads(job.inputs)
        return {**inputs, "url": self._engine.vault.opened(inputs["url"])}

    def _settle(self, job: Job, options: dict[str, Any], outcome: Outcome, began: float) -> None:
        """Put the outcome on record, and tell of it."""
        if job.kind == callbacks.KIND:
            options = {**options, "retry_policy": callbacks.retry_policy(self._engine.settings)}
        if try_again(self._engine, job.id, job.attempt, options, outcome):
            worklog.tell(job, RETRYING, began, outcome)
            return
        if outcome.state == CANCELLED:  # its record says so already
            finish_cancelling(self._engine.records, self._engine.publisher, job.id)
        else:
            woken = end(self._engine, job.id, job.attempt, options, outcome)
            if woken == [] and self._tell_later:
                self._handover.ended(job.id)
            else:
                self._engine.sweeper.tell(job.id, woken)
        worklog.tell(job, outcome.state, began, outcome)  # those who wait come first
        spans.tell(job, began, outcome)

    def _suspend(self, job: Job, options: dict[str, Any], guard: Guard, suspended: Suspended) -> None:
        awaited, any_one, due = suspended.awaited, suspended.any_one, suspended.due
        if self._engine.records.suspend(job, awaited, any_one, due, guard.cpu_seconds) is False:
            self._run(job._replace(pending=0), options, guard)  # what it awaits ended in the meantime


class Abandoned(Exception):
    """The database is away: what was in hand is taken back when it is there again."""


class Superseded(Exception):
    """Another worker runs the execution: whatever came of it here counts for nothing."""


def _out_of_memory(job: Job, options: dict[str, Any], guard: Guard) -> Outcome:
    if guard.allowed.memory is not None:
        return exceeded(MEMORY, guard.allowed, options)
    return Outcome(ERROR, None, CODES[MEMORY], f'"{job.function}" needed more memory than there is')


def _failed(fault: Fault, most: int) -> Outcome:
    """An error's record; details that are no JSON, or larger than ``most`` bytes, are left out."""
    details = {
        "type": fault.type,
        "code": fault.error_code,
        "status": fault.status,
        "details": fault.details,
        "hint": fault.hint,
        "place": str(fault.span) if fault.span else None,
        "stack": [f"{step.stack}: {step.node} ({step.file}:{step.line}:{step.column})" for step in fault.trail],
    }
    if fault.response is not None:
        details["response"] = fault.response
    try:
        written = payload(details, most, "the error")
    except Fault:
        written = encode({**details, "code": None, "details": None, "response": None})
    return Outcome(ERROR, None, fault.code, fault.message[:LONGEST_MESSAGE], written)
