"""Declared tables, and the SQL that was compiled for them, become bytes and tables again.

So a second run of a workspace reads neither declarations nor schema, and does not import SQLAlchemy. What is kept is
kept with all that it was made of: the files, the program, the kind of database; it is made again where that differs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interpreter.adapters.tables.kinds import KINDS, inexact
from interpreter.adapters.tables.model import Column, Index, Table
from interpreter.adapters.tables.statement import Statement
from interpreter.settings import Settings
from interpreter.workspace import made_by, sealed, unsealed, write_whole

MOST = 200
"""Statements of one table that are kept."""
_UNKEPT = "insert many"
"""Statements that there would be too many of: one for each number of records."""


def reader(root: Path, settings: Settings) -> Callable[[], dict[str, Table]]:
    """What gives the declared tables of a workspace by name, read once; Fault run/bad-declaration."""
    return Kept(root, settings).tables


class Kept:
    """The declared tables of one workspace, for one kind of database."""

    def __init__(self, root: Path, settings: Settings, sqlite: bool = True) -> None:
        self._root = root
        self._settings = settings
        self._sqlite = sqlite
        self._tables: dict[str, Table] | None = None
        self._words = {each.reader(sqlite): word for word, each in KINDS.items() if each.reader(sqlite)}
        self._words[inexact] = "number"

    def tables(self) -> dict[str, Table]:
        """The tables by name; Fault run/bad-declaration."""
        if self._tables is None:
            self._tables = self._read()
            if self._tables is None:
                from interpreter.adapters.tables.declaration import declared

                self._tables = declared(self._root, self._settings)
                self._write()
        return self._tables

    def keep(self, table: Table, key: Any) -> None:
        """A statement was compiled for a table: write down what there is by now."""
        known = (self._tables or {}).get(table.name)
        if known is table and key[0] != _UNKEPT and len(table.statements) <= MOST:
            self._write()

    @property
    def _file(self) -> Path:
        return self._settings.state_dir / "cache" / "tables"

    def _made_of(self) -> tuple[Any, ...]:
        folder = self._root / "tables"
        found = sorted(os.scandir(folder), key=lambda each: each.name) if folder.is_dir() else []
        stamps = tuple((each.name, each.stat().st_mtime_ns, each.stat().st_size) for each in found)
        return made_by(), str(self._root), self._sqlite, stamps

    def _read(self) -> dict[str, Table] | None:
        try:
            made, tables = unsealed(self._file.read_bytes())
        except (OSError, ValueError, EOFError, TypeError):
            return None
        if made != self._made_of():
            return None
        return {each[0]: self._table(each) for each in tables}

    def _write(self) -> None:
        try:
            packed = [self._packed(each) for each in (self._tables or {}).values()]
            write_whole(self._file, sealed((self._made_of(), packed)))
        except (OSError, ValueError):
            return  # it only saves time

    def _packed(self, table: Table) -> tuple[Any, ...]:
        columns = [tuple(each) for each in table.columns.values()]
        indexes = [tuple(each) for each in table.indexes]
        statements = [
            (key, *found[:3], tuple((name, self._words[read]) for name, read in found.readers))
            for key, found in table.statements.items()
            if key[0] != _UNKEPT and all(read in self._words for _, read in found.readers)
        ]
        told = (table.description, str(table.file) if table.file else None)
        return (table.name, columns, indexes, list(table.records), list(table.triggers), *told, statements)

    def _table(self, packed: tuple[Any, ...]) -> Table:
        name, columns, indexes, records, triggers, description, file, statements = packed
        table = Table(
            name,
            {each[0]: Column(*each) for each in columns},
            tuple(Index(*each) for each in indexes),
            tuple(records),
            tuple(triggers),
            description=description,
            file=Path(file) if file else None,
        )
        readers = {word: each.reader(self._sqlite) for word, each in KINDS.items()} | {"number": inexact}
        for key, sql, order, names, words in statements:
            table.statements[key] = Statement(sql, order, names, tuple((at, readers[word]) for at, word in words))
        return table
