"""A failed request is sent again, or not: what the retry_policy of external_api_request means.

Without one nothing is sent twice. With one, what may have been done already (a POST that timed out) is not, unless
the author names the error in ``retry_on`` or gives the request an Idempotency-Key of his own.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

from interpreter.adapters.http.exchange import Request
from interpreter.adapters.http.failures import HTTP_ERROR, NETWORK_ERROR, TIMEOUT
from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Fault
from interpreter.retries import KEYS, NEVER, RetryPolicy, read_policy
from interpreter.values import absent, preview

_USUAL = RetryPolicy(longest_wait=30.0)
_NOT_DONE = frozenset((429, 503))
"""Statuses by which a service says that it has not even begun."""
LONGEST_WISH = 86_400.0
"""Seconds; a Retry-After beyond it counts as this."""


def policy_of(given: Any) -> RetryPolicy:
    """Fault run/wrong-value for what a policy cannot mean."""
    if absent(given):
        return NEVER
    if not isinstance(given, dict):
        raise _bad("retry_policy", given, "an object")
    for key in given:
        if key not in KEYS:
            raise Fault("run/wrong-value", f'"retry_policy" has no "{key}"', did_you_mean(key, KEYS))
    return read_policy({key: value for key, value in given.items() if not absent(value)}, _bad, _USUAL)


def _bad(name: str, given: Any, expected: str) -> Fault:
    return Fault("run/wrong-value", f'"{name}" is {preview(given)}, expected {expected}')


def pause(policy: RetryPolicy, failed: int, fault: Fault, request: Request) -> float | None:
    """Seconds before the request is sent again after so many failures, the last of which was this; None: it is not.

    A service that asks for more time than the policy's longest wait is not waited for.
    """
    by_policy = policy.wait(failed)
    if by_policy is None or not _covers(policy, fault, request):
        return None
    details = fault.details or {}
    wish = details.get("retry_after", 0.0)
    return max(by_policy, wish) if wish <= policy.longest_wait else None


def _covers(policy: RetryPolicy, fault: Fault, request: Request) -> bool:
    if policy.retry_on:
        return policy.names(fault.code, fault.type, fault.error_code, fault.status)
    if fault.type == HTTP_ERROR:
        status = fault.status or 0
        return status in _NOT_DONE or (status >= 500 and request.repeatable)
    if fault.type in (NETWORK_ERROR, TIMEOUT):
        return request.repeatable or not fault.details["sent"]
    return False


def seconds_of(retry_after: str | None) -> float | None:
    """A Retry-After header, seconds or a date, as seconds from now."""
    if retry_after is None:
        return None
    try:
        counted = retry_after.isdecimal()
        wish = float(retry_after) if counted else parsedate_to_datetime(retry_after).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return min(LONGEST_WISH, max(0.0, wish))
