"""A folder of documents becomes definitions that are found by name.

The workspace does not read documents itself: it is handed a function that says what a text defines, and keeps what
it said of each file until the file changes, in memory and in the state folder.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from interpreter import __version__, schemafiles
from interpreter.diagnostic import Diagnostic, Fault, Rejected, Related
from interpreter.inputs import Declared
from interpreter.settings import FILE_NAME, Settings
from interpreter.source import Source, Span, shown

SUFFIXES = (".json", ".jsonc")
_SKIPPED_FOLDERS = frozenset(("node_modules", "venv", "__pycache__", "tables"))
_SKIPPED_ENDINGS = (".runs.json", ".schema.json", ".mocks.json")

FUNCTION, ENDPOINT, TASK, SCHEDULE = "function", "endpoint", "task", "schedule"
LOOKED_UNDER = {
    FUNCTION: (FUNCTION, TASK, ENDPOINT, SCHEDULE),
    TASK: (TASK, FUNCTION, SCHEDULE, ENDPOINT),
    ENDPOINT: (ENDPOINT,),
    SCHEDULE: (SCHEDULE,),
}
"""Where a call looks for a name, in this order."""


class Signature(NamedTuple):
    """What other documents need to know of a definition: its kind, name, inputs and place."""

    kind: str
    name: str
    inputs: tuple[Declared, ...] | None
    file: str
    start: int
    end: int
    method: str | None = None
    """Of an endpoint: two may share a path."""
    options: dict[str, Any] | None = None
    """Of a schedule: when it runs and how."""


Describe = Callable[[Path], list[Signature]]


class Workspace:
    """One folder: its settings, its documents, and the definitions in them.

    A folder with an interpreter.toml is read with all its folders; without one, alone.
    """

    def __init__(self, root: Path, settings: Settings, describe: Describe) -> None:
        self.root = root
        self.settings = settings
        self.state = settings.state_dir
        self._describe = describe
        self._found: dict[str, list[Signature]] | None = None
        self._names = ""
        self._included: list[str] = []
        self.remembered: dict[Path, Any] = {}
        """What the pipeline made of each document, with the stamp of when."""

    # --- documents ---

    def documents(self) -> list[Path]:
        """Every document of the workspace, sorted by path."""
        return sorted(Path(entry.path) for entry in self._entries())

    def _entries(self) -> list[os.DirEntry[str]]:
        deep = (self.root / FILE_NAME).is_file()
        storage = self.settings.storage_dir
        return list(_documents_in(str(self.root), deep, os.path.realpath(storage) if storage else None))

    def is_table(self, path: Path | str) -> bool:
        """Whether a file is the declaration of a table."""
        return Path(path).parent == self.root / "tables"

    def shown(self, path: Path | str) -> str:
        return shown(path)

    @staticmethod
    def stamp(path: Path | str) -> tuple[int, int] | None:
        """When a file last changed, and its size."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    # --- definitions ---

    def definitions(self) -> dict[str, list[Signature]]:
        """All definitions by name; Rejected where two of one kind have the same name."""
        if self._found is None:
            found: dict[str, list[Signature]] = {}
            for signature in self._signatures():
                found.setdefault(signature.name, []).append(signature)
            duplicates = list(_duplicates(found))
            if duplicates:
                raise Rejected(duplicates)
            self._found = found
        return self._found

    def forget(self) -> None:
        """Look at the folder again when next asked."""
        self._found = None
        self._names = ""

    def include(self, path: Path) -> None:
        """Take in a document that stands where the workspace does not look, so that what it defines is found."""
        if all(str(path) != each.file for group in self.definitions().values() for each in group):
            self._included.append(str(path))
            self.forget()

    def find(self, kind: str, name: str) -> Signature | None:
        """The definition that a call of this kind means; an endpoint may be named with its method before the path."""
        method, path = name.rpartition(" ")[::2] if kind == ENDPOINT else ("", name)
        known = [each for each in self.definitions().get(path, ()) if not method or each.method in (None, method)]
        return next((each for wanted in LOOKED_UNDER[kind] for each in known if each.kind == wanted), None)

    def names(self) -> str:
        """All that one document's programs depend on in others, as text: each definition's kind, name and inputs; the
        tables that are declared."""
        definitions = self.definitions()
        if not self._names:
            known = sorted(
                (each.kind, each.name, repr(each.inputs)) for group in definitions.values() for each in group
            )
            self._names = repr((known, self.settings.open_tables, self._tables()))
        return self._names

    def _tables(self) -> list[tuple[str, tuple[int, int] | None]]:
        """The declarations of tables, and when each last changed."""
        folder = self.root / "tables"
        return sorted((each.name, self.stamp(each)) for each in folder.iterdir()) if folder.is_dir() else []

    def _signatures(self) -> Iterator[Signature]:
        index = self._read_index()
        fresh: dict[str, tuple[int, int, list[tuple[Any, ...]]]] = {}
        for path in dict.fromkeys((*(entry.path for entry in self._entries()), *self._included)):
            stamp = self.stamp(path)
            if stamp is None:  # a broken link, or gone since: whoever asks for it by path is told so
                continue
            known = index.get(path)
            if known is None or known[:2] != stamp:
                known = (*stamp, [_plain(each) for each in self._describe(Path(path))])
            fresh[path] = known
            yield from (_signature(each) for each in known[2])
        if fresh != index:
            self._write_index(fresh)

    @property
    def _index_path(self) -> Path:
        return self.state / "cache" / "index"

    @property
    def _index_made_of(self) -> tuple[str, int]:
        return made_by(), self.settings.max_document_bytes

    def _read_index(self) -> dict[str, Any]:
        try:
            made, found = unsealed(self._index_path.read_bytes())
        except (OSError, ValueError, EOFError, TypeError):
            return {}
        return found if made == self._index_made_of else {}

    def _write_index(self, index: dict[str, Any]) -> None:
        try:
            write_whole(self._index_path, sealed((self._index_made_of, index)))
        except (OSError, ValueError):
            return  # the index only saves time


def _plain(signature: Signature) -> tuple[Any, ...]:
    """A signature of plain tuples all the way down: ``marshal`` writes no named ones."""
    inputs = None if signature.inputs is None else tuple(tuple(each) for each in signature.inputs)
    return tuple(signature._replace(inputs=inputs))  # type: ignore[arg-type]


def _signature(kept: Iterable[Any]) -> Signature:
    kind, name, inputs, *others = kept
    declared = None if inputs is None else tuple(Declared(*each) for each in inputs)
    return Signature(kind, name, declared, *others)


def _documents_in(folder: str, deep: bool, storage: str | None) -> Iterator[os.DirEntry[str]]:
    """What stacks store is no part of the program, whatever it looks like."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if deep and entry.name not in _SKIPPED_FOLDERS and not (storage and _is(entry.path, storage)):
                    yield from _documents_in(entry.path, deep, storage)
            elif entry.name.endswith(SUFFIXES) and not entry.name.endswith(_SKIPPED_ENDINGS):
                yield entry


def _is(path: str, real: str) -> bool:
    return os.path.realpath(path) == real


def _duplicates(found: dict[str, list[Signature]]) -> Iterator[Diagnostic]:
    for name, group in found.items():
        first: dict[tuple[str, str | None], Signature] = {}
        for each in group:
            other_one = first.setdefault((each.kind, each.method), each)
            if other_one is each:
                continue
            other = Related("the other one stands here", _span(other_one))
            message = f'two definitions of kind {each.kind} are named "{name}"'
            yield Diagnostic("workspace/duplicate-name", message, _span(each), "rename one of them", related=(other,))


def _span(signature: Signature) -> Span:
    try:
        text = Path(signature.file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = ""
    return Span(Source(shown(signature.file), text), min(signature.start, len(text)), min(signature.end, len(text)))


@cache
def made_by() -> str:
    """The program and the Python that make what is kept: another one makes it again.

    While the program is being developed that is said by the time when its code, or a schema, last changed.
    """
    rooms = ("", "load", "normalize", "expression", "filters", "compile", "nodes", "adapters/tables")
    package = os.path.dirname(__file__)
    schemas = schemafiles.folder()
    folders = [*(os.path.join(package, room) for room in rooms), str(schemas), str(schemas / "nodes")]
    changed = max(entry.stat().st_mtime_ns for folder in folders for entry in os.scandir(folder) if entry.is_file())
    return f"{__version__} {sys.version} {changed}"


def sealed(value: Any) -> bytes:
    """A plain value as bytes that show it when they were damaged."""
    data = marshal.dumps(value)
    return crc32(data).to_bytes(4, "big") + data


def unsealed(data: bytes) -> Any:
    """The value again; ValueError where the bytes are not as they were written."""
    if crc32(data[4:]).to_bytes(4, "big") != data[:4]:
        raise ValueError("damaged")
    return marshal.loads(data[4:])


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def unknown_function(kind: str, name: str, known: Iterable[str]) -> Fault:
    """The fault of a call whose name nothing in the workspace has."""
    from interpreter.catalog import did_you_mean

    what = kind if kind in (TASK, ENDPOINT) else "function"
    return Fault("run/unknown-function", f'the workspace has no {what} named "{name}"', did_you_mean(name, known))
