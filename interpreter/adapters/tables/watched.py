"""Changes of records become what triggers are told: the tables as one run sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from interpreter.adapters.tables.model import ID, Table
from interpreter.adapters.tables.tables import Tables
from interpreter.conditions import Conditions
from interpreter.database import Database
from interpreter.diagnostic import Fault
from interpreter.values import absent

INSERT, UPDATE, DELETE = "insert", "update", "delete"
IDS = 1000
"""Records that are read, changed or removed by one statement."""

Record = dict[str, Any]


class Change(NamedTuple):
    """One record as it was and as it is, with the columns that are not the same."""

    old: Record | None
    new: Record | None
    columns: frozenset[str] = frozenset()


Fire = Callable[[Table, str, Sequence[Change], Database], None]
"""Starts what the triggers of a table name, for changes of one kind, in the present transaction of a database."""


class Watched(Tables):
    """The tables of a workspace for one run: what it changes is told to ``fire`` in the same transaction.

    Nothing more is done for tables without triggers. What the database itself deletes along with a record
    (``on_delete``), and SQL of the author's own, start nothing.
    """

    def __init__(self, tables: Tables, fire: Fire) -> None:
        self.__dict__.update(tables.__dict__)
        self._fire = fire

    def add(self, table: str, record: Record, on_conflict: Any = None) -> Record | None:
        if not self._watches(table, INSERT, UPDATE):
            return super().add(table, record, on_conflict)
        with self.together():
            if absent(on_conflict):
                return self._added(table, record)
            try:
                with self.database.part():
                    return self._added(table, record)
            except Fault as fault:
                if fault.code != "run/unique-violation":
                    raise
                with self._updating(table, _same(record, fault)):
                    return super().add(table, record, on_conflict)

    def _added(self, table: str, record: Record) -> Record | None:
        found = super().add(table, record)
        self._tell(table, INSERT, [Change(None, found)])
        return found

    @contextmanager
    def _updating(self, table: str, filter: Conditions, changed: Iterable[str] = ()) -> Iterator[None]:
        """Around an update of the records that a filter finds now."""
        before = self._locked(table, filter)
        yield
        after = self._by_id(table, [each[ID] for each in before])
        pairs = [(old, after[old[ID]]) for old in before if old[ID] in after]
        self._tell(table, UPDATE, [Change(old, new, self._differing(table, old, new, changed)) for old, new in pairs])

    def add_all(self, table: str, records: list[Record], on_conflict: Any = None) -> list[Any]:
        if not records or not self._watches(table, INSERT, UPDATE):
            return super().add_all(table, records, on_conflict)
        with self.together():
            if not absent(on_conflict):
                found = [self.add(table, each, on_conflict) for each in records]
                return [each[ID] for each in found if each is not None]
            ids = super().add_all(table, records)
            added = self._by_id(table, ids)
            self._tell(table, INSERT, [Change(None, added[each]) for each in ids])
            return ids

    def edit(self, table: str, filter: Conditions, changes: Record, *, expected: Any = None) -> Record:
        if not self._watches(table, UPDATE):
            return super().edit(table, filter, changes, expected=expected)
        with self.together():
            before = self._locked(table, filter, most=2)
            self._check_found(self._existing(table), filter, len(before), None)
            old = before[0]
            new = super().edit(table, [[ID, "$eq", old[ID]]], changes, expected=expected)
            self._tell(table, UPDATE, [Change(old, new, self._differing(table, old, new, changes))])
            return new

    def edit_all(self, table: str, filter: Conditions, changes: Record) -> int:
        if not self._watches(table, UPDATE):
            return super().edit_all(table, filter, changes)
        with self.together():
            ids = [each[ID] for each in self._locked(table, filter)]
            found = 0
            for some in _parts(ids):
                with self._updating(table, [[ID, "$in", some]], changes):
                    found += super().edit_all(table, [[ID, "$in", some]], changes)
            return found

    def delete(self, table: str, filter: Conditions) -> Record:
        if not self._watches(table, DELETE):
            return super().delete(table, filter)
        with self.together():
            old = super().delete(table, filter)
            self._tell(table, DELETE, [Change(old, None)])
            return old

    def delete_all(self, table: str, filter: Conditions) -> int:
        if not self._watches(table, DELETE):
            return super().delete_all(table, filter)
        with self.together():
            before = self._locked(table, filter)
            for some in _parts([each[ID] for each in before]):
                super().delete_all(table, [[ID, "$in", some]])
            self._tell(table, DELETE, [Change(old, None) for old in before])
            return len(before)

    # --- what is watched ------------------------------------------------------------------------------

    def _watches(self, table: Any, *actions: str) -> bool:
        known = self.catalogue.find(table)
        if known is None or not known.triggers:
            return False
        return any(action in _actions(trigger) for trigger in known.triggers for action in actions)

    def _tell(self, table: str, action: str, changes: Sequence[Change]) -> None:
        """Updates that changed nothing are none."""
        known = self.catalogue.find(table)
        told = [each for each in changes if action != UPDATE or each.columns]
        if known is not None and told:
            self._fire(known, action, told, self.database)

    def _locked(self, table: str, filter: Conditions, most: int | None = None) -> list[Record]:
        """What a filter finds, kept from being changed by others until the transaction ends."""
        found: list[Record] = self.find(table, {"filter": filter, "locked": True, "limit": most, "sort": ID})
        return found

    def _by_id(self, table: str, ids: Sequence[Any]) -> dict[Any, Record]:
        return {
            each[ID]: each for some in _parts(ids) for each in self.find(table, {"filter": [[ID, "$in", list(some)]]})
        }

    def _differing(self, table: str, old: Record, new: Record, changed: Iterable[str]) -> frozenset[str]:
        """The columns whose values are not the same; a password is never read, and counts where it was given."""
        known = self.catalogue.find(table)
        hidden = set(known.columns) - set(known.shown) if known else set()
        return frozenset(
            [name for name in new if old.get(name) != new[name]] + [name for name in hidden if name in changed]
        )


def _actions(trigger: dict[str, Any]) -> Sequence[str]:
    on = trigger["on"]
    return (on,) if isinstance(on, str) else on


def _same(record: Record, fault: Fault) -> Conditions:
    """The filter of the record that stands in the way of another one; the fault where it cannot be told."""
    columns = (fault.details or {}).get("columns")
    if not columns:
        raise fault
    return [[name, "$eq", record.get(name)] for name in columns]


def _parts(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (ids[start : start + IDS] for start in range(0, len(ids), IDS))
