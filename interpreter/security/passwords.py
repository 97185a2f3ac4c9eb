"""A password becomes an Argon2id hash, and a hash says whether a password belongs to it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from interpreter.diagnostic import Fault

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST_PASSWORD = 4096
"""Bytes; nobody types more, and what is longer only keeps the processor busy."""
LONGEST_HASH = 512
SCHEME = "$argon2"
"""How every hash begins: what tells it from a password."""
MOST_MEMORY = 256 * 1024
"""KiB that a hash may ask for; the ones made here ask for a quarter."""
MOST_ROUNDS = 20


def hash_password(password: str) -> str:
    """A hash with a salt of its own, as text that names its parameters (``$argon2id$v=19$…``); never the same twice.

    Fault run/wrong-value where the password is empty or longer than LONGEST_PASSWORD bytes.
    """
    if not password:
        raise Fault("run/wrong-value", "an empty text is no password")
    written = password.encode()
    if len(written) > LONGEST_PASSWORD:
        message = f"the password takes {len(written):,} bytes, and {LONGEST_PASSWORD:,} are allowed"
        raise Fault("run/wrong-value", message)
    return _hasher().hash(written)


def verify_password(password: str, hashed: str) -> bool:
    """Whether the hash was made from this password, in a time that says nothing about either.

    A password that could never have been hashed is simply wrong. Fault run/wrong-value where ``hashed`` is no hash of
    a password.
    """
    from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

    written = password.encode("utf-8", "replace")
    try:
        _check_cost(hashed)
        return 0 < len(written) <= LONGEST_PASSWORD and _hasher().verify(hashed, written)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError):
        hint = "keep what hash_password gives, and compare with that"
        raise Fault("run/wrong-value", "the hash is no hash of a password", hint) from None


def is_hash(text: str) -> bool:
    """Whether a text looks like what ``hash_password`` gives."""
    return text.startswith(SCHEME) and len(text) <= LONGEST_HASH and text.isascii()


def _check_cost(hashed: str) -> None:
    """A hash of somebody else's making may ask for all memory and all time there is: argon2's InvalidHashError."""
    from argon2 import extract_parameters
    from argon2.exceptions import InvalidHashError

    asked = extract_parameters(hashed if is_hash(hashed) else "")
    if asked.memory_cost > MOST_MEMORY or asked.time_cost > MOST_ROUNDS:
        raise InvalidHashError


@cache
def _hasher() -> PasswordHasher:
    """The library's defaults: RFC 9106's profile for little memory."""
    from argon2 import PasswordHasher

    return PasswordHasher()
