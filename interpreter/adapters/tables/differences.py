"""A declaration and what its table was made from become the differences between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from interpreter.adapters.tables.model import UNSEEN, Column, Table, of_told

TABLE, COLUMN, INDEX = "table", "column", "index"
MISSING, EXTRA, DIFFERENT = "missing", "extra", "different"


class Difference(NamedTuple):
    """One thing that the database has not as it is declared. ``kind``: what is missing, extra or different there."""

    table: str
    what: str
    kind: str
    name: str
    """Of the table, the column, or the columns of an index with commas between."""
    was: Any = None
    wanted: Any = None

    @property
    def hinders(self) -> bool:
        """Whether records cannot be read or written as the table is declared."""
        return self.kind != EXTRA or (self.what == COLUMN and bool(self.was.required))

    def __str__(self) -> str:
        """Such as ``orders: column "code" (text) is missing``."""
        column = self.wanted if isinstance(self.wanted, Column) else self.was
        of = f" ({column.type})" if isinstance(column, Column) else ""
        told = "is not declared" if self.kind == EXTRA else "is missing"
        if self.kind == DIFFERENT:
            of, told = "", f"is {_described(self.was)}, declared as {_described(self.wanted)}"
        name = "" if self.what == TABLE else f' "{self.name}"'
        return f"{self.table}: {self.what}{name}{of} {told}"


def between(remembered: dict[str, Any] | None, declared: Table) -> Iterator[Difference]:
    """How one declared table differs from what it was made from."""
    if remembered is None:
        yield Difference(declared.name, TABLE, MISSING, declared.name)
        return
    before = of_told(remembered, is_open=False, version=0)
    yield from _of_columns(before, declared)
    had = {(index.columns, index.unique) for index in before.indexes}
    wants = {(index.columns, index.unique) for index in declared.indexes}
    for kind, indexes in ((MISSING, wants - had), (EXTRA, had - wants)):
        for columns, unique in sorted(indexes):
            yield Difference(declared.name, INDEX, kind, ",".join(columns), wanted=unique)


def _of_columns(before: Table, declared: Table) -> Iterator[Difference]:
    for name, column in declared.columns.items():
        was = before.columns.get(name)
        if was is None or was.type == UNSEEN:
            yield Difference(declared.name, COLUMN, MISSING, name, None, column)
        elif _kept(was) != _kept(column):
            yield Difference(declared.name, COLUMN, DIFFERENT, name, was, column)
    for name, column in before.stored.items():
        if name not in declared.columns:
            yield Difference(declared.name, COLUMN, EXTRA, name, column)


def _described(column: Column) -> str:
    """What the database has of a column, in words."""
    words = [column.type, *(word for word in ("required", "unique") if getattr(column, word))]
    if column.references:
        rule = "" if column.on_delete == "restrict" else f" on delete {column.on_delete.replace('_', ' ')}"
        words.append(f"references {'.'.join(column.references)}{rule}")
    return " ".join(words)


def _kept(column: Column) -> tuple[Any, ...]:
    """What the database itself has of a column: the rest is this program's business."""
    return (column.type, column.required, column.unique, column.references, column.on_delete)
