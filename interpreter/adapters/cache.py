"""Keys and values of a workspace become keys and JSON texts on the bus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from interpreter.adapters.line import Line, namespace_of
from interpreter.bus import PREFIX
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import LONGEST, pack, preview, unpack

if TYPE_CHECKING:
    from redis.commands.core import Script

UNAVAILABLE = "run/cache-unavailable"
LONGEST_KEY = 1024
"""Bytes."""
MOST_AT_ONCE = 1000
"""Keys that one command looks through or forgets."""
INTEGERS = 2**63
"""A counter stays below; beyond it the bus cannot count."""

_INCREMENT = """
local stored = redis.call('GET', KEYS[1])
local whole = not ARGV[1]:find('[.e]') and (not stored or stored:find('^-?%d+$'))
local now = redis.call(whole and 'INCRBY' or 'INCRBYFLOAT', KEYS[1], ARGV[1])
if ARGV[2] ~= '' and not stored then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return tostring(whole and redis.call('GET', KEYS[1]) or now)
"""

_RATE = """
local used, most = tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1])
if not used then return redis.error_reply('ERR value is not an integer') end
if used < most then used = redis.call('INCR', KEYS[1]) else used = most + 1 end
local left = redis.call('PTTL', KEYS[1])
if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]); left = tonumber(ARGV[2]) end
return {used, left}
"""
"""What comes too often is refused and not counted, so that a counter never grows beyond its limit."""


class Cache:
    """The cache of one workspace (``context.Cache``). ``most`` bounds the bytes of a value as JSON.

    Faults: run/cache-unavailable where the bus is away; run/wrong-value, run/wrong-type, run/too-large.
    """

    def __init__(self, line: Line, namespace: str, most: int) -> None:
        self._line = line
        self._before = f"{PREFIX}cache:{namespace}:".encode()
        self._most = most
        self._scripts: dict[str, Script] = {}

    def close(self) -> None:
        self._line.close()

    # --- values ---

    def get(self, key: str) -> Any:
        place = self._place(key)
        written = self._ask(key, lambda client: client.get(place))
        return None if written is None else unpack(written)

    def has(self, key: str) -> bool:
        place = self._place(key)
        return bool(self._ask(key, lambda client: client.exists(place)))

    def set(self, key: str, value: Any, ttl: float | None = None) -> None:
        place, written, milliseconds = self._place(key), self._written(key, value), _milliseconds(ttl)
        self._ask(key, lambda client: client.set(place, written, px=milliseconds))

    def delete(self, keys: Iterable[str]) -> int:
        places = [self._place(key) for key in keys]
        return self._line.ask(lambda client: _forget(client, places))

    def delete_like(self, pattern: str) -> int:
        like = self._place(pattern)
        return self._line.ask(lambda client: _forget(client, client.scan_iter(like, MOST_AT_ONCE)))

    def increment(self, key: str, by: int | float, ttl: float | None = None) -> int | float:
        if not -INTEGERS < by < INTEGERS:
            raise _too_far(key)
        milliseconds = _milliseconds(ttl)
        arguments = [repr(by), "" if milliseconds is None else milliseconds]
        counted: bytes = self._run(key, _INCREMENT, arguments)
        return int(counted) if re.fullmatch(rb"-?\d+", counted) else float(counted)

    def ttl(self, key: str) -> float | None:
        place = self._place(key)
        left = self._ask(key, lambda client: client.pttl(place))
        return left / 1000 if left >= 0 else None

    def rate(self, key: str, most: int, seconds: float) -> dict[str, Any]:
        milliseconds = _milliseconds(seconds)
        if milliseconds is None:
            raise Fault("run/wrong-value", "the ttl of a rate limit is more than 0 seconds")
        used, left = self._run(key, _RATE, [most, milliseconds])
        allowed = used <= most
        return {
            "allowed": allowed,
            "limit": most,
            "remaining": max(0, most - used),
            "retry_after": 0 if allowed else left / 1000,
            "reset_after": left / 1000,
        }

    # --- lists ---

    def push(self, key: str, value: Any, *, first: bool = False) -> int:
        place, written = self._place(key), self._written(key, value)
        return int(self._ask(key, lambda client: (client.lpush if first else client.rpush)(place, written)))

    def pop(self, key: str, *, first: bool = False) -> Any:
        place = self._place(key)
        written = self._ask(key, lambda client: (client.lpop if first else client.rpop)(place))
        return None if written is None else unpack(written)

    def count(self, key: str) -> int:
        place = self._place(key)
        return int(self._ask(key, lambda client: client.llen(place)))

    def items(self, key: str, start: int = 0, stop: int = -1) -> list[Any]:
        place, bounds = self._place(key), [max(-INTEGERS + 1, min(INTEGERS - 1, each)) for each in (start, stop)]
        return [unpack(each) for each in self._ask(key, lambda client: client.lrange(place, *bounds))]

    # --- on the bus ---

    def _place(self, key: str) -> bytes:
        """The key as the bus knows it."""
        written = key.encode()
        if not written:
            raise Fault("run/wrong-value", "a cache key is an empty text")
        if len(written) > LONGEST_KEY:
            message = f"the cache key {preview(key)} takes {len(written):,} bytes, and {LONGEST_KEY:,} are allowed"
            raise Fault("run/wrong-value", message)
        return self._before + written

    def _written(self, key: str, value: Any) -> bytes:
        try:
            written = pack(value).encode()
        except (TypeError, ValueError) as error:
            raise Fault("run/wrong-type", f"the value for {preview(key)} cannot be kept: {error}") from None
        if len(written) > self._most:
            message = f"the value for {preview(key)} takes {len(written):,} bytes; max_payload_bytes is {self._most:,}"
            raise Fault("run/too-large", message, status=413)
        return written

    def _ask(self, key: str, question: Any) -> Any:
        """What the bus answers about one key; Fault run/wrong-type where something else is kept under it."""
        from redis.exceptions import ResponseError

        try:
            return self._line.ask(question)
        except ResponseError as error:
            raise _refused(key, str(error)) from error

    def _run(self, key: str, script: str, arguments: list[Any]) -> Any:
        """Several commands in one step, which nobody else's come between."""
        place = self._place(key)

        def run(client: Any) -> Any:
            if script not in self._scripts:
                self._scripts[script] = client.register_script(script)
            return self._scripts[script]([place], arguments, client)

        return self._ask(key, run)


def cache_of(settings: Settings, bus_url: Callable[[], str]) -> Cache:
    """The cache of the workspace with these settings."""
    return Cache(Line(bus_url, UNAVAILABLE, "the cache"), namespace_of(settings), settings.max_payload_bytes)


def _forget(client: Any, places: Iterable[bytes]) -> int:
    """Remove keys, portion by portion; how many there were."""
    rest = iter(places)
    return sum(client.unlink(*some) for some in iter(lambda: list(islice(rest, MOST_AT_ONCE)), []))


def _milliseconds(ttl: float | None) -> int | None:
    """A time to live; None for ever, which 0 means too."""
    if not ttl:
        return None
    if not 0 < ttl <= LONGEST:
        raise Fault("run/wrong-value", f"a ttl of {ttl:g} seconds is not possible, expected 0 up to a year")
    return max(1, round(ttl * 1000))


def _refused(key: str, reason: str) -> Fault:
    if "WRONGTYPE" in reason:
        hint = "a list is read with list_cache, pop_cache and shift_cache, a value with get_cache"
        return Fault("run/wrong-type", f"what the cache keeps under {preview(key)} is of another kind", hint)
    if "overflow" in reason or "NaN or Infinity" in reason:
        return _too_far(key)
    if "not a valid float" in reason or "not an integer" in reason:
        return Fault("run/wrong-type", f"what the cache keeps under {preview(key)} is not a number")
    return Fault(UNAVAILABLE, f"the cache refused {preview(key)}: {reason}", status=503)


def _too_far(key: str) -> Fault:
    return Fault("run/too-large", f"the counter {preview(key)} would leave what can be counted")
