"""What a caller asks for becomes numbers: when to run, how urgent, how long, and when to try again."""

from __future__ import annotations

import random
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import LONGEST, encode, parse_duration, parse_number, preview

DEFAULT_QUEUE = "default"
_KEPT = ("delay", "retry_policy", "resource_limits", "timeout_handling", "callback_url", "scheduled_at")
PRIORITIES = {"high": 0, "normal": 5, "low": 9}
_FIRST_RETRY = 1000.0
_LONGEST_RETRY = 3_600_000.0


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
    number = _number(given, "priority")
    if number is None or number not in range(10):
        raise bad_option("priority", given, "high, normal, low, or 0 to 9")
    return int(number)


def queue(options: dict[str, Any]) -> str:
    given = options.get("queue")
    if given is None:
        return DEFAULT_QUEUE
    if not isinstance(given, str) or not given.replace("-", "").replace("_", "").isalnum():
        raise bad_option("queue", given, "a name of letters, digits, - and _")
    return given


def time_limit(options: dict[str, Any]) -> float | None:
    """Seconds that one attempt may take: its resource_limits' max_execution_time, or the call's timeout.

    A timeout of 1000 or more is meant in milliseconds.
    """
    given = (options.get("resource_limits") or {}).get("max_execution_time")
    name = "timeout" if given is None else "max_execution_time"
    given = options.get("timeout") if given is None else given
    seconds = _number(given, name)
    if seconds is not None and seconds <= 0:
        raise bad_option(name, given, "seconds, more than 0")
    in_milliseconds = name == "timeout" and seconds is not None and seconds >= 1000
    return seconds / 1000 if in_milliseconds and seconds else seconds


def idempotency_key(options: dict[str, Any]) -> str | None:
    given = options.get("idempotency_key")
    return None if given is None or given == "" else str(given)


def kept(options: dict[str, Any]) -> str | None:
    """What of the options matters after the dispatch, as JSON text."""
    found = {name: options[name] for name in _KEPT if options.get(name)}
    return encode(found) if found else None


def retry_after(policy: Any, attempt: int, error: dict[str, Any]) -> float | None:
    """Seconds until the next attempt after ``attempt`` failed with this error, or None: no more of them.

    ``error``: a record's error_details. Its ``details`` may ask for a longer wait, in seconds, as ``retry_after``.
    """
    if not isinstance(policy, dict) or attempt > (_number(policy.get("max_retries"), "max_retries") or 0):
        return None
    retried = policy.get("retry_on")
    if retried and error.get("type", "") not in ([retried] if isinstance(retried, str) else retried):
        return None
    wait = _back_off(policy, attempt)
    if policy.get("jitter"):
        wait *= 0.5 + random.random() / 2
    return max(wait / 1000, _wish(error.get("details")))


def _back_off(policy: dict[str, Any], attempt: int) -> float:
    """Milliseconds, before they are spread: from the list ``delays``, else by the strategy."""
    if policy.get("delays"):
        return float(policy["delays"][min(attempt, len(policy["delays"])) - 1])
    wait = _number(policy.get("initial_delay"), "initial_delay")
    wait = _FIRST_RETRY if wait is None else wait
    backoff = policy.get("backoff_strategy", "exponential")
    if backoff == "linear":
        wait *= attempt
    elif backoff == "exponential":
        wait *= 2.0 ** min(attempt - 1, 40)
    longest = _number(policy.get("max_delay"), "max_delay")
    return min(wait, _LONGEST_RETRY if longest is None else longest)


def _wish(details: Any) -> float:
    """Seconds that whoever refused asks for: an HTTP server's Retry-After, say."""
    wish = details.get("retry_after") if isinstance(details, dict) else None
    return float(wish) if isinstance(wish, (int, float)) and 0 <= wish <= LONGEST else 0.0


def _number(given: Any, name: str) -> float | None:
    if given is None or given == "":
        return None
    number = parse_number(given) if isinstance(given, str) else given
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise bad_option(name, given, "a number")
    return float(number)


def bad_option(name: str, given: Any, expected: str) -> Fault:
    """Fault background/bad-option."""
    return Fault("background/bad-option", f'"{name}" is {preview(given)}, expected {expected}')
