"""What the declared tables have and the database has not is added to it, all or nothing.

Nothing here looks at more than the declarations: what the database has is what ``_tables`` remembers of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from interpreter.adapters.tables.catalogue import DECLARED, Catalogue
from interpreter.adapters.tables.differences import EXTRA, INDEX, MISSING, TABLE, Difference, between
from interpreter.adapters.tables.model import Column, Table, of_told
from interpreter.adapters.tables.refusals import said
from interpreter.diagnostic import Fault


class Plan(NamedTuple):
    """What a migration does: the differences that it ends, those that it leaves, and the statements."""

    ended: list[Difference]
    left: list[Difference]
    statements: list[str]


def differences(catalogue: Catalogue) -> list[Difference]:
    """How the declared tables differ from the database, in the order of their names; tables declared no more too."""
    remembered = catalogue.remembered()
    declared = catalogue.declared()
    gone = {name for name, kind in catalogue.kinds().items() if kind == DECLARED} - set(declared)
    found = [each for name in declared for each in between(remembered.get(name), declared[name])]
    found += [Difference(name, TABLE, EXTRA, name) for name in gone]
    return sorted(found, key=lambda each: each.table)


def plan(catalogue: Catalogue, *, drop: bool = False) -> Plan:
    """What is to be done so that the database has what is declared. ``drop``: and nothing else.

    Fault run/cannot-migrate, with all that stands in the way.
    """
    found = differences(catalogue)
    _check(catalogue, found, drop=drop)
    left = [each for each in found if each.kind == EXTRA and each.what != INDEX and not drop]
    ended = [each for each in found if each not in left]
    return Plan(ended, left, list(_statements(catalogue, found, drop=drop)))


def _statements(catalogue: Catalogue, found: Iterable[Difference], *, drop: bool) -> Iterator[str]:
    from interpreter.adapters.tables.alterations import altering
    from interpreter.adapters.tables.definitions import creation, quoted

    declared, is_sqlite = catalogue.declared(), catalogue.database.is_sqlite
    by_table: dict[str, list[Difference]] = {}
    for each in found:
        by_table.setdefault(each.table, []).append(each)
    new = [declared[name] for name, (first, *_) in by_table.items() if (first.what, first.kind) == (TABLE, MISSING)]
    known = [each for each in declared.values() if each not in new]
    yield from creation(new, known, is_sqlite) if new else ()
    for name, of_table in by_table.items():
        if of_table[0].what != TABLE:
            yield from altering(declared[name], of_table, list(declared.values()), is_sqlite, drop=drop)
        elif of_table[0].kind == EXTRA and drop:
            yield f"DROP TABLE {quoted(name)}"


def apply(catalogue: Catalogue, *, drop: bool = False) -> Plan:
    """Do what ``plan`` says, all or none of it, while nobody else does; the seed records of new tables with it."""
    with _without_references(catalogue), catalogue.database.transaction():
        catalogue.lock()
        found = plan(catalogue, drop=drop)
        for statement in found.statements:
            _execute(catalogue, statement)
        _remember(catalogue, found, drop=drop)
        _check_references(catalogue)
    return found


def _remember(catalogue: Catalogue, found: Plan, *, drop: bool) -> None:
    from interpreter.adapters.tables.alterations import altered

    declared = catalogue.declared()
    both = [*found.ended, *found.left]
    new = [each.table for each in found.ended if (each.what, each.kind) == (TABLE, MISSING)]
    for name in sorted({each.table for each in both} - set(new)):
        if name in declared:
            of_table = [each for each in both if each.table == name]
            catalogue.remember(altered(declared[name], of_table, drop=drop), DECLARED)
        elif drop:
            catalogue.database.run("DELETE FROM _tables WHERE name=?", (name,))
        catalogue.forget(name)
    catalogue.made([declared[name] for name in new])


@contextmanager
def _without_references(catalogue: Catalogue) -> Iterator[None]:
    """SQLite follows references when a table is replaced by another one, unless it is told not to beforehand."""
    database = catalogue.database
    if not database.is_sqlite:
        yield
        return
    database.run("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        database.run("PRAGMA foreign_keys=ON")


def _execute(catalogue: Catalogue, statement: str) -> None:
    try:
        catalogue.database.execute(statement)
    except catalogue.database.refusals as error:
        raise Fault("run/cannot-migrate", f"the database refuses a migration: {said(error)}", statement) from error


def _check_references(catalogue: Catalogue) -> None:
    if not catalogue.database.is_sqlite:
        return
    names = ", ".join(f"'{name}'" for name in catalogue.declared())
    rows = catalogue.database.run(f'SELECT "table", "parent" FROM pragma_foreign_key_check WHERE "table" IN ({names})')
    if rows:
        message = f'{len(rows):,} references of "{rows[0][0]}" to "{rows[0][1]}" lead nowhere'
        raise Fault("run/cannot-migrate", message, "write what they refer to first, or remove them")


# --- what stands in the way ---------------------------------------------------------------------------


def _check(catalogue: Catalogue, found: Iterable[Difference], *, drop: bool) -> None:
    from interpreter.adapters.tables.alterations import loses

    problems = [told for each in found if (told := _problem(catalogue, each))]
    if problems:
        raise Fault("run/cannot-migrate", "; ".join(problems), "mend the records, or declare a default")
    narrowed = [each for each in found if each.kind != EXTRA and loses(each) and not drop]
    if narrowed:
        told = "; ".join(
            f'"{each.name}" of "{each.table}" from {each.was.type} to {each.wanted.type}' for each in narrowed
        )
        hint = "with --allow-drop their values are dropped"
        raise Fault("run/cannot-migrate", f"columns cannot keep their values: {told}", hint)


def _problem(catalogue: Catalogue, each: Difference) -> str | None:
    """Why the records that are there do not allow a change."""
    if each.kind == EXTRA or each.what == TABLE:
        return None
    if each.what == INDEX:
        return _doubled(catalogue, each.table, each.name.split(",")) if each.wanted else None
    from interpreter.adapters.tables.alterations import loses

    column: Column = each.wanted
    is_new = each.kind == MISSING or loses(each)
    nothing = "" if is_new else f' WHERE "{each.name}" IS NULL'
    if column.required and column.default is None and not (each.was and each.was.required and not is_new):
        count = _count(catalogue, f'"{each.table}"{nothing}')
        if count:
            what = "is new" if is_new else "is empty there"
            return f'"{each.name}" of "{each.table}" is required and has no default, and {what} in {count:,} records'
    if column.unique and is_new and column.default not in (None, "uuid") and _count(catalogue, f'"{each.table}"') > 1:
        return f'"{each.name}" of "{each.table}" is unique, and its default would be the same in every record'
    if column.type == "enum" and not is_new:
        allowed = ", ".join("'" + str(each).replace("'", "''") + "'" for each in column.values)
        count = _count(catalogue, f'"{each.table}" WHERE "{each.name}" NOT IN ({allowed})')
        if count:
            return f'"{each.name}" of "{each.table}" is none of {allowed} in {count:,} records'
    if column.unique and not is_new:
        return _doubled(catalogue, each.table, [each.name])
    return None


def _doubled(catalogue: Catalogue, table: str, columns: list[str]) -> str | None:
    declared = _remembered(catalogue, table)
    if not all(name in declared.stored for name in columns):
        return None
    names = ", ".join(f'"{name}"' for name in columns)
    filled = " AND ".join(f'"{name}" IS NOT NULL' for name in columns)
    several = f'SELECT 1 FROM "{table}" WHERE {filled} GROUP BY {names} HAVING count(*) > 1'
    count = _count(catalogue, f"({several}) AS several")
    return f'{names} of "{table}" must be unique, and {count:,} values are there more than once' if count else None


def _remembered(catalogue: Catalogue, name: str) -> Table:
    return of_told(catalogue.remembered()[name], is_open=False, version=0)


def _count(catalogue: Catalogue, source: str) -> int:
    return int(catalogue.database.run(f"SELECT count(*) FROM {source}")[0][0])
