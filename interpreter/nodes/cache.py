"""Nodes that keep values for a while, on the bus, for all runs of a workspace."""

from __future__ import annotations

from math import ceil
from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.values import absent, integer, number, preview, text


@action("cache_value")
def get_cache(context: Context, key: Any, default: Any = None) -> Any:
    """The value of a key; the default where there is none."""
    found = context.world.cache.get(_key(key))
    return default if found is None else found


@action("has_cache")
def has_cache(context: Context, key: Any) -> bool:
    """Whether anything is kept under a key."""
    return context.world.cache.has(_key(key))


@action("set_cache")
def set_cache(context: Context, key: Any, value: Any, ttl: Any = None) -> None:
    """Keep a value."""
    context.world.cache.set(_key(key), value, _seconds(ttl))


@action("delete_cache")
def delete_cache(context: Context, key: Any = None, pattern: Any = None) -> int:
    """Forget one key, a list of them, or all that a pattern finds; how many there were.

    A key is never read as a pattern, so that no input can ask for more than the author meant.
    """
    if absent(key) == absent(pattern):
        raise Fault("run/wrong-value", 'delete_cache takes either "key" or "pattern"')
    if not absent(pattern):
        return context.world.cache.delete_like(_key(pattern))
    return context.world.cache.delete(map(_key, key if isinstance(key, list) else [key]))


@action("increment_cache")
def increment_cache(context: Context, key: Any, value: Any = 1, ttl: Any = None) -> int | float:
    """Count up, from 0 where there is nothing; the new value."""
    return context.world.cache.increment(_key(key), _amount(value), _seconds(ttl))


@action("decrement_cache")
def decrement_cache(context: Context, key: Any, value: Any = 1, ttl: Any = None) -> int | float:
    """Count down, from 0 where there is nothing; the new value."""
    return context.world.cache.increment(_key(key), -_amount(value), _seconds(ttl))


@action("get_cache_ttl")
def get_cache_ttl(context: Context, key: Any) -> float | None:
    """Seconds until a key is forgotten; null for one that never is, or is not there."""
    return context.world.cache.ttl(_key(key))


@action("push_cache")
def push_cache(context: Context, key: Any, value: Any) -> int:
    """Add to the end of a list; how many it has now."""
    return context.world.cache.push(_key(key), value)


@action("unshift_cache")
def unshift_cache(context: Context, key: Any, value: Any) -> int:
    """Add to the front of a list; how many it has now."""
    return context.world.cache.push(_key(key), value, first=True)


@action("pop_cache")
def pop_cache(context: Context, key: Any) -> Any:
    """Take the last item of a list; null where there is none."""
    return context.world.cache.pop(_key(key))


@action("shift_cache")
def shift_cache(context: Context, key: Any) -> Any:
    """Take the first item of a list; null where there is none."""
    return context.world.cache.pop(_key(key), first=True)


@action("count_cache")
def count_cache(context: Context, key: Any) -> int:
    """How many items a list has."""
    return context.world.cache.count(_key(key))


@action("list_cache")
def list_cache(context: Context, key: Any, start: Any = 0, stop: Any = -1) -> list[Any]:
    """The items of a list, or those from one position up to another."""
    return context.world.cache.items(_key(key), _position(start, "start", 0), _position(stop, "stop", -1))


@action("rate_limit")
def rate_limit(context: Context, key: Any, limit: Any, ttl: Any, message: Any = None) -> dict[str, Any]:
    """Count one use of a key, and refuse it where there were too many; with ``message: false`` the answer says so."""
    found = context.world.cache.rate(_key(key), _limit(limit), number(ttl, "ttl"))
    if found["allowed"] or message is False:
        return found
    raise Fault(
        "run/rate-limited",
        _too_often(key, ttl, found) if absent(message) or message is True else text(message),
        status=429,
        details={name: found[name] for name in ("limit", "remaining", "retry_after")},
    )


def _too_often(key: Any, ttl: Any, found: dict[str, Any]) -> str:
    often = f"{found['limit']} time{'' if found['limit'] == 1 else 's'} in {number(ttl):g} seconds"
    return f"{preview(key)} may be used {often}; try again in {ceil(found['retry_after'])} s"


def _key(given: Any) -> str:
    """A key is a text or a number: anything else is a slip, and all its runs would share what belongs to one."""
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise Fault("run/wrong-type", f"a cache key must be a text or a number, not {preview(given)}")
    return text(given)


def _seconds(ttl: Any) -> float | None:
    return None if absent(ttl) else float(number(ttl, "ttl"))


def _amount(value: Any) -> int | float:
    return 1 if absent(value) else number(value, "value")


def _position(given: Any, name: str, otherwise: int) -> int:
    return otherwise if absent(given) else integer(given, name)


def _limit(given: Any) -> int:
    limit = integer(given, "limit")
    if limit < 1:
        raise Fault("run/wrong-value", f"a limit of {limit} is not possible, expected 1 or more")
    return limit
