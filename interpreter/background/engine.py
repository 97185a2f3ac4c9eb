"""A call becomes an execution on record, and ids become records: the engine as a stack and the command line see it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from json import loads
from pathlib import Path
from typing import Any

from interpreter.background.bus import server as bus
from interpreter.background.bus.detached import Process
from interpreter.background.bus.gathering import Gathering
from interpreter.background.bus.publish import Publisher
from interpreter.background.bus.waiting import Listener
from interpreter.background.options import limits, resources
from interpreter.background.store import again, callbacks, listing, prune, schema, table
from interpreter.background.store.ids import new_id, parse_id
from interpreter.background.store.records import RUNNING, Bell, Records, absent_record
from interpreter.background.story import Story, story_of
from interpreter.background.upkeep import cancelling
from interpreter.background.upkeep.automatic import ensure_worker
from interpreter.background.upkeep.queues import Queues, is_served, placed
from interpreter.background.upkeep.scheduling import KIND, Schedule, overview
from interpreter.background.upkeep.sweep import Sweeper
from interpreter.conditions import Conditions
from interpreter.database import FILE_NAME, Database, open_database
from interpreter.diagnostic import Fault
from interpreter.security.vault import Vault
from interpreter.settings import Settings
from interpreter.values import encode

LOOK_SECONDS = 2.0
"""Between two looks into the records while waiting, in case a message was missed."""


class Engine:
    """One workspace's executions. Nothing is opened before it is needed; ``close`` lets go of everything.

    ``automatic``: where no broker is configured, a worker is started on the first dispatch if none lives.
    ``database``: the workspace's database where it is open already.
    """

    def __init__(
        self, settings: Settings, root: Path, *, automatic: bool = True, database: Database | None = None
    ) -> None:
        self.settings = settings
        self._database = database
        self.root = root
        self.automatic = automatic and settings.broker_url is None
        self._listeners: list[Listener] = []

    @cached_property
    def records(self) -> Records:
        database = self._database or open_database(self.settings.database_url, self.settings.state_dir)
        database.when_undone(lambda: self.__dict__.pop("records", None))  # what it prepares here is undone too
        try:
            schema.prepare(database)
        except Fault:
            database.close()
            raise
        return Records(database)

    @cached_property
    def bus(self) -> bus.Bus:
        return bus.join(self.settings.state_dir, self.settings.broker_url)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.settings.secret_key, self.settings.state_dir)

    @cached_property
    def publisher(self) -> Publisher:
        return Publisher(self.bus.url)

    @cached_property
    def gathering(self) -> Gathering:
        return Gathering(self.publisher, self.records.mark_unpublished)

    @cached_property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.records, self.queues, self.publisher, self.settings)

    @cached_property
    def queues(self) -> Queues:
        return Queues(self.records, self.settings.queues)

    def dispatch(
        self,
        function: str,
        inputs: dict[str, Any],
        options: dict[str, Any],
        kind: str = "function",
        parent: tuple[str, int | None, str] | None = None,
        traceparent: str | None = None,
        secret: Collection[str] | None = None,
    ) -> str:
        """Record an execution, ring for it, and give its id at once; a dead bus is the sweeper's business.

        ``parent``: id, step and root of the execution that dispatches it; the same step twice gives the same id.
        ``traceparent``: the trace in which it is dispatched. ``secret``: the secrets that its inputs
        or options hold: these are kept sealed, and its run keeps the secrets.
        Faults: background/not-json, too-large, bad-option, bad-callback, key-reused, no-server, database-unavailable.
        """
        given = payload(inputs, self.settings.max_payload_bytes, f'the inputs of "{function}"')
        options, room = placed(function, options, self.settings.queues)
        bell = Bell(
            new_id(),
            limits.queue(options),
            limits.priority(options),
            resources.checked_time_limit(options, self.settings),
        )
        later = limits.delay(options)
        url = callbacks.callback_url(options, self.settings.callback_hosts)
        if secret is not None:
            told = encode(loads(given), sort_keys=True), encode(sorted(secret))  # the same for the same inputs
            given = self.vault.sealed("\n".join(told))
            options = options if url is None else {**options, "callback_url": self.vault.sealed(url)}
        gathering = self.gathering
        execution_id = self.records.insert(
            bell,
            kind,
            function,
            given,
            limits.kept(options),
            due=time.time() + later if later else None,
            parent=parent,
            idempotency_key=limits.idempotency_key(options),
            room=room,
            traceparent=traceparent,
        )
        ring = execution_id == bell.id and not later
        due = bell if ring else None
        self.records.database.when_committed(lambda: self._tell(due, gathering if room is None else None))
        return execution_id

    def _tell(self, bell: Bell | None, gathering: Gathering | None) -> None:
        """Ring for what is on record now; where its queue has a limit, the sweeper does."""
        if bell is not None and gathering is not None:
            gathering.ring(bell)
        elif bell is not None:
            self.sweeper.admit(bell.queue)
        self.ensure_worker()

    def wait(self, ids: list[str], timeout: float | None, mode: str = "all") -> list[dict[str, Any]]:
        """The records in the order asked, once all (or any) have ended or ``timeout`` seconds are over."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self.flush()
        self._wait_until(set(self.known(ids)), deadline, any_one=mode == "any")
        return self.look(ids)

    def _wait_until(self, wanted: set[str], deadline: float | None, any_one: bool) -> None:
        unfinished = wanted - self.records.ended(wanted)
        if not unfinished or (any_one and len(unfinished) < len(wanted)) or _past(deadline):
            return
        self.ensure_worker()
        with self._listening(unfinished) as listener:
            looked = 0.0
            while True:
                if time.monotonic() - looked >= LOOK_SECONDS or not listener.hears:
                    unfinished -= self.records.ended(unfinished)
                    self._tend(first=looked == 0.0)
                    looked = time.monotonic()
                if not unfinished or (any_one and len(unfinished) < len(wanted)) or _past(deadline):
                    return
                rest = LOOK_SECONDS if deadline is None else min(LOOK_SECONDS, deadline - time.monotonic())
                unfinished -= listener.heard(max(0.0, rest))

    @contextmanager
    def _listening(self, ids: set[str]) -> Iterator[Listener]:
        """A listener that no other thread uses at the moment; its connection outlives the wait."""
        try:
            listener = self._listeners.pop()
        except IndexError:
            listener = Listener(self.bus.url)
        try:
            with listener.to(ids):
                yield listener
        finally:
            self._listeners.append(listener)

    def _tend(self, first: bool) -> None:
        """What a worker's timer also does: a waiting caller is one more pair of hands."""
        if not first:
            self.bus.tend()
            self.sweeper.round()
            self._worker_checked = 0.0
            self.ensure_worker()

    def flush(self) -> None:
        """Ring for what was dispatched a moment ago."""
        if "gathering" in self.__dict__:
            self.gathering.flush()

    def cancel(self, ids: list[str], by: str = "its caller", scope: str = cancelling.CALLS) -> list[dict[str, Any]]:
        """End what has not ended as cancelled, and what it dispatched as far as ``scope`` goes; the records.

        What runs is stopped by its worker within moments. ``by``: who the records will name.
        """
        self.flush()
        cancelling.cancel(self.records, self.publisher, self.known(ids), cancelling.Order(by, scope))
        return self.look(ids)

    def look(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The records as they are now, in the order asked, duplicates kept."""
        asked = list(ids)
        found = {} if self.is_unused else self.records.read(self.known(asked))
        return [found.get(parse_id(each) or "") or _not_found(each) for each in asked]

    def get(self, execution_id: str) -> dict[str, Any]:
        """One record; Fault background/bad-id or background/unknown-execution."""
        record = self.look([execution_id])[0]
        if record["state"] == "not_found":
            raise Fault(record["error"], record["error_message"])
        return record

    def story(self, execution_id: str, most_children: int = 20, *, deep: bool = True) -> Story:
        """All that is known of an execution; Fault background/bad-id or background/unknown-execution."""
        found = story_of(self.records.database, self.get(execution_id)["execution_id"], most_children, deep=deep)
        if found is None:
            raise Fault("background/unknown-execution", f'no execution has the id "{execution_id}"')
        return found

    def retry(self, execution_id: str) -> None:
        """Run one that ended badly anew; Fault background/cannot-run-again where that makes no sense."""
        self._ring(again.retry(self.records, self.get(execution_id)["execution_id"]))

    def resume(self, execution_id: str, step: int | None = None) -> None:
        """Let one that ended badly go on after its last recorded action, or from a step; Faults as ``retry``."""
        self._ring(again.resume(self.records, self.get(execution_id)["execution_id"], step))

    def prune(
        self, states: Sequence[str], age: float, keep: int = 0, *, dry_run: bool = False, shrink: bool = False
    ) -> Counter[str]:
        """Remove what ended in these states ``age`` seconds ago or earlier, but the newest ``keep``; how many each."""
        if self.is_unused:
            return Counter()
        database = self.records.database
        gone = prune.prune(database, prune.Rule(states, time.time() - age, keep), dry_run=dry_run)
        if shrink and not dry_run:
            prune.shrink(database)
        return gone

    def _ring(self, bell: Bell) -> None:
        if not self.publisher.ring([bell]):
            self.records.mark_unpublished([bell.id])
        self.ensure_worker()

    def newest(self, **chosen: Any) -> list[dict[str, Any]]:
        """The newest records of a selection (``listing.Selection`` has the choices)."""
        if self.is_unused:
            return []
        return listing.newest(self.records.database, listing.Selection(**chosen))

    def run_schedule(self, schedule: Schedule) -> str:
        """Run a schedule's stack now, beside its times; the execution's id."""
        return self.dispatch(schedule.name, {}, {**schedule.options, "delay": 0}, KIND)

    def schedules(self, found: Iterable[Schedule], now: float, count: int) -> list[dict[str, Any]]:
        """What there is to know of each schedule, its next ``count`` times among it."""
        records = None if self.is_unused else self.records
        return [overview(each, records, now, count) for each in found]

    def has_worker(self, queue: str | None = None) -> bool:
        """Whether a worker lives, and takes executions from the queue."""
        return not self.is_unused and is_served(self.records, queue, self.settings.worker_lost_after)

    def query(self, wanted: Conditions, sort: Any, limit: int | None, offset: int) -> list[dict[str, Any]]:
        """``async_executions`` as a table: the records that a filter finds."""
        return [] if self.is_unused else table.query(self.records.database, wanted, sort, limit, offset)

    def count_of(self, wanted: Conditions) -> int:
        """How many records a filter finds."""
        return 0 if self.is_unused else table.count(self.records.database, wanted)

    def active(self) -> int:
        """How many executions run at this moment."""
        return 0 if self.is_unused else self.records.count((RUNNING,))

    @property
    def is_unused(self) -> bool:
        """Whether nothing was ever sent away from here: then there is nothing to read, and no file is made."""
        if "records" in self.__dict__ or self.settings.database_url is not None:
            return False
        return not (self.settings.state_dir / FILE_NAME).exists()

    def known(self, ids: Iterable[str]) -> list[str]:
        """The ids in canonical spelling, without those that cannot be ids."""
        return [found for found in map(parse_id, ids) if found]

    _worker_checked = 0.0
    _worker: Process | None = None

    def ensure_worker(self) -> None:
        """Where this engine works by itself: have a worker, looking for one at most every two seconds.

        Fault background/no-worker where the one that it started has failed; one that was killed is replaced.
        """
        if self.automatic and time.monotonic() - self._worker_checked > LOOK_SECONDS:
            self._worker_checked = time.monotonic()
            if self._worker and (self._worker.poll() or 0) > 0:
                raise _no_worker(self.settings.state_dir / "worker.log")
            self._worker = ensure_worker(self.records, self.settings, self.root) or self._worker

    def close(self) -> None:
        """Let go of the bus and the database; an embedded bus stops with its last user."""
        if "gathering" in self.__dict__:
            self.gathering.close()
        while self._listeners:
            self._listeners.pop().close()
        if "publisher" in self.__dict__:
            self.publisher.close()
        if "bus" in self.__dict__:
            self.bus.leave()
        if "records" in self.__dict__:
            self.records.database.close()
        for name in ("scheduler", "sweeper", "queues", "gathering", "publisher", "bus", "records"):
            self.__dict__.pop(name, None)


def payload(value: Any, most: int, what: str) -> str:
    """A value as the JSON text that is stored; Fault background/not-json or background/too-large."""
    try:
        written = encode(value)
    except (Fault, TypeError) as error:
        raise Fault("background/not-json", f"{what} cannot be stored as JSON: {error}") from None
    check_size(written, most, what)
    return written


def check_size(written: str, most: int, what: str) -> None:
    """Fault background/too-large where a text takes more than ``most`` bytes."""
    if len(written) > most // 4 and len(written.encode()) > most:
        size = len(written.encode())
        raise Fault("background/too-large", f"{what} would take {size:,} bytes; max_payload_bytes is {most:,}")


def _not_found(asked: str) -> dict[str, Any]:
    if parse_id(asked) is None:
        return absent_record(asked, "background/bad-id", f'"{asked[:40]}" is not an execution id')
    return absent_record(asked, "background/unknown-execution", f'no execution has the id "{asked}"')


def _no_worker(log: Path) -> Fault:
    told = log.read_text(errors="replace").splitlines() if log.exists() else []
    last = next((line for line in reversed(told) if line[:1].strip()), "it said nothing")
    return Fault(
        "background/no-worker",
        f"the worker that was started has failed: {last[:200]}",
        f'the whole story is in "{log}"',
    )


def _past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline
