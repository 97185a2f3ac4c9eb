"""A retry_policy becomes how often to try again, after which errors, and how long to wait before."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from interpreter.diagnostic import Fault
from interpreter.values import LONGEST, parse_number

BACKOFFS = ("fixed", "linear", "exponential")
KEYS = ("max_retries", "backoff_strategy", "initial_delay", "max_delay", "delays", "jitter", "retry_on")
_JITTER = 0.5
"""The share of a wait that is left to chance where ``jitter`` is just true."""

Complaint = Callable[[str, Any, str], Fault]
"""Makes the fault of an option's name, its value, and what was expected."""


class RetryPolicy(NamedTuple):
    """Times in seconds."""

    max_retries: int = 0
    backoff: str = "exponential"
    first_wait: float = 1.0
    longest_wait: float = 3600.0
    waits: tuple[float, ...] = ()
    """Instead of a strategy: the wait before each retry."""
    jitter: float = 0.0
    retry_on: tuple[str, ...] = ()
    """Error types, codes and statuses; empty: whoever asks has a rule of his own."""

    def wait(self, failed: int) -> float | None:
        """Seconds until the next attempt after so many failed ones; None: no more."""
        if failed > self.max_retries:
            return None
        factor = {"fixed": 1, "linear": failed, "exponential": 2.0 ** min(failed - 1, 60)}[self.backoff]
        by_strategy = min(self.longest_wait, self.first_wait * factor)
        wait = self.waits[min(failed, len(self.waits)) - 1] if self.waits else by_strategy
        return wait * (1 - self.jitter * random.random())

    def names(self, code: Any, type: Any, error_code: Any, status: Any) -> bool:
        """Whether ``retry_on`` names an error, by any of its names; 503 and 5xx for a status."""
        written = str(status or "")
        return not {code, type, str(error_code), written, f"{written[:1]}xx"}.isdisjoint(self.retry_on)


NEVER = RetryPolicy()


def read_policy(given: dict[str, Any], bad: Complaint, policy: RetryPolicy = NEVER) -> RetryPolicy:
    """The policy of an object without nulls, with what it does not say from ``policy``; else the fault of ``bad``."""
    policy = policy._replace(max_retries=_retries(given, bad), jitter=_jitter(given, bad), retry_on=_errors(given, bad))
    if "backoff_strategy" in given:
        if given["backoff_strategy"] not in BACKOFFS:
            raise bad("retry_policy.backoff_strategy", given["backoff_strategy"], "fixed, linear or exponential")
        policy = policy._replace(backoff=given["backoff_strategy"])
    if "initial_delay" in given:
        policy = policy._replace(first_wait=_seconds(given, "initial_delay", bad))
    if "max_delay" in given:
        policy = policy._replace(longest_wait=_seconds(given, "max_delay", bad))
    if "delays" in given:
        policy = policy._replace(waits=tuple(each / 1000 for each in given["delays"]))
    return policy


def _number(given: dict[str, Any], name: str, bad: Complaint) -> float:
    value = given.get(name, 0)
    number = parse_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise bad(f"retry_policy.{name}", value, "a number")
    return float(number)


def _retries(given: dict[str, Any], bad: Complaint) -> int:
    number = _number(given, "max_retries", bad)
    if number < 0 or number != int(number):
        raise bad("retry_policy.max_retries", given["max_retries"], "a whole number, 0 or more")
    return int(number)


def _seconds(given: dict[str, Any], name: str, bad: Complaint) -> float:
    milliseconds = _number(given, name, bad)
    if not 0 <= milliseconds / 1000 <= LONGEST:
        raise bad(f"retry_policy.{name}", given[name], "0 up to a year, in milliseconds")
    return milliseconds / 1000


def _jitter(given: dict[str, Any], bad: Complaint) -> float:
    jitter = given.get("jitter", False)
    if isinstance(jitter, bool):
        return _JITTER if jitter else 0.0
    share = _number(given, "jitter", bad)
    if not 0 <= share <= 1:
        raise bad("retry_policy.jitter", jitter, "true, false, or a share from 0 to 1")
    return share


def _errors(given: dict[str, Any], bad: Complaint) -> tuple[str, ...]:
    wanted = given.get("retry_on", ())
    names = (wanted,) if isinstance(wanted, str | int) else wanted
    usable = isinstance(names, list | tuple) and all(isinstance(name, str | int) for name in names)
    if not usable or any(isinstance(name, bool) or name == "" for name in names):
        raise bad("retry_policy.retry_on", wanted, "error types, codes or statuses")
    return tuple(map(str, names))
