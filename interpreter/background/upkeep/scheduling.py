"""Schedules whose time has come become executions: one transaction decides and inserts, whoever comes first.

Every worker looks after all schedules of its workspace. What was decided is on record, so that a fire happens once
however many look, and what nobody was there for is found by who comes next.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from interpreter.background.bus.publish import Publisher
from interpreter.background.options import limits, resources
from interpreter.background.store.ids import new_id
from interpreter.background.store.records import ENDED, Bell, Records, shown
from interpreter.background.upkeep.queues import placed
from interpreter.database import marks
from interpreter.diagnostic import Fault, Rejected
from interpreter.settings import Settings
from interpreter.timetable import ALLOW, KEYS, LATE, RUN_ONCE, SKIP, NoTime, Timetable, timetable
from interpreter.values import Moment, encode

KIND = "schedule"
SETTLING = 5.0
"""Seconds by which a timetable that has just changed looks back: a fire on the moment of the change is not lost."""
KEPT_SECONDS = 31 * 86_400.0
"""How long fires stay on record."""
MOST_WAITING = 1000
"""Runs of one schedule that wait for the one before; further ones are left out."""

log = logging.getLogger("interpreter.worker")


class Schedule(NamedTuple):
    """A definition that runs by itself: its name and options."""

    name: str
    options: dict[str, Any]


ReadSchedules = Callable[[], Iterable[Schedule]]


class Scheduler:
    """Looks after a workspace's schedules; ``read`` says what they are now."""

    def __init__(self, records: Records, publisher: Publisher, settings: Settings, read: ReadSchedules) -> None:
        self._records = records
        self._publisher = publisher
        self._database = records.database
        self._settings = settings
        self._read = read
        self._known: dict[str, tuple[Schedule, Timetable | None]] = {}
        self._next: dict[str, float | None] = {}
        self._next_look = 0.0
        self._seen = 0.0
        self._complaint = ""

    def round(self) -> None:
        """Fire what is due; once a heartbeat look at the documents again."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + self._settings.heartbeat
            self.look()
        now = time.time()
        if now < self._seen - SETTLING:  # the clock was set back
            self._next = {name: table.next(now) for name, (_, table) in self._known.items() if table}
        self._seen = now
        for name, at in list(self._next.items()):
            if at is not None and at <= now:
                try:
                    self.fire(name, at)
                except Fault as fault:
                    log.error('the schedule "%s" could not be fired: %s', name, fault.message)
                    self._next[name] = at if fault.code == "background/database-unavailable" else self._after(name)

    def look(self) -> None:
        """Learn of schedules that are new, changed or gone."""
        try:
            found = {each.name: each for each in self._read()}
        except Rejected as rejected:
            self._complain(f"the schedules cannot be read: {rejected.diagnostics[0].message}")
            return
        for name in self._known.keys() - found.keys():
            del self._known[name]
            self._next.pop(name, None)
        for name, schedule in found.items():
            if name not in self._known or self._known[name][0] != schedule:
                self._learn(schedule)

    def _complain(self, message: str) -> None:
        if message != self._complaint:
            log.warning("%s", message)
        self._complaint = message

    def _after(self, name: str) -> float | None:
        table = self._known[name][1]
        return table.next(time.time()) if table else None

    def _learn(self, schedule: Schedule) -> None:
        try:
            table = timetable(schedule.options)
        except NoTime as wrong:
            self._complain(f'the schedule "{schedule.name}" does not run: {wrong.message}')
            self._known[schedule.name] = (schedule, None)
            self._next.pop(schedule.name, None)
            return
        now = time.time()
        self._database.run(
            "INSERT INTO _schedules (name, definition, decided_at) VALUES (?,?,?)"
            " ON CONFLICT (name) DO UPDATE SET definition=excluded.definition,"
            " decided_at=CASE WHEN _schedules.decided_at>? THEN _schedules.decided_at ELSE ? END"
            " WHERE _schedules.definition<>excluded.definition",
            (schedule.name, _definition(schedule), now, now - SETTLING, now - SETTLING),
        )
        self._known[schedule.name] = (schedule, table)
        self._next[schedule.name] = table.next(min(now, self._decided(schedule.name)))

    def _decided(self, name: str, lock: str = "") -> float:
        return float(self._database.run(f"SELECT decided_at FROM _schedules WHERE name=?{lock}", (name,))[0][0])

    def fire(self, name: str, at: float) -> None:
        """Run what a schedule owes by now, ``at`` included, unless another worker has done so."""
        schedule, table = self._known[name]
        assert table is not None
        bells: list[Bell] = []
        with self._database.transaction():
            now = time.time()
            since = self._decided(name, "" if self._database.is_sqlite else " FOR UPDATE")
            if since > now + LATE:  # the clock was set back since; what was fired is on record and not fired again
                since = min(at, now) - 0.001
            decision = table.decide(since, now)
            for each in decision.fires:
                bells += self._run(schedule, table, each)
            if decision.missed is not None:
                self._record(name, decision.missed, None, "missed")
            if decision.fires or decision.missed is not None:
                self._database.run("UPDATE _schedules SET decided_at=? WHERE name=?", (now, name))
                self._database.run("DELETE FROM _fires WHERE schedule=? AND at<?", (name, now - KEPT_SECONDS))
        self._next[name] = table.next(now)
        if not self._publisher.ring(bells):
            self._records.mark_unpublished(bell.id for bell in bells)

    def _run(self, schedule: Schedule, table: Timetable, at: float) -> list[Bell]:
        """Inside the transaction: insert the execution of one fire; what is to be rung for."""
        if self._database.run("SELECT 1 FROM _fires WHERE schedule=? AND at=?", (schedule.name, at)):
            return []
        before = [] if table.overlap == ALLOW else self._open(schedule.name)
        if before and (table.overlap == SKIP or len(before) >= MOST_WAITING):
            self._record(schedule.name, at, None, "overlap")
            return []
        options, room = placed(schedule.name, schedule.options, self._settings.queues)
        seconds = resources.time_limit(options, self._settings.max_execution_time)
        bell = Bell(new_id(), limits.queue(options), limits.priority(options), seconds)
        kept = limits.kept({**options, "delay": None, "scheduled_at": at})  # a delay means the calls, not the times
        self._records.insert(bell, KIND, schedule.name, "{}", kept, room=room)
        self._record(schedule.name, at, bell.id, None)
        if before:
            self._wait_for(before, bell.id)
        return [] if before or room else [bell]

    def _wait_for(self, before: Sequence[str], execution_id: str) -> None:
        """Put an execution behind those of earlier fires, as if it awaited them."""
        self._database.run(
            "UPDATE _executions SET state='waiting', pending=?, published_at=NULL WHERE id=?",
            (len(before), execution_id),
        )
        for earlier in before:
            self._database.run("INSERT INTO _waits VALUES (?,?)", (earlier, execution_id))

    def _open(self, name: str) -> list[str]:
        """The executions of a schedule's newest fires that have not ended, kept from ending until this is decided."""
        newest = [
            row[0]
            for row in self._database.run(
                "SELECT execution_id FROM _fires"
                " WHERE schedule=? AND execution_id IS NOT NULL ORDER BY at DESC LIMIT ?",
                (name, MOST_WAITING),
            )
        ]
        found: list[str] = []
        for batch in (newest[:500], newest[500:]):
            if batch:
                rows = self._database.run(
                    f"SELECT id FROM _executions WHERE id IN ({marks(len(batch))}) AND state NOT IN"
                    f" ({marks(len(ENDED))})" + ("" if self._database.is_sqlite else " ORDER BY id FOR SHARE"),
                    (*batch, *ENDED),
                )
                found += [row[0] for row in rows]
        return found

    def _record(self, name: str, at: float, execution_id: str | None, skipped: str | None) -> None:
        self._database.run(
            "INSERT INTO _fires (schedule, at, execution_id, skipped) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
            (name, at, execution_id, skipped),
        )


def _definition(schedule: Schedule) -> str:
    return encode({key: schedule.options[key] for key in KEYS if key in schedule.options}, sort_keys=True)


def overview(schedule: Schedule, records: Records | None, now: float, count: int) -> dict[str, Any]:
    """What there is to know of a schedule, times as ISO texts: the next ``count`` ones, and what became of the last."""
    options = schedule.options
    about: dict[str, Any] = {
        "name": schedule.name,
        "when": None,
        "timezone": options.get("timezone") or "UTC",
        "enabled": options.get("enabled") is not False,
        "missed": options.get("missed", RUN_ONCE),
        "overlap": options.get("overlap", SKIP),
        "next": [],
        "last": None if records is None else last_fire(records, schedule.name),
        "problem": None,
    }
    try:
        table = timetable(options)
    except NoTime as wrong:
        return {**about, "timezone": "UTC", "problem": wrong.message}
    times = islice(table.after(now), count) if table.enabled else ()
    return {**about, "when": table.words, "next": [str(Moment(at)) for at in times]}


def last_fire(records: Records, name: str) -> dict[str, Any] | None:
    """The newest fire of a schedule: when it was due, its execution and how that is, or why there was none."""
    rows = records.database.run(
        "SELECT f.at, f.execution_id, f.skipped, e.state FROM _fires f LEFT JOIN _executions e ON e.id=f.execution_id"
        " WHERE f.schedule=? ORDER BY f.at DESC LIMIT 1",
        (name,),
    )
    if not rows:
        return None
    at, execution_id, skipped, state = rows[0]
    return {"at": str(Moment(at)), "execution_id": execution_id, "skipped": skipped, "state": state and shown(state)}
