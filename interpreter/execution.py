"""A program and its inputs become an outcome: run here, or by a worker for an execution on record."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from contextlib import closing, nullcontext
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter import tracing
from interpreter.adapters.world import WatchedWorld, World
from interpreter.diagnostic import Fault, Rejected
from interpreter.finding import defined, find_callable, finder, once
from interpreter.pipeline import compiled, describe, programs_of
from interpreter.program import Program
from interpreter.settings import stack_environment
from interpreter.source import Source
from interpreter.triggering import Triggers, inputs_of_trigger
from interpreter.values import Moment
from interpreter.workspace import ENDPOINT, LOOKED_UNDER, SCHEDULE, Workspace, unknown_function

if TYPE_CHECKING:
    from interpreter.adapters.tables.watched import Fire, Watched
    from interpreter.background.engine import Engine
    from interpreter.background.store.records import Job
    from interpreter.background.upkeep.scheduling import Schedule
    from interpreter.background.work.journal import Document, Journal, JournaledExecutions
    from interpreter.conditions import Conditions
    from interpreter.context import Response
    from interpreter.database import Database
    from interpreter.rehearsal.mocks import Mocks
    from interpreter.rehearsal.rehearsal import Tell
    from interpreter.run import Foreground, Trace


class Outcome(NamedTuple):
    """What a run gave: its answer, and the ids of the executions that it sent to the background."""

    response: Response
    execution_ids: list[str]


def execute(
    workspace: Workspace,
    program: Program,
    inputs: dict[str, Any],
    *,
    session: Session | None = None,
    env: dict[str, str] | None = None,
    strict: bool = False,
    timeout: float | None = None,
    trace: Trace | None = None,
    auth: dict[str, Any] | None = None,
    rehearsed: Rehearsed | None = None,
) -> Outcome:
    """Run a program in the foreground, or rehearse it, for ``auth``. Raises Rejected (bad inputs), Fault, or Halt.

    ``session``: what it reaches the world with, kept open by the caller; else one of its own.
    """
    if strict and not program.strict:
        workspace = _strict(workspace)
        program = _again(workspace, program)
    seconds = workspace.settings.timeout if timeout is None else timeout
    request = request_of(program, inputs)
    caller = tracing.received(request["headers"], os.environ)
    traceparent = tracing.going_on(caller, tracing.new_span()) if caller else tracing.begun()
    with nullcontext(session) if session is not None else closing(Session(workspace)) as reached:
        triggers = Triggers(workspace, partial(_dispatch_in, reached, traceparent))
        triggers.run = run = _kind_of_run(rehearsed)(
            find=finder(workspace),
            executions=LateExecutions(reached, traceparent),
            world=reached.watched_world(triggers.fire),
            limits=workspace.settings,
            env=environment_of(workspace) if env is None else env,
            auth=auth,
            request=request,
            execution={"id": None, "attempt": 1, "function": program.name, "traceparent": traceparent},
            workspace_root=str(workspace.root),
            deadline=None if seconds is None else time.monotonic() + seconds,
            trace=trace,
        )
        with alarm(seconds):
            return Outcome(run.start(program, inputs), run.dispatched)


def _dispatch_in(
    session: Session,
    traceparent: str,
    function: str,
    inputs: Any,
    options: dict[str, Any],
    kind: str,
    *,
    secret: Collection[str] | None,
) -> str:
    return session.engine.dispatch(function, inputs, options, kind, None, traceparent, secret)


class Rehearsed(NamedTuple):
    """How a run is only rehearsed: what mocks answer, and whether the rest is told instead of done."""

    mocks: Mocks
    dry: bool = False
    tell: Tell | None = None


def _kind_of_run(rehearsed: Rehearsed | None) -> Callable[..., Foreground]:
    if rehearsed is None:
        from interpreter.run import Foreground

        return Foreground
    from interpreter.rehearsal.rehearsal import Rehearsal

    return partial(Rehearsal, **rehearsed._asdict())


def _strict(workspace: Workspace) -> Workspace:
    settings = workspace.settings._replace(strict=True)
    return Workspace(workspace.root, settings, lambda path: describe(path, settings))


def _again(workspace: Workspace, program: Program) -> Program:
    """The same definition, compiled for another workspace."""
    for found in programs_of(workspace, Path(program.file)):
        if (found.kind, found.name) == (program.kind, program.name):
            return found
    raise unknown_function(program.kind, program.name, workspace.definitions())


def request_of(program: Program, inputs: dict[str, Any]) -> dict[str, Any]:
    """``request`` of a run that no HTTP server started: the inputs are its body."""
    return {
        "body": inputs,
        "query": {},
        "headers": {},
        "method": str(program.options.get("method", "POST")),
        "path": program.name if program.kind == ENDPOINT else "",
        "ip": None,
        "url": "",
    }


def environment_of(workspace: Workspace) -> dict[str, str]:
    return stack_environment(workspace.settings, workspace.root, os.environ)


class alarm:  # noqa: N801 - reads as a word: with alarm(seconds)
    """Ends what runs inside when its time is up, even inside one long operation; only in the main thread."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        import signal
        import threading

        self._set = self._seconds is not None and threading.current_thread() is threading.main_thread()
        if self._set:
            self._before = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, max(self._seconds or 0.0, 1e-6))

    def _ring(self, *_: object) -> None:
        from interpreter.run import too_late

        raise too_late()

    def __exit__(self, *_: object) -> None:
        if self._set:
            import signal

            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)


# --- the background -----------------------------------------------------------------------------------


def engine(workspace: Workspace, database: Database | None = None) -> Engine:
    """The workspace's background engine; it opens nothing before it is used, nor a database that is open already."""
    from interpreter.background.engine import Engine

    return Engine(workspace.settings, workspace.root, database=database)


class Session:
    """What runs in this process reach: the engine, the database, the world. Each is opened (and its code imported)
    when the first node needs it; ``close`` lets go of them.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def engine(self) -> Engine:
        return engine(self._workspace, self.__dict__.get("database"))

    @cached_property
    def database(self) -> Database:
        """The engine's own where there is one, so that one transaction can hold what a stack writes and dispatches."""
        if "engine" in self.__dict__:
            return self.engine.records.database
        from interpreter.database import open_database

        return open_database(self._workspace.settings.database_url, self._workspace.settings.state_dir)

    @cached_property
    def world(self) -> World:
        return World(
            self._workspace.settings,
            self._workspace.root,
            database=lambda: self.database,
            bus_url=lambda: self.engine.bus.url,
        )

    def watched_world(self, fire: Fire) -> WatchedWorld:
        """The world of one run, whose changes of records are told to ``fire``."""
        return WatchedWorld(self.world, fire)

    def close(self) -> None:
        opened, self.__dict__ = self.__dict__, {"_workspace": self._workspace}
        for name in ("world", "engine", "database"):
            if name in opened:
                opened[name].close()


def tables_with_triggers(workspace: Workspace, session: Session) -> Watched:
    """The tables for who changes them outside of any stack, and wants their triggers started."""
    from interpreter.run import Foreground

    traceparent = tracing.begun()
    triggers = Triggers(workspace, partial(_dispatch_in, session, traceparent))
    world = session.watched_world(triggers.fire)
    triggers.run = Foreground(
        find=finder(workspace),
        executions=LateExecutions(session, traceparent),
        limits=workspace.settings,
        world=world,
        env=environment_of(workspace),
    )
    return world.tables


class LateExecutions:
    """The engine as one foreground run sees it: what it dispatches belongs to the run's trace."""

    def __init__(self, session: Session, traceparent: str) -> None:
        self._session = session
        self._traceparent = traceparent

    @property
    def engine(self) -> Engine:
        return self._session.engine

    def dispatch(
        self,
        function: str,
        inputs: dict[str, Any],
        options: dict[str, Any],
        kind: str = "function",
        *,
        secret: Collection[str] | None = None,
    ) -> str:
        return self.engine.dispatch(function, inputs, options, kind, traceparent=self._traceparent, secret=secret)

    def wait(self, ids: list[str], timeout: float | None, mode: str = "all") -> list[dict[str, Any]]:
        return self.engine.wait(ids, timeout, mode)

    def cancel(self, ids: list[str]) -> list[dict[str, Any]]:
        return self.engine.cancel(ids, "a run in the foreground")

    def query(self, wanted: Conditions, sort: Any, limit: int | None, offset: int) -> list[dict[str, Any]]:
        return self.engine.query(wanted, sort, limit, offset)

    def count_of(self, wanted: Conditions) -> int:
        return self.engine.count_of(wanted)

    def active(self) -> int:
        return self.engine.active()


def perform(workspace: Workspace, job: Job, journal: Journal, executions: JournaledExecutions) -> Any:
    """Run one background execution in a worker: a function, a task, or a single action node."""
    from json import loads

    from interpreter.background.work.journal import Journaling

    written, _, secrets = executions.engine.vault.opened(job.inputs).partition("\n")
    inputs = loads(written)
    options = loads(job.options) if job.options else {}
    find = pinned_finder(workspace, journal)
    program = _single_node(job.function) if job.kind == "node" else find(job.kind, job.function)
    trigger = inputs["trigger"] if options.get("triggered") else None
    if trigger is not None:
        inputs = inputs_of_trigger(program, inputs)
    triggers = Triggers(workspace, partial(_dispatch_beside, executions.engine, job))
    triggers.run = run = Journaling(
        journal,
        executions,
        find=find,
        limits=workspace.settings,
        world=WatchedWorld(_world_of(workspace, executions.engine), triggers.fire),
        env=environment_of(workspace),
        auth=options.get("auth"),
        request=request_of(program, inputs),
        execution={
            "id": job.id,
            "attempt": job.attempt,
            "function": job.function,
            "scheduled_at": Moment(options["scheduled_at"]) if "scheduled_at" in options else None,  # by a schedule
            "traceparent": job.traceparent,
        },
        trigger=trigger,
        trigger_chain=tuple(options.get("trigger_chain", ())),
        workspace_root=str(workspace.root),
    )
    if trigger is not None:
        triggers.hide_secrets(trigger)
    run.keep_told(loads(secrets) if secrets else ())
    return run.start(program, inputs).body


def _dispatch_beside(
    engine: Engine,
    job: Job,
    function: str,
    inputs: dict[str, Any],
    options: dict[str, Any],
    kind: str,
    *,
    secret: Collection[str] | None,
) -> str:
    """Dispatch what a step does not name itself: what it writes and this are one transaction, done once."""
    parent = (job.id, None, job.root_id)
    return engine.dispatch(function, inputs, options, kind, parent, job.traceparent, secret)


@lru_cache(maxsize=10)
def _world_of(workspace: Workspace, engine: Engine) -> World:
    """The world of all runs of a worker's process."""
    return World(
        workspace.settings,
        workspace.root,
        database=lambda: engine.records.database,
        bus_url=lambda: engine.bus.url,
    )


def schedules(workspace: Workspace) -> list[Schedule]:
    """What runs by itself, sorted by name."""
    from interpreter.background.upkeep.scheduling import Schedule

    found = [each for group in workspace.definitions().values() for each in group if each.kind == SCHEDULE]
    return [Schedule(each.name, each.options or {}) for each in sorted(found, key=lambda each: each.name)]


def pinned_finder(workspace: Workspace, journal: Journal) -> Callable[[str, str], Program]:
    """What a background run finds programs with: a name means the document that it meant when the run met it."""
    from interpreter.background.work.journal import Document

    def find_pinned(kind: str, name: str) -> Program:
        current: list[Program] = []

        def find_now() -> Document:
            current.append(find_callable(workspace, kind, name))
            return Document(current[0].hash, current[0].file, current[0].text)

        document = journal.document(f"{kind} {name}", find_now)
        return current[0] if current else program_of(workspace, document, kind, name)

    return once(find_pinned)


def program_of(workspace: Workspace, document: Document, kind: str, name: str) -> Program:
    """A definition as a document's text had it: the file's own program where it still says the same."""
    try:
        program = defined(workspace, workspace.find(kind, name))
    except Rejected:  # its file is gone, or broken now
        program = None
    if program is not None and program.hash == document.hash:
        return program
    return next(each for each in _archived(workspace, document) if _is_meant(each, kind, name))


def _is_meant(program: Program, kind: str, name: str) -> bool:
    """Whether a call of this kind and name may mean a program, as ``Workspace.find`` has it."""
    method, path = name.rpartition(" ")[::2] if kind == ENDPOINT else ("", name)
    takes_it = not method or program.options.get("method") in (None, method)
    return program.kind in LOOKED_UNDER[kind] and program.name == path and takes_it


@lru_cache(maxsize=100)
def _archived(workspace: Workspace, document: Document) -> list[Program]:
    """The programs of a document as it was; the same ones for every run that began with it."""
    shown = workspace.shown(Path(document.path))
    return compiled(Source(shown, document.text), document.path, workspace)


def _single_node(function: str) -> Program:
    """A program of one action node, whose parameters are the inputs."""
    import hashlib

    import interpreter.families  # noqa: F401 - fills the catalogues
    from interpreter.catalog import NODES
    from interpreter.program import STACK, Place

    if function not in NODES or NODES[function].flow:
        raise Fault("run/unknown-function", f'"{function}" is no node that acts on the world')
    text = f"def {STACK}(_context):\n    return _Response(_context.act(0, {function!r}, _context.inputs))\n"
    return Program(
        kind="node",
        name=function,
        file=f"<node {function}>",
        shown=f"<node {function}>",
        text=text,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        code=compile(text, f"<node {function}>", "exec"),
        inputs=None,
        options={},
        places=(Place(function, 1, 1, 2, 80, ""),),
        variables=(),
        filters={},
        tests={},
        actions={function: NODES[function].family},
        strict=False,
    )
