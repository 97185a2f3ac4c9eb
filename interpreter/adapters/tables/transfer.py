"""Files of JSON Lines or CSV become a table's records, and records such a file, both a few at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TextIO

from interpreter.adapters.tables.model import ID, UNSEEN, Column, Table
from interpreter.adapters.tables.shapes import unknown_column
from interpreter.adapters.tables.tables import Tables
from interpreter.conditions import Conditions
from interpreter.diagnostic import Diagnostic, Fault, Rejected
from interpreter.values import Moment, absent, encode, text

JSON_LINES, CSV = "jsonl", "csv"
ROWS = 1000
"""Records that are read and written at once."""
SHOWN = 20
"""Bad rows that are told, each; more are counted."""
_LONGEST_CELL = 2**31 - 1

Record = dict[str, Any]


class Row(NamedTuple):
    """One record of a file, or what is wrong with it, and the line where it begins."""

    line: int
    record: Record
    problem: str | None = None


class Imported(NamedTuple):
    """How many records were written, and what is wrong with the others."""

    records: int
    bad: int
    diagnostics: list[Diagnostic]


# --- from files ---------------------------------------------------------------------------------------


def load(
    tables: Tables, name: str, file: TextIO, form: str, *, on_conflict: str | None = None, keep_going: bool = False
) -> Imported:
    """Write a file's records into a table, all or none of them; with ``keep_going`` all that it takes.

    Rejected, with the first bad rows, where it is to be all of them.
    """
    loading = _Loading(tables, name, on_conflict)
    known = tables.catalogue.find(name)
    with tables.database.transaction():
        if not tables.is_sqlite:  # the file may come from a program that takes its time
            tables.database.run("SET LOCAL idle_in_transaction_session_timeout = 0")
        for rows in _chunks(_read(file, form, known), alike=on_conflict is not None):
            loading.take(rows)
        if loading.bad and not keep_going:
            raise Rejected(loading.diagnostics())
    return Imported(loading.records, loading.bad, loading.diagnostics())


class _Loading:
    """One import: what was written so far, and what could not be."""

    def __init__(self, tables: Tables, name: str, on_conflict: str | None) -> None:
        self._tables = tables
        self._name = name
        self._on_conflict = on_conflict
        self._told: list[Diagnostic] = []
        self.records = 0
        self.bad = 0

    def take(self, rows: list[Row]) -> None:
        """Write some rows together; one by one where that fails, so that every bad one is found."""
        good = [each for each in rows if each.problem is None]
        all_fit = self._fault_of(good) is None
        for each in rows:
            if each.problem is not None:
                self._tell(each.line, each.problem)
            elif not all_fit and (fault := self._fault_of([each])) is not None:
                self._tell(each.line, fault.message, fault.hint)

    def _fault_of(self, rows: list[Row]) -> Fault | None:
        """Write some rows; what is wrong with them where they are not written."""
        try:
            self._write(rows)
        except Fault as fault:
            if fault.code.startswith("background/"):
                raise
            return fault
        return None

    def _write(self, rows: list[Row]) -> None:
        with self._tables.database.part():
            self._tables.add_all(self._name, [each.record for each in rows], self._on_conflict)
        self.records += len(rows)

    def _tell(self, line: int, problem: str, hint: str | None = None) -> None:
        self.bad += 1
        if len(self._told) < SHOWN:
            self._told.append(Diagnostic("input/bad-row", f"line {line}: {problem}", None, hint))

    def diagnostics(self) -> list[Diagnostic]:
        more = self.bad - len(self._told)
        if not more:
            return self._told
        message = f"{more:,} more rows do not fit: {self.bad:,} in all"
        return [*self._told, Diagnostic("input/bad-row", message, None)]


def _chunks(rows: Iterable[Row], *, alike: bool) -> Iterator[list[Row]]:
    """Some rows at a time; ``alike``: with the same columns, so that none is taken for null."""
    chunk: list[Row] = []
    for row in rows:
        if len(chunk) == ROWS or (alike and chunk and chunk[0].record.keys() != row.record.keys()):
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def _read(file: TextIO, form: str, table: Table | None) -> Iterator[Row]:
    try:
        yield from _read_csv(file, table) if form == CSV else _read_json_lines(file)
    except UnicodeDecodeError as error:
        raise Rejected([Diagnostic("load/not-text", f"the file is not UTF-8 text: {error.reason}", None)]) from None


def _read_json_lines(file: TextIO) -> Iterator[Row]:
    for line, written in enumerate(file, 1):
        if not written.strip():
            continue
        try:
            record = json.loads(written, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            yield Row(line, {}, f"it is not JSON: {getattr(error, 'msg', error)}")
            continue
        if isinstance(record, dict):
            yield Row(line, record)
        else:
            yield Row(line, {}, "it is no JSON object")


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _read_csv(file: TextIO, table: Table | None) -> Iterator[Row]:
    """The first line names the columns; an empty cell is null."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(file, strict=True)
    try:
        names = next(reader, [])
        columns = [_column(table, name) for name in names]
        if len(set(names)) < len(names):
            raise Rejected([Diagnostic("input/bad-row", "line 1: two columns have the same name", None)])
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if cells:
                yield _row(line, cells, columns)
    except csv.Error as error:
        raise Rejected([Diagnostic("input/bad-row", f"line {reader.line_num}: {error}", None)]) from None


def _column(table: Table | None, name: str) -> Column:
    found = table.columns.get(name) if table else None
    if table is not None and found is None and not table.is_open:
        raise unknown_column(table, name)
    return found or Column(name, UNSEEN)


def _row(line: int, cells: list[str], columns: list[Column]) -> Row:
    if len(cells) != len(columns):
        return Row(line, {}, f"it has {len(cells)} cells, and the first line names {len(columns)} columns")
    record: Record = {}
    for column, cell in zip(columns, cells):
        if column.type != "json" or not cell:
            record[column.name] = cell or None
            continue
        try:
            record[column.name] = json.loads(cell, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return Row(line, {}, f'"{column.name}" is not JSON')
    return Row(line, record)


# --- to files -----------------------------------------------------------------------------------------


def save(tables: Tables, table: Table, file: TextIO, form: str, filter: Conditions) -> int:
    """Write a table's records, but for passwords, in the order of their ids; how many."""
    names = [*table.shown, *table.unseen]
    writer = csv.writer(file, lineterminator="\n")
    if form == CSV:
        writer.writerow(names)
    count = 0
    for records in _pages(tables, table.name, filter):
        if form == CSV:
            writer.writerows([_cell(table.columns[name], each.get(name)) for name in names] for each in records)
        else:
            file.writelines(f"{encode(_exact(each))}\n" for each in records)
        count += len(records)
    return count


def _pages(tables: Tables, name: str, filter: Conditions) -> Iterator[list[Record]]:
    after: Any = None
    while True:
        query = {"filter": filter, "sort": ID, "limit": ROWS, "after": after}
        records: list[Record] = tables.find(name, query)
        if records:
            yield records
        if len(records) < ROWS:
            return
        after = records[-1][ID]


def _cell(column: Column, value: Any) -> str:
    if absent(value):
        return ""
    return encode(value) if column.type == "json" else text(_time(value))


def _exact(record: Record) -> Record:
    return {name: _time(value) for name, value in record.items()}


def _time(value: Any) -> Any:
    """A time with all its digits, which a stack's own text of it has not."""
    if isinstance(value, Moment) and value.microseconds % 1000:
        return value.datetime.isoformat(timespec="microseconds")[:26] + "Z"
    return value
