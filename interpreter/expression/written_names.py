"""A parameter that names columns becomes the names that its author wrote: only those may be of secret columns.

What a template gives may name a column as well, but none whose values it would find out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from interpreter.tree import Constant, Entry, Expression, ListLiteral, ObjectLiteral, walk

PARAMETERS = ("select", "sort", "group_by", "aggregates", "includes")
"""Parameters of record nodes that name columns."""
KEY = "written"
"""The parameter that has the written names of the others, by their names; one that is missing holds no template."""


def written_names(parameters: Mapping[str, Any]) -> Expression | None:
    """The names in each parameter that holds a template; None where none does."""
    entries = [
        Entry(
            Constant(name, given.span), ListLiteral([Constant(each, given.span) for each in _names(given)], given.span)
        )
        for name, given in parameters.items()
        if not all(isinstance(each, Constant | ListLiteral | ObjectLiteral) for each in walk(given))
    ]
    return ObjectLiteral(list(entries), entries[0].key.span) if entries else None


def _names(given: Expression) -> Iterator[str]:
    for each in walk(given):
        if isinstance(each, Constant) and isinstance(each.value, str):
            yield from (name.strip().lstrip("+-") for name in each.value.split(","))
