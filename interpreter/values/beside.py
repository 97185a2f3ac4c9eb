"""A value becomes the same value with something beside it: what came along with it, read where it has no such key.

The body of an HTTP answer is a list, say, and ``answer.status_code`` can be read nevertheless. To everything else
(operators, filters, JSON) the value is what it is; what is made of it, a changed copy too, has nothing beside it.
"""

from __future__ import annotations

from typing import Any

from interpreter.values.missing import Missing

Beside = dict[str, Any]


class ObjectBeside(dict[str, Any]):
    __slots__ = ("beside",)
    beside: Beside


class ListBeside(list[Any]):
    __slots__ = ("beside",)
    beside: Beside


class TextBeside(str):
    __slots__ = ("beside",)
    beside: Beside


def put_beside(value: Any, beside: Beside) -> Any:
    """The value, an object, list, text or null, with something beside it; a number or boolean stays alone."""
    found: Any
    if isinstance(value, dict):
        found = ObjectBeside(value)
    elif isinstance(value, list):
        found = ListBeside(value)
    elif isinstance(value, str):
        found = TextBeside(value)
    elif value is None:
        found = Missing()
    else:
        return value
    found.beside = beside
    return found


def beside(value: Any) -> Beside | None:
    """What stands beside a value, if anything does."""
    return getattr(value, "beside", None)


def alone(value: Any) -> Any:
    """The value without what stands beside it."""
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list):
        return list(value)
    return str(value) if isinstance(value, str) else None
