"""The end of an execution becomes a delivery to its callback_url: an execution of kind ``callback``, with its own life.

It is inserted in the transaction that ends its parent, so it is there exactly if that end is; what an execution has,
a delivery has too: a record, attempts by a retry policy, and, where it is given up, an error that can be retried.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from interpreter import addresses
from interpreter.diagnostic import Fault
from interpreter.security.signatures import standard_digest
from interpreter.settings import Settings
from interpreter.values import absent, preview

KIND = FUNCTION = "callback"
QUEUE = "callbacks"
"""Deliveries wait in a queue of their own, which every worker serves first."""
FAILED, GONE, REFUSED = "callback_failed", "callback_gone", "callback_refused"
"""Types of error: only the first is worth another attempt."""
_SPREAD = 0.2


def callback_url(options: dict[str, Any], hosts: tuple[str, ...]) -> str | None:
    """The URL to be told of the end; Fault background/bad-callback where it cannot or may not be called."""
    url = options.get("callback_url")
    if absent(url) or url == "":
        return None
    if not isinstance(url, str):
        raise _bad(f"is {preview(url)}, expected a URL")
    try:
        target = addresses.parse_url(url)
    except ValueError as error:
        raise _bad(str(error)) from None
    refuse(target, hosts)
    return url


def refuse(target: addresses.Target, hosts: tuple[str, ...]) -> None:
    """Fault background/bad-callback where a host may not be called, as far as its name says."""
    if not addresses.is_allowed(target, hosts):
        raise _bad(f'names the host "{target.host}", which callback_hosts does not have')
    if addresses.is_surely_private(target.host) and not addresses.is_named(target, hosts):
        raise _bad(f'names "{target.host}", an address that is not public')


def _bad(what: str) -> Fault:
    hint = "give an http(s) URL of a public host, or name the host in callback_hosts of interpreter.toml"
    return Fault("background/bad-callback", f'"callback_url" {what}', hint, type=REFUSED)


def owed(options: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether this end is to be told: always, unless timeout_handling keeps a timeout back."""
    handling = options.get("timeout_handling") or {}
    timed_out = record["state"] == "timeout" or record["error"] in ("run/timeout", "run/cpu-limit")
    return bool(options.get("callback_url")) and not (timed_out and handling.get("notify_callback") is False)


def delivery(callback_id: str, url: str, record: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a delivery: the id that receivers know it by, where it goes, and the event: the record, and what
    Standard Webhooks asks of one."""
    event = {"type": f"execution.{record['state']}", "timestamp": record["completed_at"], **record}
    return {"id": callback_id, "url": url, "event": event}


def retry_policy(settings: Settings) -> dict[str, Any]:
    """The schedule of deliveries, as any execution's retry policy."""
    waits = [1000 * seconds for seconds in settings.callback_retries]
    return {"max_retries": len(waits), "delays": waits, "jitter": _SPREAD, "retry_on": [FAILED]}


def signatures(message: str, timestamp: int, body: bytes, secrets: tuple[str, ...]) -> str:
    """The header ``webhook-signature``: one signature by each secret, so that a secret can be replaced."""
    digests = (standard_digest(message, str(timestamp), body, secret) for secret in secrets)
    return " ".join(f"v1,{b64encode(each).decode()}" for each in digests)
