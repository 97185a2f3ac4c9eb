"""A payload and a shared secret become a signature, and a signature a yes or a no, in a time that tells nothing."""

from __future__ import annotations

import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Fault
from interpreter.security.keys import from_base64, text_key, unusable
from interpreter.values import absent, encode, parse_number, preview, text

HASHES = ("sha256", "sha512", "sha384", "sha1")
WRITTEN: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda digest: b64encode(digest).decode(),
    "base64url": lambda digest: urlsafe_b64encode(digest).decode().rstrip("="),
}
HMAC, STRIPE, STANDARD_WEBHOOKS = "hmac", "stripe", "standard_webhooks"
SCHEMES = (HMAC, STRIPE, STANDARD_WEBHOOKS)
TOLERANCE = 300.0
"""Seconds that a signed time may be away from now."""
WHSEC = "whsec_"


def signed_bytes(payload: Any) -> bytes:
    """What is signed: a text as it is, any other value as compact JSON."""
    return (payload if isinstance(payload, str) else "" if absent(payload) else encode(payload)).encode()


def create_signature(payload: Any, secret: Any, algorithm: Any = "sha256", encoding: Any = "hex") -> str:
    """The payload's HMAC; Faults run/unusable-key, run/wrong-value."""
    digest = hmac.digest(text_key(secret).encode(), signed_bytes(payload), _one_of(HASHES, algorithm, "hash"))
    return WRITTEN[_one_of(tuple(WRITTEN), encoding, "encoding")](digest)


def is_signed(payload: Any, signature: Any, secret: Any, algorithm: Any = "sha256") -> bool:
    """Whether the signature (hexadecimal or base64, perhaps behind ``sha256=``) is the payload's HMAC."""
    name = _one_of(HASHES, algorithm, "hash")
    expected = hmac.digest(text_key(secret).encode(), signed_bytes(payload), name)
    prefix, sign, rest = text(signature).strip().partition("=")
    if sign and prefix.lower().replace("-", "") in HASHES:
        return prefix.lower().replace("-", "") == name and _is(rest, expected)
    return _is(text(signature).strip(), expected)


def is_signed_by_stripe(payload: Any, signature: Any, secret: Any, now: float, tolerance: float = TOLERANCE) -> bool:
    """Whether a header ``t=…,v1=…`` signs the payload, and was made a moment ago."""
    parts = [each.strip().partition("=") for each in text(signature).split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _is_recent(times[0], now, tolerance):
        return False
    expected = hmac.digest(text_key(secret).encode(), f"{times[0]}.".encode() + signed_bytes(payload), "sha256")
    return any(_is(value, expected) for name, _, value in parts if name == "v1")


def is_signed_by_standard(
    payload: Any,
    signature: Any,
    secret: Any,
    message: Any,
    timestamp: Any,
    now: float,
    tolerance: float = TOLERANCE,
) -> bool:
    """Whether a header ``webhook-signature`` of Standard Webhooks signs id, time and payload, made a moment ago."""
    if not _is_recent(text(timestamp), now, tolerance):
        return False
    expected = standard_digest(text(message), text(timestamp), signed_bytes(payload), secret)
    given = [each.partition(",") for each in text(signature).split()]
    return any(_is(value, expected) for version, _, value in given if version == "v1")


def standard_digest(message: str, timestamp: str, body: bytes, secret: Any) -> bytes:
    """What Standard Webhooks signs of a message, by a secret ``whsec_`` and base64."""
    try:
        key = from_base64(text_key(secret).removeprefix(WHSEC))
    except ValueError:
        key = b""
    if not key:
        raise unusable('the secret is not "whsec_" and bytes in base64')
    return hmac.digest(key, f"{message}.{timestamp}.".encode() + body, "sha256")


def _is(written: str, expected: bytes) -> bool:
    """Whether a text is these bytes, in hexadecimal or base64."""
    try:
        given = bytes.fromhex(written) if len(written) == 2 * len(expected) else from_base64(written)
    except ValueError:
        return False
    return hmac.compare_digest(given, expected)


def _is_recent(written: str, now: float, tolerance: float) -> bool:
    seconds = parse_number(written.strip())
    return seconds is not None and abs(now - seconds) <= tolerance


def _one_of(known: tuple[str, ...], given: Any, what: str) -> str:
    name = text(given).lower().replace("-", "")
    if name not in known:
        hint = did_you_mean(name, known) or f"use one of {', '.join(known)}"
        raise Fault("run/wrong-value", f"{preview(given)} is no {what} of signatures", hint)
    return name
