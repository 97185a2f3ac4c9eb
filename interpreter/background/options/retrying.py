"""A failed attempt is tried again, or not: what a call's retry_policy means."""

from __future__ import annotations

import random
from json import loads
from typing import Any, NamedTuple

from interpreter.background.options.limits import bad_option, number_of, object_of, word_of
from interpreter.background.store.records import ERROR, TIMEOUT, Outcome
from interpreter.values import LONGEST

BACKOFFS = ("fixed", "linear", "exponential")
_KEYS = ("max_retries", "backoff_strategy", "initial_delay", "max_delay", "delays", "jitter", "retry_on")
_JITTER = 0.5
"""The share of a wait that is left to chance where ``jitter`` is just true."""
_STAGES_OF_A_DOCUMENT = ("load", "normalize", "validate", "expression", "resolve", "input")
"""What these complain of is the same in every attempt."""


class RetryPolicy(NamedTuple):
    """How often to try again, after which errors, and how long to wait before."""

    max_retries: int = 0
    backoff: str = "exponential"
    first_wait: float = 1.0
    """Seconds."""
    longest_wait: float = 3600.0
    waits: tuple[float, ...] = ()
    """Instead of a strategy: the wait before each retry."""
    jitter: float = 0.0
    retry_on: tuple[str, ...] = ()
    """Error types, codes and statuses; empty: every error, but no limit that was reached."""

    def wait(self, failed: int, outcome: Outcome) -> float | None:
        """Seconds until the next attempt after so many failed ones, the last of which ended so; None: no more."""
        if failed > self.max_retries:
            return None
        factor = {"fixed": 1, "linear": failed, "exponential": 2.0 ** min(failed - 1, 60)}[self.backoff]
        by_strategy = min(self.longest_wait, self.first_wait * factor)
        wait = self.waits[min(failed, len(self.waits)) - 1] if self.waits else by_strategy
        return max(wait * (1 - self.jitter * random.random()), _wish(outcome))

    def covers(self, outcome: Outcome) -> bool:
        """Whether to try again after this error."""
        code = outcome.error or ""
        if outcome.state not in (ERROR, TIMEOUT) or code.split("/")[0] in _STAGES_OF_A_DOCUMENT:
            return False
        if not self.retry_on:
            return outcome.state == ERROR
        told = loads(outcome.error_details) if outcome.error_details else {}
        status = str(told.get("status") or "")
        names = {code, told.get("type"), str(told.get("code")), status, f"{status[:1]}xx"}
        return not names.isdisjoint(self.retry_on)


def retry_policy(options: dict[str, Any]) -> RetryPolicy:
    """The policy of a call; Fault background/bad-option for what it cannot mean."""
    given = object_of(options, "retry_policy", _KEYS)
    policy = RetryPolicy(max_retries=_retries(given), jitter=_jitter(given), retry_on=_retry_on(given))
    if "backoff_strategy" in given:
        backoff = word_of(given["backoff_strategy"], "retry_policy.backoff_strategy", BACKOFFS)
        policy = policy._replace(backoff=backoff)
    if "initial_delay" in given:
        policy = policy._replace(first_wait=_wait(given, "initial_delay"))
    if "max_delay" in given:
        policy = policy._replace(longest_wait=_wait(given, "max_delay"))
    if "delays" in given:
        policy = policy._replace(waits=tuple(each / 1000 for each in given["delays"]))
    return policy


def _wish(outcome: Outcome) -> float:
    """Seconds that whoever refused asks for: an HTTP server's Retry-After, say."""
    details = loads(outcome.error_details or "{}").get("details")
    wish = details.get("retry_after") if isinstance(details, dict) else None
    return float(wish) if isinstance(wish, int | float) and 0 <= wish <= LONGEST else 0.0


def _retries(given: dict[str, Any]) -> int:
    number = number_of(given.get("max_retries"), "retry_policy.max_retries") or 0.0
    if number < 0 or number != int(number):
        raise bad_option("retry_policy.max_retries", given["max_retries"], "a whole number, 0 or more")
    return int(number)


def _wait(given: dict[str, Any], name: str) -> float:
    """Milliseconds as seconds."""
    milliseconds = number_of(given[name], f"retry_policy.{name}")
    if milliseconds is None or not 0 <= milliseconds / 1000 <= LONGEST:
        raise bad_option(f"retry_policy.{name}", given[name], "0 up to a year, in milliseconds")
    return milliseconds / 1000


def _jitter(given: dict[str, Any]) -> float:
    jitter = given.get("jitter", False)
    if isinstance(jitter, bool):
        return _JITTER if jitter else 0.0
    share = number_of(jitter, "retry_policy.jitter")
    if share is None or not 0 <= share <= 1:
        raise bad_option("retry_policy.jitter", jitter, "true, false, or a share from 0 to 1")
    return share


def _retry_on(given: dict[str, Any]) -> tuple[str, ...]:
    wanted = given.get("retry_on", ())
    names = (wanted,) if isinstance(wanted, str | int) else wanted
    usable = isinstance(names, list | tuple) and all(isinstance(name, str | int) for name in names)
    if not usable or any(isinstance(name, bool) or name == "" for name in names):
        raise bad_option("retry_policy.retry_on", wanted, "error types, codes or statuses")
    return tuple(map(str, names))
