"""What a table is: its columns, its indexes, and how it came into being."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from interpreter.diagnostic import Fault

ID, CREATED_AT = "id", "created_at"
ID_TYPES = ("int", "uuid", "text")
TYPES = (
    *("text", "int", "decimal", "float", "bool", "timestamp", "date", "json", "enum", "uuid", "email", "password"),
    "file",
)
SYSTEM = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))
"""Columns that every table of PostgreSQL has already."""
UNSEEN = "null"
"""The type of an open table's column that has only seen null: it has no place in the database yet."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")


class Column(NamedTuple):
    """One column. ``default`` of a timestamp or date may be ``now``, of a uuid ``uuid``."""

    name: str
    type: str
    required: bool = False
    default: Any = None
    unique: bool = False
    values: tuple[Any, ...] = ()
    """The allowed values of an enum."""
    references: tuple[str, str] | None = None
    """The table and column of the record that a value of this one names."""
    on_delete: str = "restrict"
    secret: bool = False
    description: str | None = None

    @property
    def is_secret(self) -> bool:
        """Whether no message may say its value."""
        return self.secret or self.type == "password"


class Index(NamedTuple):
    """Columns that are looked for together; ``unique``: no two records have the same."""

    columns: tuple[str, ...]
    unique: bool = False


class Table:
    """One table as its declaration, or what was written into it so far, says. Never changed: a new one replaces it."""

    def __init__(
        self,
        name: str,
        columns: dict[str, Column],
        indexes: tuple[Index, ...] = (),
        records: tuple[dict[str, Any], ...] = (),
        triggers: tuple[dict[str, Any], ...] = (),
        *,
        description: str | None = None,
        is_open: bool = False,
        version: int = 0,
        file: Path | None = None,
    ) -> None:
        self.name = name
        self.columns = columns
        self.indexes = indexes
        self.records = records
        self.triggers = triggers
        self.description = description
        self.is_open = is_open
        self.version = version
        self.file = file
        """Where it is declared."""
        self.statements: dict[Any, Any] = {}
        """What was compiled for this table, by shape."""
        self.writers: dict[str, Any] = {}
        """What makes a row's values of a record's, by column."""

    @cached_property
    def stored(self) -> dict[str, Column]:
        """The columns that the database has."""
        return {name: column for name, column in self.columns.items() if column.type != UNSEEN}

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The columns that a query gives where it selects none: all but passwords."""
        return tuple(name for name, column in self.stored.items() if column.type != "password")

    @cached_property
    def unseen(self) -> tuple[str, ...]:
        return tuple(name for name, column in self.columns.items() if column.type == UNSEEN)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The columns that every new record must give."""
        return tuple(
            name
            for name, each in self.columns.items()
            if each.required and each.default is None and name not in (ID, CREATED_AT)
        )

    @cached_property
    def defaults(self) -> tuple[Column, ...]:
        return tuple(each for each in self.columns.values() if each.default is not None)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        return tuple(name for name, each in self.columns.items() if each.is_secret)

    @cached_property
    def uniques(self) -> tuple[tuple[str, ...], ...]:
        """The sets of columns of which no two records have the same values."""
        single = tuple((each.name,) for each in self.columns.values() if each.unique)
        return ((ID,), *single, *(index.columns for index in self.indexes if index.unique))

    def references(self) -> list[Column]:
        return [each for each in self.columns.values() if each.references]

    def told(self) -> dict[str, Any]:
        """The table as JSON: what the catalogue in its database remembers."""
        return {
            "table": self.name,
            "columns": {name: _told(column) for name, column in self.columns.items()},
            "indexes": [{"columns": list(index.columns), "unique": index.unique} for index in self.indexes],
        }


def of_told(told: dict[str, Any], *, is_open: bool, version: int) -> Table:
    """A table as the catalogue remembers it."""
    columns = {name: _column(name, about) for name, about in told["columns"].items()}
    indexes = tuple(Index(tuple(each["columns"]), each["unique"]) for each in told["indexes"])
    return Table(told["table"], columns, indexes, is_open=is_open, version=version)


_TOLD = ("type", "required", "default", "unique", "values", "references", "on_delete", "secret")
_PLAIN = Column("", "")


def _told(column: Column) -> dict[str, Any]:
    """What differs from a plain column."""
    found = {key: getattr(column, key) for key in _TOLD}
    return {key: value for key, value in found.items() if key == "type" or value != getattr(_PLAIN, key)}


def _column(name: str, about: dict[str, Any]) -> Column:
    lists: dict[str, Any] = {key: tuple(about[key]) for key in ("values", "references") if key in about}
    return Column(name, **{**about, **lists})


def check_name(what: str, name: Any) -> str:
    """A table's or column's name; Fault run/wrong-name."""
    if not isinstance(name, str) or not NAME.match(name):
        hint = "names begin with a letter and have letters, digits and _, at most 63"
        raise Fault("run/wrong-name", f'"{name}" cannot be the name of a {what}', hint)
    if what == "column" and name.lower() in SYSTEM:
        raise Fault(
            "run/wrong-name", f'"{name}" cannot be the name of a column: PostgreSQL has one', "use another name"
        )
    return name


def columns_of_every_table(id_type: str = "int") -> dict[str, Column]:
    """``id`` and ``created_at``, which every table has by itself."""
    identity = Column(ID, id_type, required=True, default="uuid" if id_type == "uuid" else None)
    return {ID: identity, CREATED_AT: Column(CREATED_AT, "timestamp", required=True, default="now")}
