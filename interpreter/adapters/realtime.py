"""Events become messages on a channel of the bus, and stay for a while for those who come late."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from interpreter.adapters.line import Line, namespace_of
from interpreter.bus import PREFIX
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import encode, preview

if TYPE_CHECKING:
    from redis.client import PubSub
    from redis.commands.core import Script

KEPT_EVENTS = 1000
"""Newest events of a channel that are kept for those who come late."""
KEPT_SECONDS = 86_400
"""After the last event of a channel, until its kept ones go."""
LONGEST_NAME = 200
UNAVAILABLE = "run/realtime-unavailable"
BEFORE_ALL = "0-0"
"""The id that no event has, and that all come after."""
LOOK_SECONDS = 2.0
"""Between two looks at what is kept, should a message have been missed."""
CONFIRM_SECONDS = 1.0
PORTION = 100
PAUSE_SECONDS = 0.1
"""Before a bus that is away is asked again."""
_NAMES = f"a name has up to {LONGEST_NAME} letters, digits and . : / @ # - _"
_CHANNEL = re.compile(r"[\w.:/@#-]+")
_ID = re.compile(r"\d{1,18}-\d{1,18}")

_PUBLISH = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'event', ARGV[3], 'data', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {id, redis.call('PUBLISH', KEYS[1], id)}
"""
"""Kept and told in one step. What is told is the id: whoever hears it reads what is new, and so misses nothing."""

Event = dict[str, Any]


class Realtime:
    """The channels of one workspace (``context.Realtime``). ``most`` bounds the bytes of an event's data as JSON.

    Faults: run/realtime-unavailable where the bus is away; run/wrong-value, run/too-large.
    """

    def __init__(self, line: Line, namespace: str, most: int) -> None:
        self._line = line
        self._before = f"{PREFIX}realtime:{namespace}:"
        self._most = most
        self._script: Script | None = None

    def close(self) -> None:
        self._line.close()

    def publish(self, channel: str, event: str, data: Any) -> Event:
        place = self._place(channel)
        if not 0 < len(event) <= LONGEST_NAME or not event.isprintable():
            raise Fault("run/wrong-value", f"{preview(event)} is no name of an event", _NAMES)
        written = encode(data)
        if len(size := written.encode()) > self._most:
            message = f"the data of {preview(event)} takes {len(size):,} bytes; max_payload_bytes is {self._most:,}"
            raise Fault("run/too-large", message, status=413)
        arguments: list[int | str] = [KEPT_EVENTS, KEPT_SECONDS, event, written]
        event_id, receivers = self._line.ask(lambda client: self._publisher(client)([place], arguments, client))
        return {"id": event_id.decode(), "channel": channel, "event": event, "receivers": int(receivers)}

    def follow(self, channel: str, since: str | None, told: Callable[[Fault | None], None]) -> Iterator[Event]:
        """Every event of a channel as it comes, {id, channel, event, data}; it never ends.

        ``since``: the id after which they begin, BEFORE_ALL for all that are kept; None: from now on. ``told`` hears
        when the bus is away, and by None when it is back; meanwhile it waits as long as that takes.
        """
        last, away = _checked_id(since), False
        while True:
            try:
                for reached, event in self._listen(channel, last):
                    last = reached
                    if away:
                        told(None)
                        away = False
                    if event is not None:
                        yield event
            except Fault as fault:
                if fault.code != UNAVAILABLE:
                    raise
                if not away:
                    told(fault)
                away = True
                time.sleep(PAUSE_SECONDS)

    def _listen(self, channel: str, last: str | None) -> Iterator[tuple[str, Event | None]]:
        """Ids and events behind ``last`` until the bus is away; first, once it listens, the id where it begins."""
        place = self._place(channel)
        last = last or self._newest(place)  # before the subscription: what comes between is behind it
        with closing(self._line.ask(lambda client: _subscribed(client, place))) as subscription:
            yield last, None
            while True:
                while found := self._after(place, last):
                    for event_id, fields in found:
                        last = event_id.decode()
                        yield last, _event(last, channel, fields)
                self._line.ask(lambda _: _await_news(subscription))

    def _newest(self, place: str) -> str:
        """The id of the newest event that is kept."""
        found = self._line.ask(lambda client: client.xrevrange(place, count=1))
        return found[0][0].decode() if found else BEFORE_ALL

    def _after(self, place: str, last: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        """Some of what is kept behind an id."""
        return self._line.ask(lambda client: client.xrange(place, min=f"({last}", count=PORTION))

    def _place(self, channel: str) -> str:
        """The stream's key, and the name of the bus's channel."""
        if len(channel) > LONGEST_NAME or not _CHANNEL.fullmatch(channel):
            raise Fault("run/wrong-value", f"{preview(channel)} is no name of a channel", _NAMES)
        return self._before + channel

    def _publisher(self, client: Any) -> Script:
        if self._script is None:
            self._script = client.register_script(_PUBLISH)
        return self._script


def realtime_of(settings: Settings, bus_url: Callable[[], str]) -> Realtime:
    """The channels of the workspace with these settings."""
    return Realtime(Line(bus_url, UNAVAILABLE, "realtime"), namespace_of(settings), settings.max_payload_bytes)


def is_id(text: str) -> bool:
    """Whether a text can be the id of an event."""
    return _ID.fullmatch(text) is not None


def _checked_id(since: str | None) -> str | None:
    if since is not None and not is_id(since):
        raise Fault("run/wrong-value", f"{preview(since)} is no id of an event", "an id looks like 1732190000000-0")
    return since


def _subscribed(client: Any, place: str) -> PubSub:
    """Subscribed means confirmed: whatever is told from now on is heard."""
    from redis.exceptions import ConnectionError

    subscription: PubSub = client.pubsub()
    try:
        subscription.subscribe(place)
        if subscription.get_message(timeout=CONFIRM_SECONDS) is None:
            raise ConnectionError("the subscription was not confirmed")
    except BaseException:
        subscription.close()
        raise
    return subscription


def _await_news(subscription: PubSub) -> None:
    """Until something is told, or it is time to look; what was told is then in what is kept."""
    news = subscription.get_message(timeout=LOOK_SECONDS)
    while news:
        news = subscription.get_message(timeout=0)


def _event(event_id: str, channel: str, fields: dict[bytes, bytes]) -> Event:
    data = json.loads(fields[b"data"])
    return {"id": event_id, "channel": channel, "event": fields[b"event"].decode(), "data": data}
