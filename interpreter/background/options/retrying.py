"""A failed attempt of an execution is tried again, or not: what a call's retry_policy means."""

from __future__ import annotations

from json import loads
from typing import Any

from interpreter.background.options.limits import bad_option, object_of
from interpreter.background.store.records import ERROR, TIMEOUT, Outcome
from interpreter.retries import KEYS, RetryPolicy, read_policy
from interpreter.values import LONGEST

_STAGES_OF_A_DOCUMENT = ("load", "normalize", "validate", "expression", "resolve", "input")
"""What these complain of is the same in every attempt."""


def retry_policy(options: dict[str, Any]) -> RetryPolicy:
    """The policy of a call; Fault background/bad-option for what it cannot mean."""
    return read_policy(object_of(options, "retry_policy", KEYS), bad_option)


def wait(policy: RetryPolicy, failed: int, outcome: Outcome) -> float | None:
    """Seconds until the next attempt after so many failed ones, the last of which ended so; None: no more."""
    by_policy = policy.wait(failed)
    return None if by_policy is None else max(by_policy, _wish(outcome))


def covers(policy: RetryPolicy, outcome: Outcome) -> bool:
    """Whether to try again after this error: every error, but no limit that was reached, where it names none."""
    code = outcome.error or ""
    if outcome.state not in (ERROR, TIMEOUT) or code.split("/")[0] in _STAGES_OF_A_DOCUMENT:
        return False
    if not policy.retry_on:
        return outcome.state == ERROR
    told = loads(outcome.error_details) if outcome.error_details else {}
    return policy.names(code, told.get("type"), told.get("code"), told.get("status"))


def _wish(outcome: Outcome) -> float:
    """Seconds that whoever refused asks for: an HTTP server's Retry-After, say."""
    details = loads(outcome.error_details or "{}").get("details")
    wish = details.get("retry_after") if isinstance(details, dict) else None
    return float(wish) if isinstance(wish, int | float) and 0 <= wish <= LONGEST else 0.0
