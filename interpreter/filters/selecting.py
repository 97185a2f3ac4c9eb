"""From a list to what an author chooses of it: by field, by comparison, by function; mapped, grouped, folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpreter import values
from interpreter.catalog import (
    FILTERS,
    TESTS,
    Boolean,
    Function,
    List,
    Object,
    Text,
    did_you_mean,
    filter,
    found_late,
)
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.filters.call import apply
from interpreter.filters.fields import By, follow, for_each, identity, itself, ranked, reader
from interpreter.values import MISSING, Missing, absent, equal

Holds = Callable[[Any], Any]

# --- conditions -------------------------------------------------------------------------------------

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "=": equal,
    "!=": lambda found, wanted: not equal(found, wanted),
    "<>": lambda found, wanted: not equal(found, wanted),
    "===": values.identical,
    "!==": lambda found, wanted: not values.identical(found, wanted),
    "<": values.less,
    "<=": values.less_equal,
    ">": values.greater,
    ">=": values.greater_equal,
    "in": lambda found, wanted: values.contains(wanted, found),
    "not in": lambda found, wanted: not values.contains(wanted, found),
    "nin": lambda found, wanted: not values.contains(wanted, found),
    "contains": lambda found, wanted: not absent(found) and values.contains(found, wanted),
}
"""What may stand between a field and a value; further words are the tests, as after ``is``."""


def comparison(operator: str) -> Callable[[Any, Any], bool]:
    """The operator of that name: a sign, a word, or a test that takes a value. Fault where there is none."""
    name = operator.strip().removeprefix("$").lower()
    if name in OPERATORS:
        return OPERATORS[name]
    test = found_late(TESTS, name)
    if test is None:
        hint = did_you_mean(name, [*OPERATORS, *TESTS])
        raise Fault("run/wrong-value", f"{values.preview(operator)} is no comparison", hint)
    if len(test.parameters) == 1:
        return lambda found, wanted: bool(apply(test, None, (found,)))
    return lambda found, wanted: bool(apply(test, None, (found, wanted)))


def condition(given: tuple[Any, ...], attribute: Any, operator: str, value: Any) -> Holds:
    """Every form in which an author says which items are meant, as one function of an item.

    ``()`` truthy items · ``(x => …)`` · ``('field')`` truthy fields · ``('field', value)`` ·
    ``('field', operator, value)`` · ``attribute=, operator=, value=``.
    """
    if len(given) == 1 and callable(given[0]):
        return for_each(given[0])
    if len(given) == 3:
        return _compared(given[0], comparison(values.text(given[1])), given[2])
    if len(given) == 2:
        return _compared(given[0], comparison(operator), given[1])
    field = given[0] if given else attribute
    if value.__class__ is not Missing:
        return _compared(field, comparison(operator), value)
    return reader(field)


def _compared(field: Any, compare: Callable[[Any, Any], bool], wanted: Any) -> Holds:
    read = reader(field)
    if compare is equal and isinstance(wanted, str) and values.parse_number(wanted) is None:
        # By far the most common: a field against a word. Two texts are equal exactly when Python says so.
        def is_wanted(item: Any) -> bool:
            found = read(item)
            return found == wanted if found.__class__ is str else equal(found, wanted)

        return is_wanted
    return lambda item: compare(read(item), wanted)


def _chosen(
    items: list[Any], given: tuple[Any, ...], attribute: Any, operator: str, value: Any, wanted: bool
) -> list[Any]:
    holds = _as_test(items, given) or condition(given, attribute, operator, value)
    return [item for item in items if bool(holds(item)) is wanted]


def _as_test(items: list[Any], given: tuple[Any, ...]) -> Holds | None:
    """Jinja's ``select('odd')``: of items that are no objects a test is meant, not a field."""
    test = found_late(TESTS, given[0]) if given and isinstance(given[0], str) and not _any_object(items) else None
    if test is None:
        return None
    return lambda item: bool(apply(test, None, (item, *given[1:])))


def _any_object(items: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in items)


@filter("select", "filter", "array_filter")
def where(list_: List, *given: Any, attribute: Any = None, operator: Text = "==", value: Any = MISSING) -> List:
    """The items whose field equals a value, compares with it, or for which a function holds.

    [{s: 'a'}, {s: 'b'}]|where('s', 'a')  →  [{"s": "a"}]
    [{n: 1}, {n: 5}]|where('n', '>=', 5)  →  [{"n": 5}]
    [{n: 1}, {n: 5}]|where(x => x.n < 5)  →  [{"n": 1}]
    [{n: 1}, {n: 5}]|filter(attribute='n', operator='>', value=1)  →  [{"n": 5}]
    [1, 2, 3]|select('odd')  →  [1, 3]
    """
    return _chosen(list_, given, attribute, operator, value, True)


@filter("where_not")
def reject(list_: List, *given: Any, attribute: Any = None, operator: Text = "==", value: Any = MISSING) -> List:
    """The items that ``where`` would leave out.

    [{s: 'a'}, {s: 'b'}]|reject('s', 'a')  →  [{"s": "b"}]
    [1, 2, 3]|reject('odd')  →  [2]
    """
    return _chosen(list_, given, attribute, operator, value, False)


def _by_attribute(
    items: list[Any], field: Any, test: str | None, arguments: tuple[Any, ...], wanted: bool
) -> list[Any]:
    """Jinja's ``selectattr``: a test on a field, or whether the field is truthy."""
    read = reader(field)
    if test is None:
        return [item for item in items if bool(read(item)) is wanted]
    compare = comparison(test)
    value = arguments[0] if arguments else None
    found = MISSING
    kept = []
    for item in items:
        found = read(item)
        if test in ("defined", "undefined") and found is None and isinstance(item, dict) and field not in item:
            found = MISSING
        if compare(found, value) is wanted:
            kept.append(item)
    return kept


@filter()
def selectattr(value: List, field: By, test: Text | None = None, *arguments: Any) -> List:
    """The items whose field is truthy, or passes a test (as after ``is``).

    [{n: 1}, {n: 5}]|selectattr('n', 'gt', 3)  →  [{"n": 5}]
    [{on: true}, {on: false}]|selectattr('on')  →  [{"on": true}]
    """
    return _by_attribute(value, field, test, arguments, True)


@filter()
def rejectattr(value: List, field: By, test: Text | None = None, *arguments: Any) -> List:
    """The items that ``selectattr`` would leave out.

    [{on: true}, {on: false}]|rejectattr('on')  →  [{"on": false}]
    """
    return _by_attribute(value, field, test, arguments, False)


# --- one of them ------------------------------------------------------------------------------------


@filter("find_where", "first_where", "detect")
def find(value: List, *given: Any) -> Any:
    """The first item that ``where`` would choose; null where there is none.

    [{id: 1}, {id: 2}]|find(x => x.id == 2)  →  {"id": 2}
    [{id: 1}, {id: 2}]|find('id', 2)  →  {"id": 2}
    """
    holds = condition(given, None, "==", MISSING)
    return next((item for item in value if holds(item)), None)


@filter("find_index")
def findIndex(value: List, *given: Any) -> int:  # noqa: N802 - Xano's name
    """The index of the first item that ``where`` would choose; -1 where there is none.

    [{id: 1}, {id: 2}]|findIndex(x => x.id == 2)  →  1
    """
    holds = condition(given, None, "==", MISSING)
    return next((index for index, item in enumerate(value) if holds(item)), -1)


@filter("any")
def some(value: List, *given: Any) -> Boolean:
    """Whether ``where`` would choose at least one item.

    [1, 4]|some(x => x % 2 == 0)  →  true
    """
    return any(map(condition(given, None, "==", MISSING), value))


@filter("all")
def every(value: List, *given: Any) -> Boolean:
    """Whether ``where`` would choose every item.

    [2, 4]|every(x => x % 2 == 0)  →  true
    """
    return all(map(condition(given, None, "==", MISSING), value))


@filter("none_of")
def none(value: List, *given: Any) -> Boolean:
    """Whether ``where`` would choose no item.

    [1, 3]|none(x => x % 2 == 0)  →  true
    """
    return not any(map(condition(given, None, "==", MISSING), value))


@filter()
def count_where(value: List, *given: Any) -> int:
    """How many items ``where`` would choose.

    [{s: 'a'}, {s: 'b'}, {s: 'a'}]|count_where('s', 'a')  →  2
    """
    return sum(map(bool, map(condition(given, None, "==", MISSING), value)))


@filter()
def partition(value: List, *given: Any) -> List:
    """Two lists: the items that ``where`` would choose, and the others.

    [1, 2, 3]|partition(x => x > 1)  →  [[2, 3], [1]]
    """
    holds = condition(given, None, "==", MISSING)
    parts: tuple[list[Any], list[Any]] = ([], [])
    for item in value:
        parts[not holds(item)].append(item)
    return list(parts)


# --- each of them -----------------------------------------------------------------------------------


@filter("array_map", "collect")
def map_(context: Context, value: List, *given: Any, attribute: Any = None, default: Any = None) -> List:
    """Of every item the function's result, the field, or an object of the fields.

    Of items that are no objects, a filter's name applies the filter, as in Jinja.

    [1, 2]|map(x => x * 2)  →  [2, 4]
    [{a: 1, b: 2, c: 3}]|map('a')  →  [1]
    [{a: 1, b: 2, c: 3}]|map('a', 'b')  →  [{"a": 1, "b": 2}]
    [{a: 1}]|map(attribute='a')  →  [1]
    ['a', 'b']|map('upper')  →  ["A", "B"]
    """
    if not given:
        found = list(map(reader(attribute), value))
        return found if default is None else [default if absent(each) else each for each in found]
    if callable(given[0]):
        return list(map(for_each(given[0]), value))
    entry = found_late(FILTERS, given[0]) if isinstance(given[0], str) and not _any_object(value) else None
    if entry is not None:
        return [apply(entry, context, (item, *given[1:])) for item in value]
    if len(given) == 1:
        return pluck(value, given[0])
    return [{values.text(field): follow(item, field) for field in given} for item in value]


@filter("array_column", "column")
def pluck(value: List, field: By) -> List:
    """The field of every item.

    [{a: 1}, {a: 2}]|pluck('a')  →  [1, 2]
    """
    return list(map(reader(field), value))


@filter("flatmap")
def flat_map(value: List, function: By) -> List:
    """The function's results (or fields), lists among them put together into one.

    [{t: [1, 2]}, {t: [3]}]|flat_map('t')  →  [1, 2, 3]
    """
    flat: list[Any] = []
    for found in map(reader(function), value):
        flat.extend(found if isinstance(found, list) else [found])
        values.sized_list(flat)
    return flat


@filter("fold")
def reduce(value: List, function: Function, initial: Any = MISSING) -> Any:
    """The items folded into one: ``(result, item) => …`` for each, from the initial value or the first item on.

    [1, 2, 3]|reduce((sum, x) => sum + x, 10)  →  16
    [1, 2, 3]|reduce((a, b) => a * b)  →  6
    """
    items = iter(value)
    result = next(items, None) if initial.__class__ is Missing else initial
    for item in items:
        result = function(result, item)
    return result


@filter("apply")
def transform(value: Any, function: Function) -> Any:
    """The function's result for the value.

    2|transform(x => x + 3)  →  5
    """
    return for_each(function)(value)


# --- in groups --------------------------------------------------------------------------------------


@filter("index_by")
def group_by(value: List, by: By) -> Object:
    """An object of lists: under every value of the field (or function's result), as text, its items in order.

    [{t: 'x', n: 1}, {t: 'y', n: 2}, {t: 'x', n: 3}]|group_by('t')|map_values(g => g|length)  →  {"x": 2, "y": 1}
    [1, 2, 3]|group_by(x => x % 2 == 0 ? 'even' : 'odd')  →  {"odd": [1, 3], "even": [2]}
    """
    groups: dict[str, list[Any]] = {}
    for found, item in zip(map(reader(by), value), value):
        groups.setdefault(found if found.__class__ is str else values.text(found), []).append(item)
    return groups


@filter()
def groupby(value: List, attribute: By, default: Any = None, case_sensitive: Boolean = False) -> List:
    """Jinja's groups: a list of {grouper, list}, in order of the field's value.

    [{t: 'y'}, {t: 'x'}]|groupby('t')|map('grouper')  →  ["x", "y"]
    [{t: 'x'}]|groupby('t')  →  [{"grouper": "x", "list": [{"t": "x"}]}]
    """
    groups: dict[Any, dict[str, Any]] = {}
    for found, item in zip(map(reader(attribute), value), value):
        grouper = default if absent(found) else found
        known = grouper.casefold() if isinstance(grouper, str) and not case_sensitive else grouper
        groups.setdefault(identity(known), {"grouper": grouper, "list": []})["list"].append(item)
    return ranked(list(groups.values()), "grouper", case_sensitive=case_sensitive)


@filter()
def key_by(value: List, by: By) -> Object:
    """An object of the items themselves, each under its field's value; the last one wins.

    [{id: 7, n: 'a'}]|key_by('id')  →  {"7": {"id": 7, "n": "a"}}
    """
    return {values.text(found): item for found, item in zip(map(reader(by), value), value)}


@filter("countBy", "tally")
def count_by(value: List, by: By = None) -> Object:
    """How often each value of the field (or each item) occurs, in order of appearance.

    ['a', 'b', 'a']|count_by  →  {"a": 2, "b": 1}
    """
    return {key: len(group) for key, group in group_by(value, by or itself).items()}


@filter()
def group_count(value: List, by: By = None, most: int | None = None) -> List:
    """How often each value of the field occurs: a list of {field, count}, the most frequent (so many of them) first.

    Of the items themselves, or of a function's results, it is a list of {value, count}.

    [{u: '/a'}, {u: '/b'}, {u: '/a'}]|group_count('u', 1)  →  [{"u": "/a", "count": 2}]
    ['x', 'y', 'x']|group_count  →  [{"value": "x", "count": 2}, {"value": "y", "count": 1}]
    """
    name = by if isinstance(by, str) and by else "value"
    counts: dict[Any, dict[str, Any]] = {}
    for found in map(reader(by), value):
        counts.setdefault(identity(found), {name: found, "count": 0})["count"] += 1
    ordered = sorted(counts.values(), key=lambda each: -each["count"])
    return ordered if most is None else ordered[: max(most, 0)]


@filter("count_distinct")
def count_unique(value: List, by: By = None) -> int:
    """How many different values the field has (or items there are); null does not count.

    [{u: 1}, {u: 2}, {u: 1}]|count_unique('u')  →  2
    """
    return len({identity(found) for found in map(reader(by), value) if not absent(found)})
