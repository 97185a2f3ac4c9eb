"""Programs become bytes and bytes programs again, so that a second run needs neither parser nor schema.

What is kept for a document is kept together with all that it was made of: its text, the names it could call, the
interpreter and the Python. Where any of it is different, or the file is damaged, the programs are made again.
"""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from interpreter.inputs import Declared
from interpreter.program import Place, Program
from interpreter.workspace import made_by, sealed, unsealed, write_whole

MadeOf = tuple[str, ...]


def made_of(text: str, file: str, names: str, strict: bool) -> MadeOf:
    """Everything that the programs of a document depend on."""
    return (made_by(), file, names, str(strict), text)


def _place(folder: Path, made: MadeOf) -> Path:
    """One file for each document, strict or not."""
    return folder / f"{crc32(repr(made[1:2] + made[3:4]).encode('utf-8', 'surrogatepass')):08x}"


def keep(folder: Path, made: MadeOf, programs: list[Program]) -> None:
    """Write programs down; where that fails they are made again next time."""
    try:
        write_whole(_place(folder, made), sealed((made, [_plain(program) for program in programs])))
    except (OSError, ValueError):
        return


def kept(folder: Path, made: MadeOf) -> list[Program] | None:
    """The programs kept for a document, or None where they were made of something else."""
    try:
        before, programs = unsealed(_place(folder, made).read_bytes())
        return [_program(fields) for fields in programs] if before == made else None
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
