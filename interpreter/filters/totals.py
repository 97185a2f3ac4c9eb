"""From a list of numbers (or of items with a number in a field) to one number: sums, averages, extremes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from interpreter import values
from interpreter.catalog import List, Number, Object, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import By, identity, long, reader
from interpreter.values import absent, greater, less, preview, sized


def _numbers(items: list[Any] | dict[str, Any], by: By, name: str) -> list[Any]:
    """The numbers that are meant, nulls left out."""
    listed = list(items.values()) if isinstance(items, dict) else items
    found = listed if by is None else map(reader(by), listed)
    return [
        each if each.__class__ in values.NUMBERS else values.number(each, f'"{name}"')
        for each in found
        if not absent(each)
    ]


def _sum(numbers: list[Any]) -> Any:
    # Exact for fractions too: 0.1 ten times is 1.0.
    total = math.fsum(numbers) if float in map(type, numbers) else sum(numbers)
    return sized(total)


@filter("array_sum", "total", "sum_by")
def sum_(value: List | Object, by: By = None, start: Number = 0, *, attribute: By = None) -> Number:
    """The sum of the numbers, or of the items' fields; nulls count as nothing.

    [1, 2, 3, 4]|sum  →  10
    [{n: 1}, {n: 2.5}]|sum('n')  →  3.5
    sum([{n: 1}], 'n')  →  1
    """
    return _sum([*_numbers(value, attribute if by is None else by, "sum"), start])  # type: ignore[no-any-return]


@filter("average", "mean", "avg_by")
def avg(value: List | Object, by: By = None) -> Number | None:
    """The average of the numbers, or of the items' fields; nulls are left out, and of nothing it is null.

    [1, 2, 3, 4]|avg  →  2.5
    [{n: 1}, {n: 3}]|avg('n')  →  2
    """
    numbers = _numbers(value, by, "avg")
    return values.divide(_sum(numbers), len(numbers)) if numbers else None


@filter("array_product")
def product(value: List, by: By = None) -> Number:
    """The product of the numbers.

    [1, 2, 3, 4]|product  →  24
    """
    result: Any = 1
    for number in _numbers(value, by, "product"):
        result = sized(result * number)
    return result  # type: ignore[no-any-return]


@filter()
def median(value: List, by: By = None) -> Number | None:
    """The number in the middle; between the two middle ones where their count is even.

    [3, 1, 2]|median  →  2
    [4, 1, 2, 3]|median  →  2.5
    """
    numbers = sorted(_numbers(value, by, "median"))
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]  # type: ignore[no-any-return]
    return values.divide(numbers[middle - 1] + numbers[middle], 2) if numbers else None


@filter()
def mode(value: List, by: By = None) -> Any:
    """The item (or field) that occurs most often; of several the first.

    [1, 2, 2, 3]|mode  →  2
    """
    counts: dict[Any, list[Any]] = {}
    for found in map(reader(by), value):
        counts.setdefault(identity(found), []).append(found)
    return max(counts.values(), key=len)[0] if counts else None


def _squares(numbers: list[Any]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.fsum((number - mean) ** 2 for number in numbers) / len(numbers)


@filter()
def variance(value: List, by: By = None) -> Number | None:
    """The average square of the numbers' distance from their average.

    [2, 4, 4, 4, 5, 5, 7, 9]|variance  →  4.0
    """
    numbers = _numbers(value, by, "variance")
    return sized(_squares(numbers)) if numbers else None


@filter("standard_deviation")
def stddev(value: List, by: By = None) -> Number | None:
    """The standard deviation of the numbers (of the whole population).

    [2, 4, 4, 4, 5, 5, 7, 9]|stddev  →  2.0
    """
    numbers = _numbers(value, by, "stddev")
    return sized(math.sqrt(_squares(numbers))) if numbers else None


@filter()
def percentile(value: List, percent: Number, by: By = None) -> Number | None:
    """The number below which so many per cent of the numbers lie, between two of them where it falls there.

    [1, 2, 3, 4, 5]|percentile(50)  →  3
    """
    if not 0 <= percent <= 100:
        raise Fault("run/wrong-value", f"a percentile is 0 to 100, not {preview(percent)}")
    numbers = sorted(_numbers(value, by, "percentile"))
    if not numbers:
        return None
    place = (len(numbers) - 1) * percent / 100
    below = int(place)
    if below == place:
        return numbers[below]  # type: ignore[no-any-return]
    return sized(numbers[below] + (numbers[below + 1] - numbers[below]) * (place - below))  # type: ignore[no-any-return]


@filter()
def cumulative_sum(value: List, by: By = None) -> List:
    """The sums of the numbers so far.

    [1, 2, 3]|cumulative_sum  →  [1, 3, 6]
    """
    sums = []
    total: Any = 0
    for number in _numbers(value, by, "cumulative_sum"):
        total = sized(total + number)
        sums.append(total)
    return sums


# --- extremes ---------------------------------------------------------------------------------------


def _extreme(candidates: list[Any], beats: Callable[[Any, Any], bool]) -> Any:
    present = [each for each in candidates if not absent(each)]
    if not present:
        return None
    best = present[0]
    for each in present[1:]:
        if beats(each, best):
            best = each
    return best


def _candidates(value: Any, others: tuple[Any, ...]) -> list[Any]:
    """What is compared: the items (or their fields) of a list, or the values themselves where several are given."""
    if not isinstance(value, list):
        return [value, *others]
    if len(others) == 1 and (callable(others[0]) or isinstance(others[0], str)):
        return list(map(reader(others[0]), value))
    return [value, *others] if others else value


@filter("array_min", "num_min", "minimum")
def min_(value: Any, *others: Any, attribute: By = None) -> Any:
    """The least of a list, of the items' fields, or of several values; with ``attribute`` the item. Nulls are left out.

    [3, 1, 2]|min  →  1
    [{n: 3}, {n: 1}]|min('n')  →  1
    [{n: 3}, {n: 1}]|min(attribute='n')  →  {"n": 1}
    5|min(20)  →  5
    """
    if attribute is not None and isinstance(value, list):
        return _item_of(value, attribute, less)
    return _extreme(_candidates(value, others), less)


@filter("array_max", "num_max", "maximum")
def max_(value: Any, *others: Any, attribute: By = None) -> Any:
    """The greatest of a list, of the items' fields, or of several values; with ``attribute`` the item; nulls left out.

    [3, 1, 2]|max  →  3
    [{n: 3}, {n: 1}]|max('n')  →  3
    [{n: 3}, {n: 1}]|max(attribute='n')  →  {"n": 3}
    5|max(20)  →  20
    """
    if attribute is not None and isinstance(value, list):
        return _item_of(value, attribute, greater)
    return _extreme(_candidates(value, others), greater)


def _item_of(items: list[Any], by: By, beats: Callable[[Any, Any], bool]) -> Any:
    best, most = None, None
    for found, item in zip(map(reader(by), items), items):
        if not absent(found) and (most is None or beats(found, most)):
            best, most = item, found
    return best


@filter()
def min_by(value: List, by: By) -> Any:
    """The item whose field is least; of several the first.

    [{n: 3}, {n: 1}]|min_by('n')  →  {"n": 1}
    """
    return _item_of(value, by, less)


@filter()
def max_by(value: List, by: By) -> Any:
    """The item whose field is greatest; of several the first.

    [{n: 3}, {n: 1}]|max_by('n')  →  {"n": 3}
    """
    return _item_of(value, by, greater)


@filter("implode")
def join(value: List | Text, separator: Text = "", attribute: By = None) -> Text:
    """The items' (or their fields') texts as one, with a separator between.

    ['Epic', 'Battle']|join(' ')  →  "Epic Battle"
    [{n: 'a'}, {n: 'b'}]|join(', ', 'n')  →  "a, b"
    """
    items = list(value) if isinstance(value, str) else value
    texts = [values.text(found) for found in map(reader(attribute), items)]
    long(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


@filter()
def sentence(value: List, word: Text = "and") -> Text:
    """The items' texts as a phrase.

    ['a', 'b', 'c']|sentence  →  "a, b and c"
    """
    texts = list(map(values.text, value))
    if len(texts) < 2:
        return "".join(texts)
    return join([join(texts[:-1], ", "), texts[-1]], f" {word} ")
