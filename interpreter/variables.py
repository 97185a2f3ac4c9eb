"""A variable and a change become the variable's new value: update_variable at run time.

Variables hold values, not references, and still an append costs the same however long the list is: a container is
copied before its first change and is then *owned* by the variable, until the stack lets the variable's value out
(the compiler knows where, and starts a new ``owned``). ``owned`` keeps its containers alive, so that an ``id`` in it
can belong to no other object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import (
    MAX_ITEMS,
    Missing,
    Moment,
    absent,
    add,
    equal,
    integer,
    kind,
    number,
    parse_number,
    preview,
    subtract,
    text,
)

Owned = dict[int, Any]


def append(current: Any, owned: Owned, value: Any) -> list[Any]:
    """The list with one more item; nothing there yet is an empty list."""
    if type(current) is not list or id(current) not in owned:
        current = own(_list(current, "append"), owned)
    if len(current) >= MAX_ITEMS:
        raise _too_long()
    current.append(value)
    return current  # type: ignore[no-any-return]


def prepend(current: Any, owned: Owned, value: Any) -> list[Any]:
    """The list with one more item at its beginning."""
    found = own(_list(current, "prepend"), owned)
    _within_limit(len(found) + 1)
    found.insert(0, value)
    return found  # type: ignore[no-any-return]


def merge(current: Any, owned: Owned, value: Any) -> Any:
    """The object with the keys of another, or the list with the items of another."""
    if absent(value):
        return current if not absent(current) else {}
    if isinstance(current, list) and isinstance(value, list):
        _within_limit(len(current) + len(value))
        found = own(current, owned)
        found.extend(value)
        return found
    if not isinstance(value, dict):
        raise Fault("run/wrong-type", f'"merge" takes an object, not {kind(value)} ({preview(value)})')
    found = own(_object(current, "merge"), owned)
    found.update(value)
    return found


def remove(current: Any, owned: Owned, value: Any) -> Any:
    """The list without the items that equal the value, or the object without that key."""
    if isinstance(current, list):
        return [each for each in current if not equal(each, value)]
    if isinstance(current, dict):
        found = own(current, owned)
        found.pop(text(value), None)
        return found
    if absent(current):
        return current
    raise Fault("run/wrong-type", f'"remove" works on a list or an object, not on {kind(current)}')


def set_key(current: Any, owned: Owned, key: Any, value: Any) -> Any:
    """The object, or list, with the value under one key or index."""
    found = own({} if absent(current) else current, owned)
    _put(found, text(key), value)
    return found


def increase(current: Any, by: Any, sign: int) -> Any:
    """``increment`` and ``decrement``: by 1 where no value stands, from 0 where nothing is there."""
    name = "increment" if sign > 0 else "decrement"
    step = 1 if absent(by) else _counted(by, name)
    start = 0 if absent(current) else _counted(current, name)
    return add(start, step) if sign > 0 else subtract(start, step)


def _counted(value: Any, operation: str) -> Any:
    """A number, also one in a text, or a time; what cannot be counted is a fault."""
    return value if isinstance(value, Moment) else number(value, operation)


def change(current: Any, owned: Owned, path: tuple[Any, ...], operation: str, value: Any, key: Any = None) -> Any:
    """Change what stands at a dotted path; objects on the way are made where nothing is."""
    if not path:
        return OPERATIONS[operation](current, owned, value, key)
    container = own({} if absent(current) else current, owned)
    step, rest = text(path[0]), path[1:]
    if operation == "unset" and not rest:
        return remove(container, owned, step)
    inner = change(_get(container, step), owned, rest, operation, value, key)
    _put(container, step, inner)
    return container


def change_named(variables: dict[str, Any], name: Any, operation: str, value: Any, key: Any) -> None:
    """Change a variable whose name, perhaps a dotted path, was computed."""
    variable, *path = text(name).split(".")
    variables[variable] = change(variables.get(variable), {}, tuple(path), operation, value, key)


def own(container: Any, owned: Owned) -> Any:
    """The container itself where the variable owns it, else a copy that it owns from now on."""
    if id(container) in owned:
        return container
    if not isinstance(container, (list, dict)):
        raise Fault("run/wrong-type", f"{preview(container)} is {kind(container)}: nothing can be set inside it")
    copy = dict(container) if isinstance(container, dict) else list(container)
    owned[id(copy)] = copy
    return copy


def _within_limit(items: int) -> None:
    if items > MAX_ITEMS:
        raise _too_long()


def _too_long() -> Fault:
    return Fault("run/too-large", f"the list would have more than {MAX_ITEMS:,} items")


def _list(current: Any, operation: str) -> list[Any]:
    if isinstance(current, list):
        return current
    if absent(current):
        return []
    raise Fault("run/wrong-type", f'"{operation}" works on a list, and the variable is {kind(current)}')


def _object(current: Any, operation: str) -> dict[str, Any]:
    if isinstance(current, dict):
        return current
    if absent(current):
        return {}
    raise Fault("run/wrong-type", f'"{operation}" works on an object, and the variable is {kind(current)}')


def _index(container: list[Any], step: str) -> int:
    found = parse_number(step)
    if found is None:
        raise Fault("run/wrong-type", f'a list has no key "{step}", only indexes from 0 to {len(container) - 1}')
    index = integer(found, "an index")
    if not -len(container) <= index <= len(container):
        raise Fault("run/wrong-value", f"the list has {len(container)} items, and index {index} is beyond them")
    return index


def _get(container: Any, step: str) -> Any:
    if isinstance(container, dict):
        return container.get(step, Missing(step))
    index = _index(container, step)
    return container[index] if index < len(container) else Missing(step)


def _put(container: Any, step: str, value: Any) -> None:
    if isinstance(container, dict):
        container[step] = value
        return
    index = _index(container, step)
    if index == len(container):
        container.append(value)
    else:
        container[index] = value


OPERATIONS: dict[str, Callable[[Any, Owned, Any, Any], Any]] = {
    "set": lambda current, owned, value, key: value,
    "append": lambda current, owned, value, key: append(current, owned, value),
    "prepend": lambda current, owned, value, key: prepend(current, owned, value),
    "merge": lambda current, owned, value, key: merge(current, owned, value),
    "remove": lambda current, owned, value, key: remove(current, owned, value),
    "set_key": lambda current, owned, value, key: set_key(current, owned, key, value),
    "increment": lambda current, owned, value, key: increase(current, value, 1),
    "decrement": lambda current, owned, value, key: increase(current, value, -1),
}

IN_PLACE = frozenset(("append", "prepend", "merge", "remove", "set_key"))
"""Operations that change a container, where ownership matters."""
