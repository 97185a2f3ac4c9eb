"""From lists to lists by what their items have in common, and objects likewise; equal is what ``==`` holds equal."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import Boolean, List, Object, filter
from interpreter.filters.fields import By, identity, reader
from interpreter.values import sized_list


@filter("uniq", "distinct", "array_unique")
def unique(value: List, by: By = None, case_sensitive: Boolean = True, attribute: By = None) -> List:
    """The items without those that equal an earlier one, by a field or function where one is given.

    [12, 13, 13, 12, 11]|unique  →  [12, 13, 11]
    [{id: 1, a: 'x'}, {id: 2, a: 'x'}]|unique('a')  →  [{"id": 1, "a": "x"}]
    """
    first_seen: dict[Any, Any] = {}
    for found, item in zip(map(reader(by or attribute), value), value):
        known = found.casefold() if isinstance(found, str) and not case_sensitive else found
        first_seen.setdefault(identity(known), item)
    return list(first_seen.values())


@filter("duplicate_items")
def duplicates(value: List, by: By = None) -> List:
    """The items that equal an earlier one, each once.

    [1, 2, 1, 1, 3]|duplicates  →  [1]
    """
    seen: set[Any] = set()
    again: dict[Any, Any] = {}
    for found, item in zip(map(reader(by), value), value):
        known = identity(found)
        if known in seen:
            again.setdefault(known, item)
        seen.add(known)
    return list(again.values())


def _identities(items: list[Any] | dict[str, Any]) -> set[Any]:
    return set(map(identity, items.values() if isinstance(items, dict) else items))


def _pairs(items: dict[str, Any]) -> set[Any]:
    return {(key, identity(each)) for key, each in items.items()}


@filter("array_diff", "difference", "without")
def diff(value: List | Object, other: List | Object) -> List | Object:
    """The items of the first list that are not in the second.

    [1, 2, 3, 4]|diff([3, 2])  →  [1, 4]
    """
    known = _identities(other)
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if identity(each) not in known}
    return [item for item in value if identity(item) not in known]


@filter("array_intersect")
def intersect(value: List | Object, other: List | Object) -> List | Object:
    """The items of the first list that are also in the second.

    [1, 2, 3, 4]|intersect([3, 2])  →  [2, 3]
    """
    known = _identities(other)
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if identity(each) in known}
    return [item for item in value if identity(item) in known]


@filter("array_diff_assoc")
def diff_assoc(value: List | Object, other: List | Object) -> List | Object:
    """``diff`` that compares objects by key and value; lists of objects item by item.

    [{n: 'Chris'}, {n: 'Cameron'}]|diff_assoc([{n: 'Chris'}])  →  [{"n": "Cameron"}]
    {a: 1, b: 2}|diff_assoc({a: 1, b: 3})  →  {"b": 2}
    """
    if isinstance(value, list) or isinstance(other, list):
        return diff(value, other)
    known = _pairs(other)
    return {key: each for key, each in value.items() if (key, identity(each)) not in known}


@filter("array_intersect_assoc")
def intersect_assoc(value: List | Object, other: List | Object) -> List | Object:
    """``intersect`` that compares objects by key and value; lists of objects item by item.

    {a: 1, b: 2}|intersect_assoc({a: 1, b: 3})  →  {"a": 1}
    """
    if isinstance(value, list) or isinstance(other, list):
        return intersect(value, other)
    known = _pairs(other)
    return {key: each for key, each in value.items() if (key, identity(each)) in known}


@filter()
def union(value: List, *others: List) -> List:
    """The items of all the lists, each once.

    [1, 2]|union([2, 3])  →  [1, 2, 3]
    """
    joined = list(value)
    for other in others:
        joined += other
    return unique(sized_list(joined))


@filter()
def overlaps(value: List, other: List) -> Boolean:
    """Whether the two lists have an item in common.

    [1, 2]|overlaps([2, 3])  →  true
    """
    return not _identities(value).isdisjoint(_identities(other))
