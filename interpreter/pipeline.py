"""The order, and nothing else: load → normalize → validate → parse → resolve → lint → compile → run.

The stages do not know each other; this is the one place where a document's way is written down. Everything here
imports what it needs when it needs it: a run whose programs are kept reads neither grammar nor schema.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.diagnostic import Diagnostic, Diagnostics, Fault, Rejected
from interpreter.keeping import keep, kept, made_of
from interpreter.program import Program
from interpreter.settings import Settings, find_root, read_settings, stack_environment
from interpreter.source import Source
from interpreter.workspace import ENDPOINT, FUNCTION, SCHEDULE, TASK, Signature, Workspace, unknown_function

if TYPE_CHECKING:
    from interpreter import tree
    from interpreter.background.engine import Engine
    from interpreter.background.journal import Journal, JournaledExecutions
    from interpreter.background.records import Job
    from interpreter.context import Response
    from interpreter.run import Foreground, Trace
    from interpreter.scope import Scope


class Report(NamedTuple):
    """What ``check`` found: how many documents it read, and every diagnostic, sorted by place."""

    documents: int
    diagnostics: list[Diagnostic]


class Outcome(NamedTuple):
    """What a run gave: its answer, and the ids of the executions that it sent to the background."""

    response: Response
    execution_ids: list[str]


# --- workspaces ---------------------------------------------------------------------------------------


def open_workspace(start: Path | None, explicit: Path | None, environment: Mapping[str, str]) -> Workspace:
    """The workspace around a file or folder (absent, the current folder); Rejected where its settings are wrong."""
    root = find_root(start or Path.cwd(), explicit)
    settings = read_settings(root, environment)
    return Workspace(root, settings, lambda path: describe(path, settings))


def describe(path: Path, settings: Settings) -> list[Signature]:
    """What a document defines; nothing where it cannot be read (``check`` says why)."""
    diagnostics = Diagnostics()
    source = _read(path, str(path), settings, diagnostics)
    return [] if source is None else [_signature(each) for each in _definitions(source, settings, diagnostics)]


def _signature(definition: tree.Definition) -> Signature:
    from interpreter.compile.definition import declared

    place = definition.name_span
    return Signature(
        definition.kind, definition.name, declared(definition), definition.span.file, place.start, place.end
    )


# --- from text to programs ----------------------------------------------------------------------------


def _read(path: Path, shown: str, settings: Settings, diagnostics: Diagnostics) -> Source | None:
    from interpreter.load import read_source

    return read_source(path, diagnostics, settings.max_document_bytes, shown)


def _definitions(source: Source, settings: Settings, diagnostics: Diagnostics) -> list[tree.Definition]:
    from interpreter.load import load
    from interpreter.normalize import normalize

    values = load(source, diagnostics, settings.max_document_bytes)
    if diagnostics.errors:
        return []
    return normalize(values, Path(source.name).stem.removesuffix(".stack"), diagnostics)


def _resolved(source: Source, workspace: Workspace, diagnostics: Diagnostics) -> list[tuple[tree.Definition, Scope]]:
    """The definitions of a text, every name of them bound; what is wrong goes into ``diagnostics``."""
    import interpreter.families  # noqa: F401 - fills the catalogues
    from interpreter.parse import parse
    from interpreter.resolve import resolve
    from interpreter.validate import validate

    definitions = _definitions(source, workspace.settings, diagnostics)
    validate(definitions, diagnostics)
    parse(definitions, diagnostics)
    names = WorkspaceNames(workspace, definitions)
    return [(definition, resolve(definition, names, diagnostics)) for definition in definitions]


def compiled(source: Source, file: str, workspace: Workspace) -> list[Program]:
    """The programs of a text; Rejected with all that is wrong with it."""
    from interpreter.compile import compile_definition

    diagnostics = Diagnostics()
    with growing():
        resolved = _resolved(source, workspace, diagnostics)
        if diagnostics.errors:
            raise Rejected(diagnostics.errors)
        strict = workspace.settings.strict
        return [compile_definition(definition, scope, file, strict) for definition, scope in resolved]


@contextmanager
def growing() -> Iterator[None]:
    """Around work that only builds: looking for garbage in a growing tree again and again costs more than the work."""
    import gc

    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def programs_of(workspace: Workspace, path: Path) -> list[Program]:
    """The programs of a document: from memory as long as its file and the names around it stay the same."""
    stamp = (workspace.stamp(path), workspace.names())
    known = workspace.remembered.get(path)
    if known is None or known[0] != stamp:
        known = workspace.remembered[path] = (stamp, _kept_or_compiled(workspace, path))
    return known[1]


def _kept_or_compiled(workspace: Workspace, path: Path) -> list[Program]:
    """The programs of a document, from the state folder where they are kept."""
    diagnostics = Diagnostics()
    source = _read(path, workspace.shown(path), workspace.settings, diagnostics)
    if source is None:
        raise Rejected(diagnostics.errors)
    folder = workspace.state / "cache" / "programs"
    made = made_of(source.text, str(path), workspace.names(), workspace.settings.strict)
    programs = kept(folder, made)
    if programs is None:
        programs = compiled(source, str(path), workspace)
        keep(folder, made, programs)
    return [program._replace(shown=source.name) for program in programs]


class WorkspaceNames:
    """Answers what ``resolve`` asks about other definitions: those of the document itself, then the workspace's."""

    def __init__(self, workspace: Workspace, own: Iterable[tree.Definition]) -> None:
        self._workspace = workspace
        self._own = {definition.name: definition for definition in own}

    def function(self, name: str) -> Any:
        return self._own.get(name) or self._workspace.find(FUNCTION, name)

    def function_names(self) -> Iterable[str]:
        return {*self._own, *self._workspace.definitions()}


def check(workspace: Workspace, paths: Iterable[Path]) -> Report:
    """All diagnostics, warnings included, of the documents at some paths (files or folders)."""
    from interpreter.lint import lint

    diagnostics = Diagnostics()
    documents = _documents_at(workspace, paths)
    try:
        workspace.definitions()
    except Rejected as rejected:
        diagnostics.found.extend(rejected.diagnostics)
        return Report(len(documents), sorted(diagnostics.found, key=lambda found: found.sort_key))
    for path in documents:
        own = Diagnostics()
        source = _read(path, workspace.shown(path), workspace.settings, own)
        with growing():
            resolved = _resolved(source, workspace, own) if source is not None else []
            if not own.errors:
                for definition, _ in resolved:
                    lint(definition, own)
        diagnostics.found.extend(own.found)
    return Report(len(documents), sorted(diagnostics.found, key=lambda found: found.sort_key))


def _documents_at(workspace: Workspace, paths: Iterable[Path]) -> list[Path]:
    """Files as they are; a folder stands for the workspace's documents below it, or else for its own."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path.resolve())
            continue
        folder = path.resolve()
        inside = [document for document in workspace.documents() if document.is_relative_to(folder)]
        found.extend(inside or Workspace(folder, workspace.settings, lambda _: []).documents())
    return list(dict.fromkeys(found))


def python_source(workspace: Workspace, target: str) -> str:
    """The Python of each definition of a document, as text."""
    from interpreter.compile import python_of

    path = _path_of(workspace, target)
    diagnostics = Diagnostics()
    source = _read(path, workspace.shown(path), workspace.settings, diagnostics)
    resolved = _resolved(source, workspace, diagnostics) if source is not None else []
    if diagnostics.errors:
        raise Rejected(diagnostics.errors)
    strict = workspace.settings.strict
    written = [f"# {each.kind} {each.name}\n{python_of(each, scope, strict)}\n" for each, scope in resolved]
    return "\n\n".join(written)


# --- finding ------------------------------------------------------------------------------------------


def find(workspace: Workspace, target: str) -> Program:
    """The program that a command line means: a file's first definition, or a name of the workspace."""
    path = Path(target)
    if path.is_file():
        workspace.definitions()
        return programs_of(workspace, path.resolve())[0]
    for kind in (FUNCTION, ENDPOINT, TASK, SCHEDULE):
        signature = workspace.find(kind, target)
        if signature is not None:
            return _program(workspace, signature)
    raise _unknown(workspace, target)


def find_callable(workspace: Workspace, kind: str, name: str) -> Program:
    """The program that a stack calls by name; Fault run/unknown-function."""
    signature = workspace.find(kind, name)
    if signature is None:
        workspace.forget()
        signature = workspace.find(kind, name)
    if signature is None:
        raise unknown_function(kind, name, workspace.definitions())
    return _program(workspace, signature)


def _program(workspace: Workspace, signature: Signature) -> Program:
    for program in programs_of(workspace, Path(signature.file)):
        if (program.kind, program.name) == (signature.kind, signature.name):
            return program
    workspace.forget()
    raise unknown_function(signature.kind, signature.name, workspace.definitions())


def _path_of(workspace: Workspace, target: str) -> Path:
    if Path(target).is_file():
        return Path(target).resolve()
    for kind in (FUNCTION, ENDPOINT, TASK, SCHEDULE):
        signature = workspace.find(kind, target)
        if signature is not None:
            return Path(signature.file)
    raise _unknown(workspace, target)


def _unknown(workspace: Workspace, target: str) -> Rejected:
    from interpreter.catalog import did_you_mean

    names = sorted(workspace.definitions())
    hint = did_you_mean(target, names) or (f"it has {', '.join(names[:8])}" if names else "it has no definitions")
    folder = workspace.shown(workspace.root)
    message = f'"{target}" is neither a file nor a definition of the workspace {folder}'
    return Rejected([Diagnostic("workspace/unknown-definition", message, None, hint)])


# --- running ------------------------------------------------------------------------------------------


def execute(
    workspace: Workspace,
    program: Program,
    inputs: dict[str, Any],
    *,
    env: dict[str, str] | None = None,
    strict: bool = False,
    timeout: float | None = None,
    trace: Trace | None = None,
) -> Outcome:
    """Run a program in the foreground. Raises Rejected (bad inputs), Fault, or Halt."""
    from interpreter.run import Foreground

    if strict and not program.strict:
        workspace = _strict(workspace)
        program = _again(workspace, program)
    seconds = workspace.settings.timeout if timeout is None else timeout
    run = Foreground(
        find=finder(workspace),
        executions=LateExecutions(workspace),
        limits=workspace.settings,
        env=environment_of(workspace) if env is None else env,
        request=request_of(program, inputs),
        execution={"id": None, "attempt": 1, "function": program.name},
        workspace_root=str(workspace.root),
        deadline=None if seconds is None else time.monotonic() + seconds,
        trace=trace,
    )
    with alarm(seconds):
        return Outcome(run.start(program, inputs), run.dispatched)


def _strict(workspace: Workspace) -> Workspace:
    settings = workspace.settings._replace(strict=True)
    return Workspace(workspace.root, settings, lambda path: describe(path, settings))


def _again(workspace: Workspace, program: Program) -> Program:
    """The same definition, compiled for another workspace."""
    for found in programs_of(workspace, Path(program.file)):
        if (found.kind, found.name) == (program.kind, program.name):
            return found
    raise unknown_function(program.kind, program.name, workspace.definitions())


def finder(workspace: Workspace) -> Callable[[str, str], Program]:
    """What a run finds programs with: within one run a name means one program."""
    found: dict[tuple[str, str], Program] = {}

    def find_once(kind: str, name: str) -> Program:
        if (kind, name) not in found:
            found[kind, name] = find_callable(workspace, kind, name)
        return found[kind, name]

    return find_once


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
    import os

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


def engine(workspace: Workspace) -> Engine:
    """The workspace's background engine; it opens nothing before it is used."""
    from interpreter.background.engine import Engine

    return Engine(workspace.settings, workspace.root)


class LateExecutions:
    """The engine of a foreground run, which is not even imported before the first node that needs it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = engine(self._workspace)
        return self._engine

    def dispatch(self, function: str, inputs: dict[str, Any], options: dict[str, Any], kind: str = "function") -> str:
        return self.engine.dispatch(function, inputs, options, kind)

    def wait(self, ids: list[str], timeout: float | None, mode: str = "all") -> list[dict[str, Any]]:
        return self.engine.wait(ids, timeout, mode)

    def cancel(self, ids: list[str]) -> list[dict[str, Any]]:
        return self.engine.cancel(ids)

    def active(self) -> int:
        return self.engine.active()


def perform(workspace: Workspace, job: Job, journal: Journal, executions: JournaledExecutions) -> Any:
    """Run one background execution in a worker: a function, a task, or a single action node."""
    from json import loads

    from interpreter.background.journal import Journaling

    inputs = loads(job.inputs)
    program = _single_node(job.function) if job.kind == "node" else find_callable(workspace, job.kind, job.function)
    journal.pin(program.hash)
    run: Foreground = Journaling(
        journal,
        executions,
        find=finder(workspace),
        limits=workspace.settings,
        env=environment_of(workspace),
        request=request_of(program, inputs),
        execution={"id": job.id, "attempt": job.attempt, "function": job.function},
        workspace_root=str(workspace.root),
    )
    return run.start(program, inputs).body


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
