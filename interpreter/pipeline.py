"""The order, and nothing else: load → normalize → validate → parse → resolve → lint → compile → run.

The stages do not know each other; this is the one place where a document's way is written down. Everything here
imports what it needs when it needs it: a run whose programs are kept reads neither grammar nor schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.catalog import did_you_mean, nearest
from interpreter.diagnostic import Diagnostic, Diagnostics, Rejected
from interpreter.keeping import keep, kept, made_of
from interpreter.program import Program
from interpreter.settings import Settings, find_root, read_settings
from interpreter.source import Source
from interpreter.workspace import FUNCTION, LOOKED_UNDER, SCHEDULE, Signature, Workspace

if TYPE_CHECKING:
    from interpreter import tree
    from interpreter.adapters.tables.model import Table
    from interpreter.scope import Scope


CLOSE = 0.85
"""How much alike two names of tables are before one is taken for a slip of the other (``catalog.NEAR``)."""


class Report(NamedTuple):
    """What ``check`` found: how many documents it read, and every diagnostic, sorted by place."""

    documents: int
    diagnostics: list[Diagnostic]


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
        definition.kind,
        definition.name,
        declared(definition),
        definition.span.file,
        place.start,
        place.end,
        definition.options.get("method"),
        definition.options if definition.kind == SCHEDULE else None,
    )


# --- from text to programs ----------------------------------------------------------------------------


def _read(path: Path, shown: str, settings: Settings, diagnostics: Diagnostics) -> Source | None:
    from interpreter.load import read_source

    return read_source(path, diagnostics, settings.max_document_bytes, shown)


def _definitions(
    source: Source, settings: Settings, diagnostics: Diagnostics, *, of_table: bool = False
) -> list[tree.Definition]:
    """The definitions of a document; of a table's, those of its triggers."""
    from interpreter.load import load
    from interpreter.normalize import normalize
    from interpreter.normalize.triggers import triggers

    values = load(source, diagnostics, settings.max_document_bytes)
    if diagnostics.errors:
        return []
    if of_table:
        return triggers(values, diagnostics)
    return normalize(values, Path(source.name).stem.removesuffix(".stack"), diagnostics)


def _resolved(
    source: Source, workspace: Workspace, diagnostics: Diagnostics, *, of_table: bool = False
) -> list[tuple[tree.Definition, Scope]]:
    """The definitions of a text, every name of them bound; what is wrong goes into ``diagnostics``."""
    import interpreter.families  # noqa: F401 - fills the catalogues
    from interpreter.parse import parse
    from interpreter.resolve import resolve
    from interpreter.validate import validate

    definitions = _definitions(source, workspace.settings, diagnostics, of_table=of_table)
    validate(definitions, diagnostics)
    parse(definitions, diagnostics)
    names = WorkspaceNames(workspace, definitions)
    return [(definition, resolve(definition, names, diagnostics)) for definition in definitions]


def compiled(source: Source, file: str, workspace: Workspace) -> list[Program]:
    """The programs of a text; Rejected with all that is wrong with it."""
    from interpreter.compile import compile_definition

    diagnostics = Diagnostics()
    with growing():
        resolved = _resolved(source, workspace, diagnostics, of_table=workspace.is_table(file))
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
        self._own = {(definition.kind, definition.name): definition for definition in own}

    def function(self, name: str) -> Any:
        return self.called(FUNCTION, name)

    def called(self, kind: str, name: str) -> Any:
        own = (self._own.get((each, name)) for each in LOOKED_UNDER[kind])
        return next((each for each in own if each), None) or self._workspace.find(kind, name)

    def function_names(self) -> Iterable[str]:
        return {*(name for _, name in self._own), *self._workspace.definitions()}

    @cached_property
    def _tables(self) -> dict[str, Table]:
        """The declared tables; none of what is wrong with them is said here: ``check`` does."""
        from interpreter.adapters.tables.declaration import read

        return read(self._workspace.root, self._workspace.settings, Diagnostics())

    def columns(self, table: str) -> Collection[str] | None:
        found = self._tables.get(table)
        return None if found is None else found.columns

    def close_table(self, table: str) -> str | None:
        return next(iter(nearest(table, self._tables, most=1, near=CLOSE)), None)

    def missing_table(self, table: str) -> tuple[str, str] | None:
        if self._workspace.settings.open_tables:
            return None
        hint = did_you_mean(table, self._tables) or f"declare it in tables/{table}.json, or allow open_tables"
        return f'no table is named "{table}"', hint


def check(workspace: Workspace, paths: Sequence[Path]) -> Report:
    """All diagnostics, warnings included, of the documents and tables at some paths (files or folders)."""
    from interpreter.lint import lint

    diagnostics = Diagnostics()
    from interpreter.adapters.tables import declaration

    documents = _documents_at(workspace, paths)
    tables = [file for file in declaration.files(workspace.root) if _is_at(file, paths)]
    if tables:
        documents = [each for each in documents if each not in tables]
        declaration.read(workspace.root, workspace.settings, diagnostics)
    count = len(documents) + len(tables)
    try:
        workspace.definitions()
    except Rejected as rejected:
        diagnostics.found.extend(rejected.diagnostics)
        return Report(count, sorted(diagnostics.found, key=lambda found: found.sort_key))
    for file in tables if not diagnostics.errors else ():
        _check_triggers(workspace, file, diagnostics)
    for path in documents:
        own = Diagnostics()
        source = _read(path, workspace.shown(path), workspace.settings, own)
        with growing():
            resolved = _resolved(source, workspace, own) if source is not None else []
            if not own.errors:
                for definition, _ in resolved:
                    lint(definition, own)
        diagnostics.found.extend(own.found)
    return Report(count, sorted(diagnostics.found, key=lambda found: found.sort_key))


def _check_triggers(workspace: Workspace, table: Path, diagnostics: Diagnostics) -> None:
    """Look for the functions that a table's triggers start, and for what is wrong with their expressions."""
    from interpreter.load import load
    from interpreter.normalize.triggers import functions

    own = Diagnostics()
    source = _read(table, workspace.shown(table), workspace.settings, own)
    if source is None:
        return
    _resolved(source, workspace, own, of_table=True)
    for name in functions(load(source, Diagnostics(), workspace.settings.max_document_bytes)):
        if workspace.find(FUNCTION, name.value) is None:
            hint = did_you_mean(name.value, workspace.definitions())
            own.error(
                "resolve/unknown-function", f'no function of the workspace is named "{name.value}"', name.span, hint
            )
    diagnostics.found.extend(own.found)


def _is_at(file: Path, paths: Iterable[Path]) -> bool:
    """Whether a file is one of some paths, or lies in one of them."""
    return any(file.resolve().is_relative_to(path.resolve()) for path in paths)


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


def python_source(workspace: Workspace, path: Path) -> str:
    """The Python of each definition of a document, as text."""
    from interpreter.compile import python_of

    diagnostics = Diagnostics()
    source = _read(path, workspace.shown(path), workspace.settings, diagnostics)
    resolved = _resolved(source, workspace, diagnostics) if source is not None else []
    if diagnostics.errors:
        raise Rejected(diagnostics.errors)
    strict = workspace.settings.strict
    written = [f"# {each.kind} {each.name}\n{python_of(each, scope, strict)}\n" for each, scope in resolved]
    return "\n\n".join(written)
