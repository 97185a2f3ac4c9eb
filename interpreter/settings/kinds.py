"""What somebody wrote for a setting becomes its value, or a ValueError that says what was expected.

Each kind of value is a type, and the annotations of ``Settings`` choose how theirs is read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NewType

from interpreter.values import parse_size

Days = NewType("Days", float)
Memory = NewType("Memory", int)


class Secret(str):
    """A text that no message shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


class Key(Secret):
    """32 random bytes as text."""

    __slots__ = ()


class Queue(NamedTuple):
    """What a workspace says of one of its queues."""

    max_concurrent: int | None = None
    """How many of its executions may run at the same time, on all workers together."""
    timeout: float | None = None
    """Seconds that an execution may take which says nothing else."""
    delay: float | None = None
    """Seconds before an execution starts which says nothing else."""


LogForm = NewType("LogForm", str)
Sender = NewType("Sender", str)


def _path(value: Any) -> Path:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a path")
    return Path(value)


def _url(value: Any) -> str:
    if not isinstance(value, str) or "://" not in value:
        raise ValueError("a URL")
    return value


def _seconds(value: Any) -> float:
    try:
        seconds = float("no" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise ValueError("a number of seconds") from None
    if not 0 <= seconds < 1e10:
        raise ValueError("a number of seconds, 0 or more")
    return seconds


def _days(value: Any) -> Days:
    try:
        return Days(_seconds(value))
    except ValueError:
        raise ValueError("a number of days, 0 or more") from None


def _memory(value: Any) -> Memory:
    size = parse_size(value)
    if size is None or not 1_000_000 <= size <= 2**50:
        raise ValueError('bytes or an amount such as "512MB", at least 1MB')
    return Memory(size)


def _count(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("a whole number, 1 or more")
    return value


def _switch(value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("a list of names")
    return tuple(value)


def _secrets(value: Any) -> tuple[Secret, ...]:
    from base64 import b64decode

    expected = 'secrets of the form "whsec_" and 24 to 64 random bytes in base64'
    try:
        written = _names(value)
        sizes = [len(b64decode(each.removeprefix("whsec_"), validate=True)) for each in written]
    except ValueError:
        raise ValueError(expected) from None
    if not all(each.startswith("whsec_") and 24 <= size <= 64 for each, size in zip(written, sizes)):
        raise ValueError(expected)
    return tuple(map(Secret, written))


def _secret_url(value: Any) -> Secret:
    try:
        return Secret(_url(value))
    except ValueError:
        raise ValueError("a URL, such as smtp://user:password@mail.example.com:587") from None


def _cipher_key(value: Any) -> Key:
    from interpreter.diagnostic import Fault
    from interpreter.security.keys import cipher_key

    try:
        cipher_key(value)
    except Fault:
        raise ValueError("32 bytes in base64 or hexadecimal: openssl rand -base64 32") from None
    return Key(value)


def _waits(value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        value = [each for each in value.split(",") if each.strip()]
    if not isinstance(value, list):
        raise ValueError("a list of seconds")
    return tuple(_seconds(each) for each in value)


def _queues(value: Any) -> dict[str, Queue]:
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError("a table for each queue, such as [queues.mail]")
    return {name: _queue(name, given) for name, given in value.items()}


def _queue(name: str, given: dict[str, Any]) -> Queue:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError("names of letters, digits, - and _")
    readers: dict[str, Callable[[Any], Any]] = {"max_concurrent": _count, "timeout": _seconds, "delay": _seconds}
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in readers:
            raise ValueError(f'of "{name}" only {", ".join(readers)}, not "{key}"')
        try:
            found[key] = readers[key](value)
        except ValueError as error:
            raise ValueError(f'"{key}" of "{name}" to be {error}') from None
    return Queue(**found)


def _json(written: str) -> Any:
    import json

    try:
        return json.loads(written)
    except ValueError:
        return None


def _log_form(value: Any) -> LogForm:
    if value not in ("text", "json", "quiet"):
        raise ValueError("text, json or quiet")
    return LogForm(value)


def _sender(value: Any) -> Sender:
    if not isinstance(value, str) or "@" not in value:
        raise ValueError('an e-mail address, such as "Shop <shop@example.com>"')
    return Sender(value)


def _address(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("an IP address")
    return value.strip()


READERS: dict[Any, Callable[[Any], Any]] = {
    Path: _path,
    Path | None: _path,
    str: _address,
    str | None: _url,
    LogForm: _log_form,
    float: _seconds,
    Days: _days,
    float | None: _seconds,
    Memory | None: _memory,
    int: _count,
    int | None: _count,
    bool: _switch,
    tuple[str, ...]: _names,
    tuple[Secret, ...]: _secrets,
    Secret | None: _secret_url,
    Sender | None: _sender,
    Key | None: _cipher_key,
    tuple[float, ...]: _waits,
    dict[str, Queue]: _queues,
}
"""How the value of each type is read, from TOML or from the text of a variable."""
UNTOLD = (_secrets, _secret_url, _cipher_key)
"""The readers of what no message shows."""
