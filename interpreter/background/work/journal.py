"""A run's actions become steps on record: what was done once is answered from the journal when the run is repeated.

A background run that was killed, or suspended at an await, is simply called again from the start. Pure code
computes the same once more; every action passes through ``step``, which performs it only if it is not on record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from interpreter.background.engine import Engine, check_size
from interpreter.background.store.records import Job, Records
from interpreter.conditions import Conditions
from interpreter.diagnostic import Fault, Halt
from interpreter.run import Foreground, Secret
from interpreter.security.vault import Vault
from interpreter.values import pack, unpack

SHORT_PAUSE = 0.2
"""Seconds; a shorter wait costs less than a suspension."""
Row = tuple[str, int, str, str, str | None, str | None, float]
"""A step on record: execution, sequence, place, name, output, fault, when."""

_WRITE = (
    "INSERT INTO _steps SELECT {types} WHERE EXISTS (SELECT 1 FROM _executions WHERE id=? AND attempt=?"
    " AND state='running'{hold}) ON CONFLICT (execution_id, sequence)"
    " DO UPDATE SET output=excluded.output, fault=excluded.fault WHERE _steps.output IS NULL AND _steps.fault IS NULL"
)
_INSERT = _WRITE.format(types="?,?,?,?,?,?,?", hold="")
_INSERT_AND_HOLD = _WRITE.format(
    types="?::text,?::integer,?::text,?::text,?::text,?::text,?::double precision", hold=" FOR SHARE"
)
"""With FOR SHARE no other worker can take the execution over while its step is being written."""

_OF_RECORDS = ("async_function_await", "cancel_execution")
"""Steps whose results are records of executions, each of which is within the limit itself."""

KEPT_SECONDS = 600.0
"""How long this process believes that a document is still on record; ``pruning`` lets none go that is younger."""
_kept: dict[str, float] = {}
"""Hashes of documents that this process has put on record, and when."""


class Suspended(BaseException):
    """A run waits for other executions, or for a time, and gives its worker back. No stack can catch it."""

    def __init__(self, awaited: Sequence[str], any_one: bool, due: float | None) -> None:
        super().__init__("suspended")
        self.awaited = awaited
        self.any_one = any_one
        self.due = due


class Interrupted(BaseException):
    """The journal cannot be reached, so the attempt ends here; it counts for nothing. No stack can catch it."""


@contextmanager
def reaching_the_journal() -> Iterator[None]:
    """Around all that a run asks of the executions' database: a stack must not take its absence for an answer."""
    try:
        yield
    except Fault as fault:
        if fault.code == "background/database-unavailable":
            raise Interrupted(fault.message) from fault
        raise


class Document(NamedTuple):
    """A document as a run met it: its hash, its file and its text."""

    hash: str
    path: str
    text: str


class Journal:
    """The steps of one execution, in order, and the place in that order where the run is now."""

    def __init__(self, records: Records, job: Job, max_payload_bytes: int, vault: Vault) -> None:
        self.database = records.database
        self._most = max_payload_bytes
        self._vault = vault
        self.says_secrets: Callable[[str], bool] = lambda written: False
        """Whether a text says a secret of the run: then it is sealed."""
        self._job = job
        self._sequence = -1
        self._name = ""
        self._place = ""
        self._suspended: Suspended | None = None
        self._observed: list[Row] = []
        self._met: list[Document] = []
        self._unsure: list[Row] = []
        self._recorded = {row[0]: row[1:] for row in self._read()} if job.has_history else {}

    @property
    def replays(self) -> bool:
        """Whether the next step is on record: what the run says now, it has said before."""
        return self._sequence + 1 in self._recorded

    def progress(self, told: str) -> None:
        """How far the run is, as JSON text; in the record while this attempt runs."""
        self.database.run(
            "UPDATE _executions SET progress=? WHERE id=? AND attempt=? AND state='running'",
            (told, self._job.id, self._job.attempt),
        )

    @property
    def sequence(self) -> int:
        """The number of the step that is being performed."""
        return self._sequence

    @property
    def step_id(self) -> str:
        """What names that step, the same in every attempt."""
        return f"{self._job.id}-{self._sequence}"

    def step(
        self, place: str, name: str, perform: Callable[[], Any], *, stored: bool = False, secret: Secret = False
    ) -> Any:
        """The result of an action: from the record if it was performed before, else performed and recorded now.

        ``stored``: the effect is rows in this journal's own database, so effect and record are one transaction.
        ``secret``: the result is one, or says that something in it is; on record it is only sealed.
        """
        known = self._next(place, name)
        if known is not None and (known[2] is not None or known[3] is not None):
            return self._answer(known)
        with reaching_the_journal():
            self._write_observed()
            try:
                output = self._performed(perform, stored, secret)
            except Fault as fault:
                self._record(None, self._kept(_encode_fault(fault)))
                raise
            except Suspended as suspended:
                self._suspended = suspended
                raise
            return output

    def _performed(self, perform: Callable[[], Any], stored: bool, secret: Secret) -> Any:
        """The output of an action, on record; what was undone since another one was in its way is done again."""
        for last in (False, False, False, True):
            try:
                with self.database.transaction() if stored else nullcontext():
                    output = perform()
                    sealed = secret if isinstance(secret, bool) else bool(secret(output))
                    self._record(self._kept(self._written(output), sealed), None)
                return output
            except Fault as fault:
                if last or fault.code != "run/deadlock" or self.database.is_in_transaction:
                    raise
        raise AssertionError("the last try either returns or raises")

    def _kept(self, written: str, secret: bool = False) -> str:
        """A text as it is put on record."""
        return self._vault.sealed(written) if secret or self.says_secrets(written) else written

    def _answer(self, recorded: tuple[Any, ...]) -> Any:
        """What a step gave, or its fault."""
        output, fault = recorded[2:4]
        if fault is not None:
            raise _decode_fault(self._vault.opened(fault))
        return unpack(self._vault.opened(output))

    def _written(self, output: Any) -> str:
        """The result of the present step as text; Fault background/not-json or too-large."""
        written = _encode(output)
        if self._name not in _OF_RECORDS:
            check_size(written, self._most, f'the result of "{self._name}"')
        return written

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Around what is written only if it ends well. Where it does not, the journal still says what the run saw: its
        steps are written again, so that a repeated run meets the same fault."""
        outermost, before = not self.database.is_in_transaction, len(self._unsure)
        try:
            with reaching_the_journal(), self.database.block():
                yield
        except Exception:
            undone = self._unsure[before:]
            del self._unsure[before:]
            with reaching_the_journal(), self.database.transaction():
                for row in undone:
                    self._insert(row)
            raise
        finally:
            if outermost:
                self._unsure.clear()

    def observe(self, place: str, name: str, look: Callable[[], Any]) -> Any:
        """A value that cannot be foreseen and changes nothing (a time, a random number): the same in every replay.

        It is written down with the next action: before that nothing can have come of it.
        """
        known = self._next(place, name)
        if known is not None:
            return self._answer(known)
        seen = look()
        self._observed.append((self._job.id, self._sequence, place, name, _encode(seen), None, time.time()))
        return seen

    def document(self, name: str, find: Callable[[], Document]) -> Document:
        """The document that ``name`` meant when this run met it first, whatever became of its file since."""
        met: list[Document] = []

        def look() -> str:
            met.append(find())
            return met[0].hash

        pinned = self.observe("", f"document of {name}", look)
        if met:
            if time.time() - _kept.get(pinned, 0.0) > KEPT_SECONDS:
                self._met += met
            return met[0]
        with reaching_the_journal():
            rows = self.database.run("SELECT path, text FROM _documents WHERE hash=?", (pinned,))
        if not rows:
            raise Halt(
                "background/journal-mismatch", f'the document of {name} that "{self._job.function}" began with is gone'
            )
        return Document(pinned, *rows[0])

    def begun(self) -> float:
        """When the present step was first begun: kept over suspensions, so that a deadline stands still."""
        recorded = self._recorded.get(self._sequence)
        if recorded is not None:
            return float(recorded[4])
        now = time.time()
        self._record(None, None, now)
        return now

    def _next(self, place: str, name: str) -> tuple[Any, ...] | None:
        """Go on to the next step; what is recorded of it."""
        if self._suspended:
            raise self._suspended
        self._sequence += 1
        self._place, self._name = place, name
        recorded = self._recorded.get(self._sequence)
        if recorded is not None and recorded[:2] != (place, name):
            raise Halt(
                "background/journal-mismatch",
                f'step {self._sequence} of "{self._job.function}" is "{name}" now, and was "{recorded[1]}" before',
                "the document changed while it was running: start the execution again",
            )
        return recorded

    def _read(self) -> list[tuple[Any, ...]]:
        return self.database.run(
            "SELECT sequence, place, name, output, fault, at FROM _steps WHERE execution_id=? ORDER BY sequence",
            (self._job.id,),
        )

    def _write_observed(self) -> None:
        """Write down what was only seen so far, now that something will come of it."""
        if not self._observed:
            return
        rows, self._observed = self._observed, []
        with self.database.transaction():
            for document in self._met:
                self.database.run(
                    "INSERT INTO _documents VALUES (?,?,?,?) ON CONFLICT (hash) DO UPDATE SET kept_at=excluded.kept_at",
                    (*document, time.time()),
                )
            for row in rows:
                self._insert(row)
        _kept.update((document.hash, time.time()) for document in self._met)
        self._met.clear()

    def _record(self, output: str | None, fault: str | None, at: float | None = None) -> None:
        self._insert(
            (self._job.id, self._sequence, self._place, self._name, output, fault, time.time() if at is None else at)
        )

    def _insert(self, row: Row) -> None:
        """Write one step, if this attempt is still the one that runs."""
        if self.database.is_in_block:
            self._unsure.append(row)
        statement = _INSERT if self.database.is_sqlite else _INSERT_AND_HOLD
        if not self.database.change(statement, (*row, self._job.id, self._job.attempt)):
            raise Halt("background/superseded", "another worker runs this execution now; this one lets go of it")


class JournaledExecutions:
    """The engine as a background run sees it: a dispatch belongs to its step, an await gives the worker back."""

    def __init__(self, engine: Engine, journal: Journal, job: Job) -> None:
        self.engine = engine
        self._journal = journal
        self._job = job

    def dispatch(
        self,
        function: str,
        inputs: dict[str, Any],
        options: dict[str, Any],
        kind: str = "function",
        *,
        secret: Collection[str] | None = None,
    ) -> str:
        """As Executions.dispatch; repeated for the same step, it gives the same execution."""
        parent = (self._job.id, self._journal.sequence, self._job.root_id)
        trace = self._job.traceparent
        return self.engine.dispatch(function, inputs, options, kind, parent=parent, traceparent=trace, secret=secret)

    def wait(self, ids: list[str], timeout: float | None, mode: str = "all") -> list[dict[str, Any]]:
        """The records if they have ended or time is up; else Suspended."""
        awaited = self.engine.known(ids)
        ended = self.engine.records.ended(awaited)
        enough = bool(ended) if mode == "any" else len(ended) == len(set(awaited))
        if awaited and not enough and timeout != 0:
            due = None if timeout is None else self._journal.begun() + timeout
            if due is None or time.time() < due:
                raise Suspended(awaited, mode == "any", due)
        return self.engine.look(ids)

    def cancel(self, ids: list[str]) -> list[dict[str, Any]]:
        return self.engine.cancel(ids, f"the execution {self._job.id}")

    def query(self, wanted: Conditions, sort: Any, limit: int | None, offset: int) -> list[dict[str, Any]]:
        return self.engine.query(wanted, sort, limit, offset)

    def count_of(self, wanted: Conditions) -> int:
        return self.engine.count_of(wanted)

    def active(self) -> int:
        return self.engine.active()

    def pause(self, seconds: float) -> None:
        """Wait for a time: without a worker (Suspended until it has passed) where that is worth it."""
        if seconds < SHORT_PAUSE:
            time.sleep(seconds)
            return
        due = self._journal.begun() + seconds
        if time.time() < due:
            raise Suspended((), False, due)


class Journaling(Foreground):
    """One background run: a Foreground whose every step passes through the journal. Arguments as Foreground's."""

    def __init__(self, journal: Journal, executions: JournaledExecutions, **run: Any) -> None:
        super().__init__(executions=executions, **run)
        self.journal = journal
        journal.says_secrets = lambda written: self.secrets.are_in(written)
        self.background = executions

    def step(
        self, place: str, name: str, perform: Callable[[], Any], *, stored: bool = False, secret: Secret = False
    ) -> Any:
        return super().step(
            place, name, lambda: self.journal.step(place, name, perform, stored=stored, secret=secret), secret=secret
        )

    def step_id(self) -> str:
        return self.journal.step_id

    def observe(self, place: str, name: str, look: Callable[[], Any]) -> Any:
        return self.journal.observe(place, name, look)

    @contextmanager
    def transaction(self, place: str) -> Iterator[None]:
        self.transactions += 1
        try:
            with self.journal.transaction():
                yield
        finally:
            self.transactions -= 1

    def write_progress(self, told: dict[str, Any]) -> None:
        if not self.journal.replays:
            self.journal.progress(_encode(told))

    def wait(self, place: str, ids: list[str], timeout: float | None, mode: str) -> list[dict[str, Any]]:
        """Until they have ended, however long, where no timeout is given: no worker is held."""
        return self.step(place, "async_function_await", lambda: self.background.wait(ids, timeout, mode))  # type: ignore[no-any-return]

    def sleep(self, place: str, seconds: float) -> None:
        self.step(place, "wait", lambda: self.background.pause(seconds))


# --- values on record ---------------------------------------------------------------------------------


def _encode(value: Any) -> str:
    try:
        return pack(value)
    except (TypeError, ValueError) as error:
        raise Fault("background/not-json", f"the result of an action cannot be recorded: {error}") from None


_FAULT_FIELDS = ("type", "error_code", "status", "details", "response", "headers")


def _encode_fault(fault: Fault) -> str:
    fields = {name: getattr(fault, name) for name in _FAULT_FIELDS}
    return _encode({"code": fault.code, "message": fault.message, "hint": fault.hint, "fields": fields})


def _decode_fault(written: str) -> Fault:
    told = unpack(written)
    return Fault(told["code"], told["message"], told["hint"], **told["fields"])
