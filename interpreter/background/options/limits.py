"""What a caller asks for becomes numbers: when to run, how urgent, and in which queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Fault
from interpreter.values import LONGEST, encode, parse_duration, parse_number, preview

DEFAULT_QUEUE = "default"
_KEPT = (
    *("delay", "retry_policy", "resource_limits", "timeout_handling", "callback_url"),
    *("scheduled_at", "auth", "triggered", "trigger_chain"),
)
LONGEST_QUEUE = 100
LONGEST_KEY = 500
"""Characters of a queue's name and of an idempotency key."""
PRIORITIES = {"high": 0, "normal": 5, "low": 9}


def delay(options: dict[str, Any]) -> float:
    """Seconds until it may run; Fault background/bad-option where it is negative, absurd or no number."""
    given = options.get("delay")
    if given is None or given == "":
        return 0.0
    seconds = parse_duration(given)
    if seconds is None or not 0 <= seconds <= LONGEST:
        raise bad_option("delay", given, "0 up to a year: seconds, or a text such as 15m or 14 days")
    return seconds


def priority(options: dict[str, Any]) -> int:
    """0, the most urgent, to 9."""
    given = options.get("priority")
    if given is None:
        return PRIORITIES["normal"]
    if isinstance(given, str) and given in PRIORITIES:
        return PRIORITIES[given]
    number = number_of(given, "priority")
    if number is None or number not in range(10):
        raise bad_option("priority", given, "high, normal, low, or 0 to 9")
    return int(number)


def queue(options: dict[str, Any]) -> str:
    given = options.get("queue")
    if given is None:
        return DEFAULT_QUEUE
    if (
        not isinstance(given, str)
        or len(given) > LONGEST_QUEUE
        or not given.replace("-", "").replace("_", "").isalnum()
    ):
        raise bad_option("queue", given, f"a name of at most {LONGEST_QUEUE} letters, digits, - and _")
    return given


def idempotency_key(options: dict[str, Any]) -> str | None:
    given = options.get("idempotency_key")
    if given is None or given == "":
        return None
    if len(str(given)) > LONGEST_KEY:
        raise bad_option("idempotency_key", given, f"at most {LONGEST_KEY} characters")
    return str(given)


def kept(options: dict[str, Any]) -> str | None:
    """What of the options matters after the dispatch, as JSON text."""
    found = {name: options[name] for name in _KEPT if options.get(name)}
    return encode(found) if found else None


def number_of(given: Any, name: str) -> float | None:
    """A number, or a text of one; None where nothing is given; Fault background/bad-option."""
    if given is None or given == "":
        return None
    number = parse_number(given) if isinstance(given, str) else given
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise bad_option(name, given, "a number")
    return float(number)


def bad_option(name: str, given: Any, expected: str) -> Fault:
    """Fault background/bad-option."""
    return Fault("background/bad-option", f'"{name}" is {preview(given)}, expected {expected}')


def object_of(options: dict[str, Any], name: str, keys: Sequence[str]) -> dict[str, Any]:
    """An option that is an object, without its nulls; Fault background/bad-option for a key that it has not."""
    given = options.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise bad_option(name, given, "an object")
    for key in given:
        if key not in keys:
            hint = did_you_mean(key, keys) or f"it takes {', '.join(keys)}"
            raise Fault("background/bad-option", f'"{name}" has no "{preview(key)[1:-1]}"', hint)
    return {key: value for key, value in given.items() if value is not None}


def word_of(given: Any, name: str, words: Sequence[str]) -> str:
    """One of some words; Fault background/bad-option."""
    if given not in words:
        raise bad_option(name, given, ", ".join(words[:-1]) + " or " + words[-1])
    return str(given)


def switch_of(given: Any, name: str) -> bool:
    """True or false; Fault background/bad-option."""
    if not isinstance(given, bool):
        raise bad_option(name, given, "true or false")
    return given
