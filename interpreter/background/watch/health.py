"""A workspace's background becomes a list of findings: what is well, what is doubtful, what fails, and what to do."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from interpreter import __version__
from interpreter.background.bus import server as bus
from interpreter.background.engine import Engine
from interpreter.background.store import schema
from interpreter.background.store.records import Records
from interpreter.background.upkeep.queues import unserved
from interpreter.bus import connect
from interpreter.database import Database
from interpreter.diagnostic import Fault
from interpreter.values import Moment

OK, WARN, FAIL = "ok", "warn", "fail"
SKEW_SECONDS = 1.0
"""Clocks that differ by more make delays and beats doubtful."""
SLOW_SECONDS = 0.02
"""A bus that takes longer to answer slows every dispatch."""
LATE_SECONDS = 10.0
"""Work that is due for longer is not looked after."""
LITTLE_SPACE = 1 << 30
NO_SPACE = 100 << 20
LARGE_LOG = 512 << 20
_OLDEST_SERVER = (6, 2)


class Finding(NamedTuple):
    """One line of the report; ``mend`` says what to do."""

    subject: str
    level: str
    message: str
    mend: str | None = None


def findings(engine: Engine) -> Iterator[Finding]:
    """Look at everything that background work needs; nothing is started and nothing is changed."""
    yield from _guarded("state folder", partial(_state_folder, engine))
    yield from _guarded("bus", partial(_bus, engine))
    if engine.is_unused:
        yield Finding("database", OK, "no execution was ever sent away from here")
        return
    database = Database(engine.settings.database_url, engine.settings.state_dir)
    try:
        current = True
        for finding in _guarded("database", partial(_database, database)):
            current = current and (finding.level == OK or finding.subject != "database")
            yield finding
        if current:
            for subject, look in (("clocks", _clocks), ("workers", _workers), ("queues", _queues), ("work", _work)):
                yield from _guarded(subject, partial(look, engine, Records(database)))
    finally:
        database.close()


def _guarded(subject: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Fault as fault:
        yield Finding(subject, FAIL, fault.message, fault.hint)


def _state_folder(engine: Engine) -> Iterator[Finding]:
    state = engine.settings.state_dir
    there = state if state.exists() else engine.root
    free = shutil.disk_usage(there).free
    told = f'"{state}", {free / 2**30:.1f} GiB free on its disk'
    if free < NO_SPACE:
        yield Finding("state folder", FAIL, told, "make room: a full disk refuses every dispatch")
    elif free < LITTLE_SPACE:
        yield Finding("state folder", WARN, told, "make room, or: interpreter executions prune --shrink")
    else:
        yield Finding("state folder", OK, told)


def _bus(engine: Engine) -> Iterator[Finding]:
    settings = engine.settings
    url = settings.broker_url
    if url is None:
        program = bus.find_server()
        path = bus.socket_path(settings.state_dir)
        if not bus.answers(path):
            yield Finding("bus", OK, f'embedded ("{program}"), not running: it is started when it is needed')
            return
        url = f"unix://{path}?db=0"
    yield from _server(url, embedded=settings.broker_url is None)


def _server(url: str, embedded: bool) -> Iterator[Finding]:
    from redis.exceptions import RedisError

    try:
        client = connect(url, 2.0)
        told: Any = client.info()
        taken = statistics.median(_seconds(client.ping) for _ in range(5))
        skew = _server_time(client.time()) - time.time()
    except (RedisError, OSError) as error:
        yield Finding("bus", FAIL, f"it cannot be reached: {error}", "start it, or check broker_url")
        return
    name, version = (
        ("Valkey", told["valkey_version"]) if "valkey_version" in told else ("Redis", told.get("redis_version", "0"))
    )
    where = "embedded" if embedded else "configured"
    yield Finding("bus", OK, f"{name} {version}, {where}, answers in {taken * 1000:.1f} ms")
    if name == "Redis" and tuple(map(int, version.split(".")[:2])) < _OLDEST_SERVER:
        yield Finding("bus", FAIL, f"Redis {version} is older than 6.2", "use Redis from 6.2 on, or Valkey")
    if taken > SLOW_SECONDS:
        yield Finding("bus", WARN, "it answers slowly: every dispatch waits for it", "run it nearer to the workers")
    policy = told.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield Finding("bus", WARN, f"maxmemory-policy is {policy}: messages may be dropped", "set it to noeviction")
    if not told.get("aof_enabled") and not embedded:
        message = "appendonly is off: after a restart messages are published again from the records, some seconds later"
        yield Finding("bus", OK, message)
    if abs(skew) > SKEW_SECONDS:
        yield Finding("clocks", WARN, f"the bus's clock differs by {skew:+.1f} s from ours", "let NTP set both clocks")


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _server_time(told: Any) -> float:
    return float(told[0]) + float(told[1]) / 1e6


def _database(database: Database) -> Iterator[Finding]:
    found, newest = schema.version(database), schema.NEWEST
    if found > newest:
        message = f"its tables have version {found}, and this program knows version {newest} at most"
        yield Finding("database", FAIL, message, "update this program")
        return
    if found < newest:
        message = f"its tables have version {found}; the next dispatch or worker brings them to {newest}"
        yield Finding("database", WARN, message, "stop workers of older programs first")
        return
    count = database.run("SELECT count(*) FROM _executions")[0][0]
    kind = f'SQLite at "{database.path}"' if database.is_sqlite else "PostgreSQL " + _show(database, "server_version")
    yield Finding("database", OK, f"{kind}, tables of version {found}, {count:,} executions")
    if database.is_sqlite:
        from pathlib import Path

        log = Path(f"{database.path}-wal")
        size = log.stat().st_size if log.exists() else 0
        if size > LARGE_LOG:
            message = f"its write-ahead log has {size / 2**20:,.0f} MiB: a reader has kept it open for long"
            yield Finding("database", WARN, message, "end old readers; then: interpreter executions prune --shrink")
    elif _show(database, "synchronous_commit") == "off":
        message = "synchronous_commit is off: what was dispatched in the last moment before a crash may be lost"
        yield Finding("database", WARN, message, "set it to on")


def _show(database: Database, name: str) -> str:
    return str(database.run(f"SHOW {name}")[0][0])


def _clocks(engine: Engine, records: Records) -> Iterator[Finding]:
    if records.database.is_sqlite:
        return
    ((theirs,),) = records.database.run("SELECT extract(epoch FROM clock_timestamp())")
    skew = float(theirs) - time.time()
    if abs(skew) > engine.settings.worker_lost_after:
        yield Finding("clocks", FAIL, f"the database's clock differs by {skew:+.1f} s", "let NTP set both clocks")
    elif abs(skew) > SKEW_SECONDS:
        yield Finding("clocks", WARN, f"the database's clock differs by {skew:+.1f} s", "let NTP set both clocks")
    else:
        yield Finding("clocks", OK, f"the database's clock differs by {abs(skew) * 1000:.0f} ms")


def _workers(engine: Engine, records: Records) -> Iterator[Finding]:
    now = time.time()
    rows = records.database.run("SELECT id, concurrency, queues, beat_at, version FROM _workers ORDER BY id")
    living = [row for row in rows if row[3] > now - engine.settings.worker_lost_after]
    for name, slots, queues, beat, version in living:
        serves = "every queue" if queues == "*" else queues
        yield Finding(
            "workers", OK, f"{name} serves {serves} with {slots} processes, beat {max(0.0, now - beat):.1f} s ago"
        )
        if version != __version__:
            message = f"{name} is of version {version}, this program of {__version__}"
            yield Finding("workers", WARN, message, "restart the worker")
        if beat > now + SKEW_SECONDS:
            yield Finding("clocks", WARN, f"the clock of {name} is {beat - now:.1f} s ahead", "let NTP set its clock")
    for name, *_ in (row for row in rows if row not in living):
        message = f"{name} gives no sign of life; its work goes back when another worker or a waiting caller looks"
        yield Finding("workers", WARN, message, "interpreter worker")
    if not living:
        queued = records.count()
        message = (
            f"none lives, and {queued:,} executions are open" if queued else "none lives, and nothing is to be done"
        )
        mend = "interpreter worker, or any run that dispatches or awaits starts one" if queued else None
        level = OK if not queued else WARN if engine.automatic else FAIL
        yield Finding("workers", level, message, mend)


def _queues(engine: Engine, records: Records) -> Iterator[Finding]:
    lost_after = engine.settings.worker_lost_after
    if not records.database.run("SELECT 1 FROM _workers WHERE beat_at>? LIMIT 1", (time.time() - lost_after,)):
        return
    for queue in unserved(records, lost_after):
        message = f'executions wait in the queue "{queue}", which no living worker serves'
        yield Finding("queues", FAIL, message, f"interpreter worker --queues {queue}")


def _work(engine: Engine, records: Records) -> Iterator[Finding]:
    late = time.time() - LATE_SECONDS
    run = records.database.run
    ((running,),) = run(
        "SELECT count(*) FROM _executions WHERE state='running' AND claimed_at<? AND worker NOT IN"
        " (SELECT id FROM _workers WHERE beat_at>?)",
        (late, late),
    )
    ((overdue,),) = run("SELECT count(*) FROM _timers WHERE due<?", (late,))
    ((unpublished,),) = run("SELECT count(*) FROM _executions WHERE state='queued' AND published_at IS NULL")
    ((schedules,),) = run("SELECT count(*) FROM _schedules WHERE decided_at<?", (time.time() - 120,))
    doubts = {
        "executions run on workers that are gone": running,
        "timers are overdue": overdue,
        "executions are queued that the bus does not know of": unpublished,
        "schedules have not been looked at for two minutes": schedules,
    }
    for what, count in doubts.items():
        if count:
            yield Finding("work", WARN, f"{count:,} {what}", "nobody sweeps: interpreter worker")
    count, due = run("SELECT count(*), min(due) FROM _timers WHERE state='delayed'")[0]
    if count:
        stays = "; a worker that was started by itself stays for them" if engine.automatic else ""
        yield Finding("work", OK, f"{count:,} executions are delayed, the first until {Moment(due)}{stays}")
