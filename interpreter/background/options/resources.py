"""What a call allows becomes the limits of one attempt, and a limit that was reached becomes an outcome."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from interpreter.background.options.limits import bad_option, number_of, object_of, switch_of, word_of
from interpreter.background.options.retrying import retry_policy
from interpreter.background.store.records import ERROR, TIMEOUT, Outcome
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import LONGEST, encode, parse_duration, parse_size, shown_size

TIME, CPU, MEMORY = "max_execution_time", "cpu_limit", "memory_limit"
CODES = {TIME: "run/timeout", CPU: "run/cpu-limit", MEMORY: "run/out-of-memory"}
SMALLEST_MEMORY = 1_000_000
LARGEST_MEMORY = 2**50
GRACE = 1.0
"""Seconds between the moment when a run is told to stop and the end of its process."""
_CORES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:v?cpus?|cores?)\s*\Z", re.ASCII | re.IGNORECASE)
_MILLISECONDS_FROM = 1000


class Resources(NamedTuple):
    """What one attempt may use, whatever it waits for left out; None is no limit."""

    seconds: float | None = None
    cpu_seconds: float | None = None
    memory: int | None = None
    """Bytes beyond what its process had before."""


class TimeoutHandling(NamedTuple):
    """What happens when an execution's time is up."""

    on_timeout: str = "cancel"
    """cancel ends in state timeout; error in state error, which a retry_policy may try again."""
    cleanup_resources: bool = False
    """Whether the calls that it dispatched, and that have not ended, are cancelled."""
    notify_callback: bool = True


def resources(options: dict[str, Any], seconds: float | None, memory: int | None) -> Resources:
    """The limits of a call, whose time limit is ``seconds`` and whose workspace's memory limit is ``memory``."""
    given = _limits(options)
    return Resources(seconds, _cpu_limit(given, seconds), _memory_limit(given) or memory)


def time_limit(options: dict[str, Any], default: float | None = None) -> float | None:
    """Seconds that one attempt may run: the smaller of timeout and max_execution_time."""
    given = _limits(options)
    found = [
        _seconds(number_of(given.get(TIME), f"resource_limits.{TIME}"), given.get(TIME), f"resource_limits.{TIME}"),
        _seconds(_timeout(options), options.get("timeout"), "timeout"),
    ]
    return min((each for each in found if each is not None), default=default)


def checked_time_limit(options: dict[str, Any], settings: Settings) -> float | None:
    """The time limit of a dispatch; Fault background/bad-option for what no limit and no policy can be."""
    seconds = time_limit(options, settings.max_execution_time)
    resources(options, seconds, settings.memory_limit)
    timeout_handling(options)
    retry_policy(options)
    return seconds


def timeout_handling(options: dict[str, Any]) -> TimeoutHandling:
    """What a call says of it; Fault background/bad-option."""
    given = object_of(options, "timeout_handling", TimeoutHandling._fields)
    return TimeoutHandling(
        word_of(given.get("on_timeout", "cancel"), "timeout_handling.on_timeout", ("cancel", "error")),
        switch_of(given.get("cleanup_resources", False), "timeout_handling.cleanup_resources"),
        switch_of(given.get("notify_callback", True), "timeout_handling.notify_callback"),
    )


def cleans_up(options: dict[str, Any]) -> bool:
    """Whether what an execution called is to end with it when it has reached a limit."""
    try:
        return timeout_handling(options).cleanup_resources
    except Fault:  # of an older program's making
        return False


def exceeded(limit: str, allowed: Resources, options: dict[str, Any], process_ended: bool = False) -> Outcome:
    """How an execution ends that went over one of its limits."""
    value, told = {
        TIME: (allowed.seconds, f"took longer than its {TIME} of {allowed.seconds or 0:g} seconds"),
        CPU: (allowed.cpu_seconds, f"used more processor time than its {CPU} of {allowed.cpu_seconds or 0:g} seconds"),
        MEMORY: (allowed.memory, f"needed more memory than its {MEMORY} of {shown_size(allowed.memory or 0)}"),
    }[limit]
    ended = ", and its process was ended" if process_ended else ""
    kind = CODES[limit].rsplit("/", 1)[-1].replace("-", "_")
    is_error = limit == MEMORY or timeout_handling(options).on_timeout == "error"
    details = encode({"type": kind, "limit": limit, "value": value})
    return Outcome(ERROR if is_error else TIMEOUT, None, CODES[limit], f"the execution {told}{ended}", details)


def _limits(options: dict[str, Any]) -> dict[str, Any]:
    return object_of(options, "resource_limits", (TIME, MEMORY, CPU))


def _timeout(options: dict[str, Any]) -> float | None:
    """A node's timeout: from 1000 on it is in milliseconds."""
    given = number_of(options.get("timeout"), "timeout")
    return given / 1000 if given is not None and given >= _MILLISECONDS_FROM else given


def _seconds(seconds: float | None, given: Any, name: str) -> float | None:
    if seconds is not None and not 0 < seconds <= LONGEST:
        raise bad_option(name, given, "seconds, more than 0 and up to a year")
    return seconds


def _cpu_limit(limits: dict[str, Any], seconds: float | None) -> float | None:
    """Seconds of processor time. One core is all that a run can use; less of it is a share of its time limit."""
    given = limits.get(CPU)
    cores = _CORES.match(given) if isinstance(given, str) else None
    if cores is None:
        allowed = parse_duration(given)
    elif float(cores[1]) >= 1:
        return None
    else:
        allowed = None if seconds is None else float(cores[1]) * seconds
    if given is not None and (allowed is None or not 0 < allowed <= LONGEST):
        expected = 'seconds of processor time, or a share such as "0.5 cores" beside a max_execution_time'
        raise bad_option(f"resource_limits.{CPU}", given, expected)
    return allowed


def _memory_limit(limits: dict[str, Any]) -> int | None:
    given = limits.get(MEMORY)
    size = parse_size(given)
    if given is not None and (size is None or not SMALLEST_MEMORY <= size <= LARGEST_MEMORY):
        raise bad_option(f"resource_limits.{MEMORY}", given, 'bytes or an amount such as "512MB", at least 1MB')
    return size
