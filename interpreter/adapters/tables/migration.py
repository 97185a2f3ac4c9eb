"""What the declared tables have and the database has not becomes statements that add it.

Nothing here looks at more than the declarations: what the database has is what ``_tables`` remembers of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interpreter.adapters.tables.catalogue import DECLARED, Catalogue
from interpreter.adapters.tables.differences import COLUMN, INDEX, MISSING, TABLE, Difference, between


def differences(catalogue: Catalogue) -> list[Difference]:
    """How the declared tables differ from the database, in the order of their names."""
    remembered = catalogue.remembered()
    declared = catalogue.declared()
    return [each for name in sorted(declared) for each in between(remembered.get(name), declared[name])]


def statements(catalogue: Catalogue, found: Iterable[Difference]) -> Iterator[str]:
    """The statements that add what is missing of known tables: columns that may be empty or have a default, indexes.

    What is extra or different is left to whoever asked for it.
    """
    from interpreter.adapters.tables import statements as sql

    declared, is_sqlite = catalogue.declared(), catalogue.database.is_sqlite
    for each in found:
        table = declared[each.table]
        if (each.what, each.kind) == (COLUMN, MISSING):
            yield sql.addition(table, table.columns[each.name], is_sqlite)
        elif (each.what, each.kind) == (INDEX, MISSING):
            yield sql.indexing(table, is_sqlite)[tuple(each.name.split(","))]


def apply(catalogue: Catalogue, found: Iterable[Difference]) -> None:
    """Add what is missing, all or none of it, and remember the declarations as what their tables are made from."""
    found = list(found)
    declared = catalogue.declared()
    with catalogue.database.transaction():
        catalogue.lock()
        new = {each.table for each in found if each.what == TABLE}
        known = [table for name, table in declared.items() if name in catalogue.remembered()]
        catalogue.make([declared[name] for name in sorted(new)], known)
        for statement in statements(catalogue, found):
            catalogue.database.execute(statement)
        for name in {each.table for each in found} - new:
            catalogue.remember(declared[name], DECLARED)
            catalogue.forget(name)
