"""From a field's path or a function to one reader of items, and the other small words that list filters share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key
from itertools import count
from typing import Any

from interpreter import values
from interpreter.diagnostic import Fault
from interpreter.values import Missing, Moment, absent, equal, less, preview

Reader = Callable[[Any], Any]
By = str | Callable[..., Any] | None
"""What may stand where a list filter asks "by what": a field's dotted path, a function, or nothing (the item)."""


def reader(by: By) -> Reader:
    """What reads the wanted thing off an item: nothing gives the item, a path its field, a function its result."""
    if by is None or by == "":
        return itself
    if callable(by):
        return for_each(by)
    path = str(by)
    if "." not in path:
        return lambda item: item.get(path) if item.__class__ is dict and path in item else follow(item, path)
    return lambda item: follow(item, path)


def itself(item: Any) -> Any:
    """The item."""
    return item


def follow(value: Any, path: Any) -> Any:
    """What stands at a dotted path (``a.0.b``); null where it leads nowhere. A key that holds dots comes first."""
    found = _step(value, path)
    if found.__class__ is Missing and isinstance(path, str) and "." in path:
        found = value
        for part in path.split("."):
            found = _step(found, part)
    return None if found.__class__ is Missing else found


def has_path(value: Any, path: Any) -> bool:
    """Whether something (null too) stands at the path."""
    found = _step(value, path)
    if found.__class__ is Missing and isinstance(path, str) and "." in path:
        found = value
        for part in path.split("."):
            found = _step(found, part)
    return found.__class__ is not Missing


def _step(value: Any, key: Any) -> Any:
    # values.read looks for the nearest key when one is missing; in a loop over items that would cost too much.
    if isinstance(value, dict):
        key = key if isinstance(key, str) else values.text(key)
        if key in value:
            return value[key]
        return len(value) if key == "length" else values.MISSING
    return values.read(value, key)


def for_each(function: Callable[..., Any]) -> Reader:
    """An author's function ready to be called with one item after the other; one of two parameters gets the index too.

    Authors' functions take any number of arguments: what lacks is missing, what is too much is left out.
    """
    if parameters(function) < 2:
        return function
    index = count()
    return lambda item: function(item, next(index))


def parameters(function: Callable[..., Any]) -> int:
    """How many parameters an author's function names; 0 of what is no lambda."""
    code = getattr(function, "__code__", None)
    return 0 if code is None else int(code.co_argcount)


def empty(value: Any) -> bool:
    """Empty as Xano means it: null, missing, false, 0, "", "0", [] and {}."""
    return not value or value == "0"


def identity(value: Any) -> Any:
    """Something hashable that is the same for two values that ``==`` holds equal (a number and its text, say)."""
    cls = value.__class__
    if cls is bool:
        return (bool, value)
    if cls is int or cls is float:
        return value
    if isinstance(value, str):
        return _identity_of_text(value)
    if isinstance(value, list):
        return (list, *map(identity, value))
    if isinstance(value, dict):
        return (dict, frozenset((key, identity(each)) for key, each in value.items()))
    if cls is Moment:
        return str(value)
    return None if absent(value) else value


def _identity_of_text(value: str) -> Any:
    if value and (value[-1].isdigit() or value[-1] == "."):
        number = values.parse_number(value)
        if number is not None and str(number) == value:
            return number
    return value


def order_key(found: Iterable[Any], case_sensitive: bool = False) -> Callable[[Any], Any]:
    """A key that sorts these values as the operators order them; Fault at values that have no order.

    Texts are ordered without regard to case unless asked otherwise. Nothing in ``found`` is null.
    """
    kinds = {each.__class__ for each in found}
    if kinds <= {int, float}:
        return itself
    if kinds == {str} and not any(each[4:5] == "-" for each in found):
        return itself if case_sensitive else str.casefold
    compared = cmp_to_key(_compare)
    return lambda value: compared(value if case_sensitive else _without_case(value))


def _without_case(value: Any) -> Any:
    if isinstance(value, str) and value[4:5] != "-":  # the T and Z of ISO times must stay
        return value.casefold()
    return value


def _compare(left: Any, right: Any) -> int:
    return -1 if less(left, right) else int(less(right, left))


def ranked(items: list[Any], by: By, descending: bool = False, case_sensitive: bool = False) -> list[Any]:
    """The items in order of what ``by`` reads; those with nothing there come last. Stable."""
    read = reader(by)
    pairs = [(read(item), item) for item in items]
    present = [pair for pair in pairs if not absent(pair[0])]
    key = order_key([found for found, _ in present], case_sensitive)
    present.sort(key=lambda pair: key(pair[0]), reverse=descending)
    return [item for _, item in present] + [item for found, item in pairs if absent(found)]


def many(count: int | float, what: str = "items", most: int = values.MAX_ITEMS) -> None:
    """Fault where a result would have more than is allowed: asked before it is built."""
    if count > most:
        shown = f"{count:,}" if count < 1e15 else preview(count)
        raise Fault("run/too-large", f"the result would have {shown} {what}; {most:,} are allowed")


def long(characters: int | float) -> None:
    """Fault where a text would be longer than is allowed: asked before it is built."""
    many(characters, "characters", values.MAX_TEXT)


def position(items: list[Any], wanted: Any) -> int | None:
    """The index of the first item that is equal, or None."""
    return next((index for index, item in enumerate(items) if equal(item, wanted)), None)
