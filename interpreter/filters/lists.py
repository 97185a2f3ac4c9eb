"""From lists to lists: ends, pieces, sets, order, and lists out of nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, Function, List, Number, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import By, empty, follow, many, parameters, ranked, reader
from interpreter.filters.objects import safe_array, set_
from interpreter.values import absent, equal, identical, sized_list

# --- ends -------------------------------------------------------------------------------------------


@filter()
def first(value: List | Text) -> Any:
    """The first item of a list, or character of a text; null where there is none.

    [5, 6, 7]|first  →  5
    []|first  →  null
    """
    return value[0] if value else None


@filter()
def last(value: List | Text) -> Any:
    """The last item of a list, or character of a text; null where there is none.

    [5, 6, 7]|last  →  7
    []|last  →  null
    """
    return value[-1] if value else None


@filter("head")
def take(value: List, count: int) -> List:
    """The first items; the last ones where the count is negative.

    [1, 2, 3]|take(2)  →  [1, 2]
    [1, 2, 3]|take(-1)  →  [3]
    """
    return value[:count] if count >= 0 else value[count:]


@filter("skip")
def drop(value: List, count: int = 1) -> List:
    """The items after the first ones; those before the last ones where the count is negative.

    [1, 2, 3]|drop(1)  →  [2, 3]
    """
    return value[count:] if count >= 0 else value[:count]


@filter("array_push")
def push(value: List, *items: Any) -> List:
    """The list with items at its end.

    [1, 2]|push(3)  →  [1, 2, 3]
    """
    return sized_list([*value, *items])


@filter("array_unshift")
def unshift(value: List, *items: Any) -> List:
    """The list with items at its beginning.

    [1, 2]|unshift(0)  →  [0, 1, 2]
    """
    return sized_list([*items, *value])


@filter("array_pop")
def pop(value: List) -> Any:
    """The last item; the list itself stays as it is. Null where there is none.

    [1, 2, 3]|pop  →  3
    """
    return value[-1] if value else None


@filter("array_shift")
def shift(value: List) -> Any:
    """The first item; the list itself stays as it is. Null where there is none.

    [1, 2, 3]|shift  →  1
    """
    return value[0] if value else None


@filter()
def append(value: Any, item: Any, path: Text | None = None) -> Any:
    """The list with an item at its end, or the object with one more in the list at the path; a text with more text.

    [1, 2]|append(3)  →  [1, 2, 3]
    {tags: ['a']}|append('b', 'tags')  →  {"tags": ["a", "b"]}
    'report'|append('.pdf')  →  "report.pdf"
    """
    if isinstance(value, str) and not path:
        return values.join_text(value, item)
    return _at(value, path, lambda items: [*items, item])


@filter()
def prepend(value: Any, item: Any, path: Text | None = None) -> Any:
    """The list with an item at its beginning, or the same for the list at the path; a text with text before it.

    [1, 2]|prepend(0)  →  [0, 1, 2]
    'com'|prepend('.')  →  ".com"
    """
    if isinstance(value, str) and not path:
        return values.join_text(item, value)
    return _at(value, path, lambda items: [item, *items])


def _at(value: Any, path: str | None, change: Any) -> Any:
    """The list changed, or the value with the list at the path changed."""
    held = follow(value, path) if path else value
    if not isinstance(held, list) and not absent(held):
        raise Fault(
            "run/wrong-type", f"an item is added to a list, not to {values.kind(held)} ({values.preview(held)})"
        )
    changed = sized_list(change(held or []))
    return set_(value, path, changed) if path else changed


@filter("array_remove")
def remove(value: List | Text, item: Any, path: Text | None = None, strict: Boolean = False) -> List | Text:
    """The list without the items that equal the given one (by the field at the path, where one is given).

    [1, 2, 3, 2]|remove(2)  →  [1, 3]
    [{v: 1}, {v: 2}]|remove(2, 'v')  →  [{"v": 1}]
    'banana'|remove('an')  →  "ba"
    """
    if isinstance(value, str):
        return value.replace(values.text(item), "")
    same = identical if strict else equal
    read = reader(path)
    return [each for each in value if not same(read(each), item)]


@filter("insert_item")
def insert_at(value: List, position: int, item: Any) -> List:
    """The list with an item at a position, counted from 0, or from the end where it is negative.

    [1, 3]|insert_at(1, 2)  →  [1, 2, 3]
    """
    return [*value[:position], item, *value[position:]]


@filter()
def remove_at(value: List, position: int) -> List:
    """The list without the item at a position, counted from 0, or from the end where it is negative.

    ['a', 'b', 'c']|remove_at(1)  →  ["a", "c"]
    """
    place = position + len(value) if position < 0 else position
    return [each for index, each in enumerate(value) if index != place]


# --- pieces -----------------------------------------------------------------------------------------


@filter("array_slice")
def slice(value: List | Text, offset: int = 0, length: int | None = None) -> List | Text:
    """So many items (or characters) from an offset on; negative offsets count from the end, negative lengths leave off.

    [1, 2, 3, 4, 5]|slice(2, 2)  →  [3, 4]
    [1, 2, 3]|slice(-2)  →  [2, 3]
    'Epic Battle'|slice(0, 4)  →  "Epic"
    """
    begin = max(len(value) + offset, 0) if offset < 0 else offset
    if length is None:
        return value[begin:]
    return value[begin:length] if length < 0 else value[begin : begin + length]


@filter("chunk", "array_chunk", "in_groups_of")
def batch(value: List, size: int, fill_with: Any = None) -> List:
    """The list in pieces of a size; the last is filled up where something to fill with is given.

    [1, 2, 3, 4, 5]|batch(2)  →  [[1, 2], [3, 4], [5]]
    [1, 2, 3]|batch(2, 0)  →  [[1, 2], [3, 0]]
    """
    if size < 1:
        raise Fault("run/wrong-value", f"a piece has 1 item or more, not {values.preview(size)}")
    pieces = [value[start : start + size] for start in range_of(0, len(value), size)]
    if pieces and fill_with is not None:
        many(size)
        pieces[-1] = pieces[-1] + [fill_with] * (size - len(pieces[-1]))
    return pieces


range_of = range


@filter("array_flatten")
def flatten(value: List, depth: int | None = None) -> List:
    """The items of the lists inside the list (all the way down, or so many levels) as one list.

    [1, [2, 3], [[4, 5]]]|flatten  →  [1, 2, 3, 4, 5]
    [1, [2, [3]]]|flatten(1)  →  [1, 2, [3]]
    """
    flat: list[Any] = []
    waiting = [iter(value)]
    while waiting:
        for item in waiting[-1]:
            if isinstance(item, list) and (depth is None or len(waiting) <= depth):
                waiting.append(iter(item))
                break
            flat.append(item)
        else:
            waiting.pop()
        many(len(flat))
    return flat


@filter("filter_blank", "compact")
def filter_empty(value: List, path: By = None) -> List:
    """The items that are not empty (null, false, 0, "", "0", [], {}), or whose field is not.

    [0, 1, '', 'a', null, []]|filter_empty  →  [1, "a"]
    [{a: 1}, {a: 0}]|filter_empty('a')  →  [{"a": 1}]
    """
    read = reader(path)
    return [item for item in value if not empty(read(item))]


@filter("filter_null", "without_null")
def filter_notnull(value: List, path: By = None) -> List:
    """The items that are not null, or whose field is not.

    [0, null, '']|filter_notnull  →  [0, ""]
    """
    read = reader(path)
    return [item for item in value if not absent(read(item))]


def _without(unwanted: Any, value: list[Any], path: By) -> list[Any]:
    """The items that are not the unwanted value itself: of the same type, and equal."""
    read = reader(path)
    return [item for item in value if not ((found := read(item)).__class__ is unwanted.__class__ and found == unwanted)]


@filter()
def filter_empty_text(value: List, path: By = None) -> List:
    """The items that are not the empty text, or whose field is not.

    ['a', '', null, 0]|filter_empty_text  →  ["a", null, 0]
    """
    return _without("", value, path)


@filter()
def filter_empty_array(value: List, path: By = None) -> List:
    """The items that are not an empty list, or whose field is not.

    [[], [1], {}]|filter_empty_array  →  [[1], {}]
    """
    return _without([], value, path)


@filter()
def filter_empty_object(value: List, path: By = None) -> List:
    """The items that are not an empty object, or whose field is not.

    [{}, {a: 1}, []]|filter_empty_object  →  [{"a": 1}, []]
    """
    return _without({}, value, path)


@filter()
def filter_zero(value: List, path: By = None) -> List:
    """The items that are not the number 0, or whose field is not.

    [0, 1, 0.0, '0', false]|filter_zero  →  [1, "0", false]
    """
    return _without(0.0, _without(0, value, path), path)


@filter()
def filter_false(value: List, path: By = None) -> List:
    """The items that are not false, or whose field is not.

    [false, true, 0]|filter_false  →  [true, 0]
    """
    return _without(False, value, path)


@filter("nth")
def at(value: List, position: int, default: Any = None) -> Any:
    """The item at a position, counted from 0, or from the end where it is negative; else the default.

    ['a', 'b', 'c']|at(-1)  →  "c"
    """
    return value[position] if -len(value) <= position < len(value) else default


# --- order ------------------------------------------------------------------------------------------


_NUMERIC = frozenset(("number", "natural", "inatural"))


@filter("fsort", "sort_by", "order_by", "array_sort")
def sort(
    value: List,
    by: By | Boolean = None,
    order: Text = "asc",
    ascending: Boolean = True,
    *,
    reverse: Boolean = False,
    case_sensitive: Boolean = False,
    attribute: By = None,
) -> List:
    """The items in order, of a field or of a function's results where one is given; nulls last, texts by letter.

    ``order`` is asc, desc, text, itext, number, natural or inatural; ``-field`` orders from the largest on, and
    ``'a,b'`` orders by the first field, then by the second. A function of two parameters compares two items: below
    0 where the first comes first.

    [3, 1, 2]|sort  →  [1, 2, 3]
    [{v: 2}, {v: 1}]|sort('v')  →  [{"v": 1}, {"v": 2}]
    [1, 3, 2]|sort(order='desc')  →  [3, 2, 1]
    ['b', 'C', 'a']|sort  →  ["a", "b", "C"]
    [1, 3, 2]|sort((a, b) => b - a)  →  [3, 2, 1]
    """
    wanted = order.lower()
    if wanted not in _NUMERIC | {"asc", "desc", "text", "itext"}:
        raise Fault("run/wrong-value", f"{values.preview(order)} is no order", "use asc, desc, text, itext or number")
    descending = wanted == "desc" or not ascending or reverse or by is True
    chosen = attribute if by is None or isinstance(by, bool) else by
    case_sensitive = case_sensitive or wanted in ("text", "natural")
    if callable(chosen) and parameters(chosen) == 2:
        return sorted(value, key=cmp_to_key(_comparison(chosen)), reverse=descending)
    ordered = value
    for key in reversed(chosen.split(",")) if isinstance(chosen, str) else (chosen,):
        backwards = isinstance(key, str) and key.startswith("-")
        field = key.strip().removeprefix("-") if isinstance(key, str) else key
        read = _as_numbers(field) if wanted in _NUMERIC else field
        ordered = ranked(ordered, read, descending != backwards, case_sensitive)
    return ordered


def _comparison(compare: Function) -> Callable[[Any, Any], int]:
    """An author's function of two items, as one whose result is -1, 0 or 1."""

    def compared(first: Any, second: Any) -> int:
        found = values.number(compare(first, second), "the result of the comparison")
        return int(found > 0) - int(found < 0)

    return compared


def _as_numbers(by: By) -> By:
    """What reads an item's field as a number where it is a number's text."""
    read = reader(by)

    def read_number(item: Any) -> Any:
        found = read(item)
        number = values.parse_number(found) if isinstance(found, str) else None
        return found if number is None else number

    return read_number


# --- out of nothing ---------------------------------------------------------------------------------


@filter()
def list_(value: Any) -> List:
    """A text's characters, an object's keys, a list itself; nothing for null.

    'abc'|list  →  ["a", "b", "c"]
    {a: 1}|list  →  ["a"]
    """
    return list(value) if isinstance(value, (str, dict)) else safe_array(value)


@filter()
def range_(start: Number | None = None, stop: Number | None = None, step: Number | None = None) -> List:
    """The whole numbers from one to another, both included; with one number, so many from 0 on.

    range(3)  →  [0, 1, 2]
    range(10, 13)  →  [10, 11, 12, 13]
    range(0, 10, 5)  →  [0, 5, 10]
    null|range(2, 4)  →  [2, 3, 4]
    """
    if start is None and step is not None:  # Xano's form: |range:10:15
        start, stop, step = stop, step, None
    if stop is None:
        start, stop = 0, values.integer(start or 0, '"range"') - 1
    begin, end, stride = (values.integer(each, '"range"') for each in (start or 0, stop, 1 if step is None else step))
    if stride == 0:
        raise Fault("run/wrong-value", "a range cannot go in steps of 0")
    many(max((end - begin) // stride + 1, 0))
    return list(range_of(begin, end + (1 if stride > 0 else -1), stride))


@filter("array_fill")
def fill(value: Any, start: int, count: int | None = None) -> List:
    """A list with the value so many times; with two numbers the first is Xano's starting index and counts nothing.

    'v'|fill(3)  →  ["v", "v", "v"]
    'v'|fill(0, 2)  →  ["v", "v"]
    """
    wanted = max(start if count is None else count, 0)
    many(wanted)
    return [value] * wanted


@filter()
def zip_(value: List, *others: List) -> List:
    """The lists side by side: a list of the first items, one of the second items, and so on to the shortest's end.

    [1, 2]|zip(['a', 'b'])  →  [[1, "a"], [2, "b"]]
    """
    return [list(row) for row in zip(value, *others)]
