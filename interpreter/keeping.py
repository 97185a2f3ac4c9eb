"""Programs become bytes and bytes programs again, so that a second run needs neither parser nor schema.

A kept program is found by a hash of all that it was made of: the text, the names it could call, the interpreter
and the Python. A damaged or foreign file is ignored.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from pathlib import Path

from interpreter import __version__
from interpreter.inputs import Declared
from interpreter.program import Place, Program
from interpreter.workspace import write_whole


def key_of(text: str, file: str, fingerprint: str, strict: bool) -> str:
    """The name under which the programs of a document are kept."""
    made_of = (__version__, sys.version, str(_code_stamp()), file, fingerprint, str(strict), text)
    return hashlib.sha256("\0".join(made_of).encode("utf-8", "surrogatepass")).hexdigest()


def _code_stamp() -> int:
    """When the interpreter's own code last changed: what counts while it is being developed."""
    folders = (Path(__file__).parent, *(Path(__file__).parent / name for name in ("compile", "nodes", "expression")))
    return max(folder.stat().st_mtime_ns for folder in folders)


def keep(folder: Path, key: str, programs: list[Program]) -> None:
    """Write programs down; where that fails they are made again next time."""
    try:
        write_whole(folder / key, marshal.dumps([_plain(program) for program in programs]))
    except (OSError, ValueError):
        return


def kept(folder: Path, key: str) -> list[Program] | None:
    """The programs kept under a key, or None."""
    try:
        return [_program(fields) for fields in marshal.loads((folder / key).read_bytes())]
    except (OSError, ValueError, EOFError, TypeError, KeyError):
        return None


def _plain(program: Program) -> dict[str, object]:
    fields = program._asdict()
    fields["inputs"] = None if program.inputs is None else [tuple(each) for each in program.inputs]
    fields["places"] = [tuple(place) for place in program.places]
    return fields


def _program(fields: dict[str, object]) -> Program:
    inputs, places = fields["inputs"], fields["places"]
    fields["inputs"] = None if inputs is None else tuple(Declared(*each) for each in inputs)  # type: ignore[attr-defined]
    fields["places"] = tuple(Place(*each) for each in places)  # type: ignore[attr-defined]
    return Program(**fields)  # type: ignore[arg-type]
