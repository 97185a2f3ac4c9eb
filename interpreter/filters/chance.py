"""From the run's own chance to a number, an item, a text: replayed as it was when a run is continued."""

from __future__ import annotations

from typing import Any

from interpreter import values
from interpreter.catalog import List, Text, filter
from interpreter.context import Context
from interpreter.filters.fields import many


@filter()
def random(context: Context, value: Any = None, most: int | None = None) -> Any:
    """An item of a list or text; with two numbers a whole number from one to the other; with none one from 0 up to 1.

    [7]|random  →  7
    random(3, 3)  →  3
    """
    chance = context.random()
    if isinstance(value, (list, str)):
        return value[int(chance * len(value))] if value else None
    if value is None and most is None:
        return chance
    least, highest = (0, value) if most is None else (value, most)
    least = values.integer(least, '"random"')
    return least + int(chance * (max(values.integer(highest, '"random"') - least, 0) + 1))


@filter("rand", "random_number")
def random_int(context: Context, least: int = 0, most: int = 2_147_483_647) -> int:
    """A whole number by chance, from the least to the most, both included.

    random_int(5, 5)  →  5
    """
    return least + int(context.random() * (max(most - least, 0) + 1))


@filter("random_text", "generate_random_string")
def random_string(context: Context, length: int = 16, alphabet: Text | None = None) -> Text:
    """So many letters and digits (or signs of an alphabet) by chance; for secrets use the security nodes.

    random_string(8)|length  →  8
    random_string(3, 'x')  →  "xxx"
    """
    signs = alphabet or "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    many(max(length, 0), "characters by chance", 100_000)
    return "".join(signs[int(context.random() * len(signs))] for _ in range(length))


@filter("generate_uuid", "uuid4", "uuid_v4", "create_uuid")
def uuid(context: Context, value: Any = None) -> Text:
    """A new UUID (version 4).

    uuid()|length  →  36
    """
    return context.uuid()


@filter("array_shuffle")
def shuffle(context: Context, value: List) -> List:
    """The items in random order.

    [7, 7]|shuffle  →  [7, 7]
    """
    shuffled = list(value)
    for place in range(len(shuffled) - 1, 0, -1):
        other = int(context.random() * (place + 1))
        shuffled[place], shuffled[other] = shuffled[other], shuffled[place]
    return shuffled
