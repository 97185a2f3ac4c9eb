"""A file ``tables/<name>.json`` becomes a Table, or diagnostics at the places where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from interpreter.adapters.tables.kinds import fitted, misfit
from interpreter.adapters.tables.model import (
    CREATED_AT,
    ID,
    ID_TYPES,
    NAME,
    SYSTEM,
    TYPES,
    Column,
    Index,
    Table,
    columns_of_every_table,
)
from interpreter.catalog import did_you_mean, misspelt
from interpreter.diagnostic import Diagnostics, Fault, Related
from interpreter.inputs import Unfit
from interpreter.load import load, read_source
from interpreter.settings import Settings
from interpreter.source import Span, shown
from interpreter.tree import Array, Member, Object, String, Value, plain
from interpreter.validate import validate_object

FOLDER = "tables"
SUFFIXES = (".json", ".jsonc")
_SPELLINGS = {
    "string": "text",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "datetime": "timestamp",
    "object": "json",
    "list": "json",
}


def files(root: Path) -> list[Path]:
    """The declarations of a workspace, sorted by path."""
    folder = root / FOLDER
    return sorted(each for each in folder.glob("*.json*") if each.suffix in SUFFIXES) if folder.is_dir() else []


def declared(root: Path, settings: Settings) -> dict[str, Table]:
    """The declared tables of a workspace by name; Fault run/bad-declaration with the first thing that is wrong."""
    diagnostics = Diagnostics()
    found = read(root, settings, diagnostics)
    if diagnostics.errors:
        first = min(diagnostics.errors, key=lambda each: each.sort_key)
        raise Fault("run/bad-declaration", f"{first.span}: {first.message}", first.hint)
    return found


def read(root: Path, settings: Settings, diagnostics: Diagnostics) -> dict[str, Table]:
    """The declared tables of a workspace by name; all that is wrong with them goes to the diagnostics."""
    written = [each for file in files(root) if (each := _written(file, settings, diagnostics)) is not None]
    tables: dict[str, Table] = {}
    places: dict[str, _Written] = {}
    for each in written:
        twin = next((name for name in tables if name.lower() == each.name.lower()), None)
        if twin is not None:
            other = Related("the other one stands here", places[twin].span)
            message = f'two tables are named "{each.name}"'
            diagnostics.error("workspace/duplicate-name", message, each.span, "rename one of them", related=(other,))
            continue
        tables[each.name], places[each.name] = each.table(), each
    for name, table in tables.items():
        places[name].check_references(tables)
        tables[name] = places[name].settled(table, tables)
    return tables


def _written(file: Path, settings: Settings, diagnostics: Diagnostics) -> _Written | None:
    source = read_source(file, diagnostics, settings.max_document_bytes, shown(file))
    if source is None:
        return None
    own = Diagnostics()
    values = load(source, own, settings.max_document_bytes)
    name = file.stem.removesuffix(".table")
    if not own.errors and (len(values) != 1 or not isinstance(values[0], Object)):
        place = values[0].span if values else Span(source, 0, 0)
        own.error("normalize/not-a-stack", f'"{file.name}" declares no table, expected one object', place)
    if not own.errors:
        assert isinstance(values[0], Object)
        validate_object(values[0], "table", f'the table "{name}"', own)
    diagnostics.found.extend(own.found)
    return None if own.errors else _Written(name, values[0], diagnostics, file)  # type: ignore[arg-type]


class _Written:
    """One declaration whose shape is right: what it means, and whether that makes sense."""

    def __init__(self, stem: str, value: Object, diagnostics: Diagnostics, file: Path) -> None:
        self._file = file
        self._value = value
        self._diagnostics = diagnostics
        self.name = str(plain(value).get("table", stem))
        self.span = Span(value.span.source, value.span.start, value.span.start + 1)
        self._columns: dict[str, Member] = {}

    def table(self) -> Table:
        told = plain(self._value)
        if not NAME.match(self.name) or self.name.lower().startswith("sqlite_") or self.name == "async_executions":
            self._wrong(f'a table cannot be named "{self.name}"', self.span, "use letters, digits and _")
        written = self._value.get("columns")
        assert isinstance(written, Object)
        columns = self._read_columns(written)
        indexes = tuple(self._indexes(columns))
        records = self._value.get("records")
        if isinstance(records, Array):
            for each in records.items:
                self._check_record(each, columns)
        triggers = tuple(told.get("triggers", ()))
        self._check_triggers(columns)
        seeds, description = tuple(told.get("records", ())), told.get("description")
        return Table(self.name, columns, indexes, seeds, triggers, description=description, file=self._file)

    def _read_columns(self, written: Object) -> dict[str, Column]:
        found: dict[str, Column] = {}
        for member in written:
            name = member.key.value
            if not NAME.match(name):
                self._wrong(f'a column cannot be named "{name}"', member.key.span, "use letters, digits and _")
            elif name.lower() in SYSTEM:
                self._wrong(
                    f'a column cannot be named "{name}": PostgreSQL has one', member.key.span, "use another name"
                )
            elif any(name.lower() == each.lower() for each in found):
                self._wrong(
                    f'there are two columns "{name}"', member.key.span, "upper and lower case are no difference"
                )
            else:
                self._columns[name] = member
                found[name] = self._column(member)
        own = columns_of_every_table(found[ID].type if ID in found else "int")
        if ID in found and found[ID].type not in ID_TYPES:
            self._wrong(
                f'"id" is a {found[ID].type}, expected one of {", ".join(ID_TYPES)}', self._columns[ID].value.span
            )
        if CREATED_AT in found and found[CREATED_AT].type != "timestamp":
            self._wrong('"created_at" is a time and nothing else', self._columns[CREATED_AT].value.span)
        rest = {name: column for name, column in found.items() if name not in own}
        return {ID: own[ID], **rest, CREATED_AT: own[CREATED_AT]}

    def _column(self, member: Member) -> Column:
        told = plain(member.value)
        if isinstance(told, str):
            told = {"type": told}
        given = told.get("type")
        type = _SPELLINGS.get(given, given) or ("" if "references" in told else "text")
        reference = tuple(str(told["references"]).partition(".")[::2]) if "references" in told else None
        column = Column(
            member.key.value,
            type,
            bool(told.get("required", False)),
            told.get("default"),
            bool(told.get("unique", False)),
            tuple(told.get("values", ())),
            (reference[0], reference[1] or ID) if reference else None,
            str(told.get("on_delete", "restrict")),
            bool(told.get("secret", False)),
            told.get("description"),
        )
        self._check_column(column, member)
        return column

    def _check_column(self, column: Column, member: Member) -> None:
        if column.type == "enum" and not column.values:
            self._wrong(f'the enum "{column.name}" has no values', member.key.span, 'add "values": ["…"]')
        elif column.values and column.type != "enum":
            self._wrong(f'"{column.name}" has values and is no enum', member.key.span, 'its type must be "enum"')
        elif column.on_delete != "restrict" and column.references is None:
            self._wrong(f'"{column.name}" has on_delete and references nothing', member.key.span)
        elif column.on_delete == "set_null" and column.required:
            self._wrong(f'"{column.name}" is required and cannot be set to null', member.key.span)
        elif column.default is not None and column.type in TYPES and column.default not in ("now", "uuid"):
            self._check_value(column, column.default, _part(member.value, "default"))

    def _check_value(self, column: Column, value: Any, span: Span) -> None:
        try:
            fitted(column, value)
        except Unfit as unfit:
            self._wrong(misfit(column, value, unfit), span)

    def _check_record(self, record: Value, columns: dict[str, Column]) -> None:
        assert isinstance(record, Object)
        for member in record:
            column = columns.get(member.key.value)
            if column is None:
                self._unknown(member.key, columns)
            elif column.type in TYPES and plain(member.value) is not None:
                self._check_value(column, plain(member.value), member.value.span)
        given = plain(record)
        meant = misspelt(given, columns)
        for column in columns.values():
            lacks = column.required and column.default is None and given.get(column.name) is None
            if lacks and column.name not in (ID, CREATED_AT, *meant):
                self._wrong(f'a record lacks "{column.name}"', record.span)

    def _indexes(self, columns: dict[str, Column]) -> Iterable[Index]:
        written = self._value.get("indexes")
        for each in written.items if isinstance(written, Array) else ():
            listed = each.get("columns") if isinstance(each, Object) else each
            names = [item for item in listed.items if isinstance(item, String)] if isinstance(listed, Array) else []
            for name in names:
                if name.value not in columns:
                    self._unknown(name, columns)
                elif columns[name.value].type == "json":
                    self._wrong(f'"{name.value}" holds JSON, which no index can order', name.span)
            if all(name.value in columns for name in names):
                unique = isinstance(each, Object) and bool(plain(each).get("unique", False))
                yield Index(tuple(name.value for name in names), unique)

    def _check_triggers(self, columns: dict[str, Column]) -> None:
        written = self._value.get("triggers")
        for trigger in written.items if isinstance(written, Array) else ():
            named = trigger.get("columns") if isinstance(trigger, Object) else None
            for each in named.items if isinstance(named, Array) else ():
                if isinstance(each, String) and each.value not in columns:
                    self._unknown(each, columns)

    def check_references(self, tables: dict[str, Table]) -> None:
        for name, member in self._columns.items():
            reference = self._column_of(tables, name).references
            if reference is None:
                continue
            span = _part(member.value, "references")
            other = tables.get(reference[0])
            if other is None:
                hint = did_you_mean(reference[0], tables) or "a table that is referenced must be declared too"
                self._wrong(f'"{name}" references "{reference[0]}", which is no declared table', span, hint)
            elif reference[1] not in other.columns:
                self._unknown_of(reference[1], span, other.columns)
            elif (reference[1],) not in other.uniques:
                hint = f'make "{reference[1]}" unique, or reference the id'
                self._wrong(f'"{name}" references a column that is not unique', span, hint)

    def _column_of(self, tables: dict[str, Table], name: str) -> Column:
        return tables[self.name].columns[name]

    def settled(self, table: Table, tables: dict[str, Table]) -> Table:
        """The table with a type for every column: a reference has that of what it names."""
        for name, column in table.columns.items():
            if column.references and not column.type:
                other = tables.get(column.references[0])
                target = other.columns.get(column.references[1]) if other else None
                table.columns[name] = column._replace(type=(target.type if target else "") or "int")
        return table

    def _unknown(self, name: String, columns: Iterable[str]) -> None:
        self._unknown_of(name.value, name.span, columns)

    def _unknown_of(self, name: str, span: Span, columns: Iterable[str]) -> None:
        hint = did_you_mean(name, columns) or f"the columns are {', '.join(columns)}"
        self._diagnostics.error("resolve/unknown-column", f'there is no column "{name}"', span, hint)

    def _wrong(self, message: str, span: Span, hint: str | None = None) -> None:
        self._diagnostics.error("validate/wrong-value", message, span, hint)


def _part(value: Value, key: str) -> Span:
    """Where a part of a column's declaration stands."""
    part = value.get(key) if isinstance(value, Object) else None
    return part.span if part is not None else value.span
