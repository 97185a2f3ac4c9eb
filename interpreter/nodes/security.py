"""Nodes that keep secrets, and prove who wrote a text: passwords, tokens, signatures, ciphers, unguessable chance."""

from __future__ import annotations

import time
from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.security import ciphers, passwords, signatures, tokens
from interpreter.values import absent, integer, kind, number, text

MOST_LETTERS = 100_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@action("hash_password", secret=True, touches=False)
def hash_password(context: Context, password: Any) -> str:
    """A password's hash, by Argon2id with a salt of its own: fit to be stored."""
    return passwords.hash_password(_text(password, "password"))


@action("verify_password", touches=False)
def verify_password(context: Context, password: Any, hash: Any) -> bool:
    """Whether a password belongs to a hash; of no hash, as of an account that is not there, it is false."""
    if absent(hash) or absent(password):
        return False
    return passwords.verify_password(_text(password, "password"), _text(hash, "hash"))


@action("generate_jwt_token", secret=True, touches=False)
def generate_jwt_token(
    context: Context,
    payload: Any,
    secret: Any,
    algorithm: Any = None,
    expires_in: Any = None,
    headers: Any = None,
) -> str:
    """A signed JSON web token, which always expires."""
    if not isinstance(payload, dict):
        raise Fault("run/wrong-type", f"the payload of a token must be an object, not {kind(payload)}")
    lifetime = None if absent(expires_in) else float(number(expires_in, "expires_in"))
    chosen = "HS256" if absent(algorithm) else algorithm
    more = None if absent(headers) else headers
    return tokens.create_token(payload, secret, time.time(), algorithm=chosen, lifetime=lifetime, headers=more)


@action("validate_jwt_token", touches=False)
def validate_jwt_token(
    context: Context,
    token: Any,
    secret: Any,
    algorithm: Any = None,
    audience: Any = None,
    issuer: Any = None,
    required: Any = None,
    leeway: Any = None,
) -> dict[str, Any]:
    """A token's claims, if it is genuine and has not expired."""
    return tokens.read_token(
        token,
        secret,
        algorithms=_list(algorithm) or ["HS256"],
        audience=None if absent(audience) else audience,
        issuer=None if absent(issuer) else issuer,
        required=["exp"] if absent(required) else [text(each) for each in _list(required)],
        leeway=0 if absent(leeway) else float(number(leeway, "leeway")),
    )


@action("create_signature", touches=False)
def create_signature(
    context: Context, payload: Any, secret: Any, algorithm: Any = "sha256", encoding: Any = "hex"
) -> str:
    """The HMAC of a payload."""
    return signatures.create_signature(payload, secret, algorithm, encoding)


@action("verify_signature", touches=False)
def verify_signature(
    context: Context,
    payload: Any,
    signature: Any,
    secret: Any,
    algorithm: Any = "sha256",
    scheme: Any = signatures.HMAC,
    message_id: Any = None,
    timestamp: Any = None,
    tolerance: Any = signatures.TOLERANCE,
) -> bool:
    """Whether a signature belongs to a payload, in constant time; where there is no signature it does not."""
    seconds = float(number(tolerance, "tolerance"))
    match text(scheme):
        case signatures.HMAC:
            return signatures.is_signed(payload, signature, secret, algorithm)
        case signatures.STRIPE:
            return signatures.is_signed_by_stripe(payload, signature, secret, time.time(), seconds)
        case signatures.STANDARD_WEBHOOKS:
            return signatures.is_signed_by_standard(
                payload, signature, secret, message_id, timestamp, time.time(), seconds
            )
    known = ", ".join(signatures.SCHEMES)
    raise Fault("run/wrong-value", f'"{text(scheme)}" is no scheme of signatures', f"use one of {known}")


@action("encrypt", touches=False)
def encrypt(context: Context, value: Any, key: Any, algorithm: Any = ciphers.AES, associated_data: Any = None) -> str:
    """A value as text that only its key opens."""
    return ciphers.encrypt(value, key, algorithm, associated_data)


@action("decrypt", secret=True, touches=False)
def decrypt(context: Context, value: Any, key: Any, associated_data: Any = None) -> Any:
    """What was encrypted, if nobody changed it."""
    return ciphers.decrypt(value, key, associated_data)


@action("generate_uuid", touches=False)
def generate_uuid(context: Context) -> str:
    """A new UUID (version 4)."""
    import uuid

    return str(uuid.uuid4())


@action("generate_random_number", touches=False)
def generate_random_number(context: Context, least: Any = 0, most: Any = 2**31 - 1) -> int:
    """A whole number that nobody can foresee, from the least to the most."""
    import secrets

    lower, upper = integer(least, "least"), integer(most, "most")
    if upper < lower:
        raise Fault("run/wrong-value", f"there is no number from {lower} to {upper}")
    return lower + secrets.randbelow(upper - lower + 1)


@action("generate_random_text", secret=True, touches=False)
def generate_random_text(context: Context, length: Any = 32, alphabet: Any = LETTERS) -> str:
    """A text that nobody can guess, for keys, codes and links."""
    import secrets

    size, letters = integer(length, "length"), text(alphabet)
    if not letters:
        raise Fault("run/wrong-value", "the alphabet has no letters")
    if not 1 <= size <= MOST_LETTERS:
        raise Fault("run/wrong-value", f'"length" is {size}, expected 1 to {MOST_LETTERS:,}')
    return "".join(secrets.choice(letters) for _ in range(size))


def _text(given: Any, name: str) -> str:
    if not isinstance(given, str):
        raise Fault("run/wrong-type", f'"{name}" is {kind(given)}, expected a text')
    return given


def _list(given: Any) -> list[Any]:
    return [] if absent(given) else given if isinstance(given, list) else [given]
