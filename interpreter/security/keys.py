"""A text that an author gives as a key becomes one that an algorithm may use, or a fault that says why it may not."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import Any

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Fault
from interpreter.values import kind, preview

SHORTEST = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Bytes of a shared secret: as many as its hash has (RFC 7518, 3.2)."""
PAIRED = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "an RSA key"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "an elliptic curve key"),
    "EdDSA": "an Ed25519 or Ed448 key",
}
"""Algorithms of a private and a public key, and what they ask for."""
ALGORITHMS = (*SHORTEST, *PAIRED)
SMALLEST_RSA = 2048
"""Bits of an RSA key (RFC 7518, 3.3)."""
CIPHER_KEY = 32
"""Bytes of a key that encrypts."""

_PUBLIC = re.compile(r"-----BEGIN |ssh-|ecdsa-sha2-|\s*\{.*\"kty\"", re.S)
_MAKE = "make one: openssl rand -base64 48"
_MAKE_CIPHER_KEY = "make one: openssl rand -base64 32"


def unusable(message: str, hint: str | None = None) -> Fault:
    return Fault("run/unusable-key", message, hint)


def text_key(given: Any) -> str:
    """A key as the text that it must be; null mostly means a variable that is not set."""
    if not isinstance(given, str) or not given:
        found = "an empty text" if given == "" else kind(given)
        raise unusable(f"the key is {found}, expected a text", "check the variable that it is read from")
    return given


def algorithm_named(name: Any) -> str:
    """One of ALGORITHMS; Fault run/wrong-value for any other, ``none`` among them."""
    if name not in ALGORITHMS:
        known = f"the algorithms are {', '.join(ALGORITHMS)}"
        raise Fault("run/wrong-value", f"{preview(name)} is no algorithm", did_you_mean(str(name), ALGORITHMS) or known)
    return str(name)


def signing_key(given: Any, algorithm: str) -> str:
    """The key of a token's algorithm: a secret that is long enough, or the text of a PEM file.

    A public key is known to everyone and never a secret: that is how tokens were forged.
    """
    key = text_key(given)
    if algorithm in PAIRED:
        return _pem(key, algorithm)
    if _PUBLIC.match(key):
        raise unusable(f"a key of a pair is no secret for {algorithm}", "name the pair's algorithm, such as RS256")
    size, least = len(key.encode()), SHORTEST[algorithm]
    if size < least:
        raise unusable(f"the key for {algorithm} has {size} bytes, expected {least} or more", _MAKE)
    return key


def _pem(key: str, algorithm: str) -> str:
    """The text of a PEM file; in an environment variable its lines often end with a written ``\\n``."""
    written = key.replace("\\n", "\n").strip()
    if not written.startswith("-----BEGIN "):
        raise unusable(f"the key for {algorithm} is no PEM text, expected {PAIRED[algorithm]}")
    if PAIRED[algorithm] == PAIRED["RS256"] and (size := _size_of_rsa(written)) < SMALLEST_RSA:
        raise unusable(f"the key for {algorithm} has {size} bits, expected {SMALLEST_RSA} or more")
    return written


def _size_of_rsa(written: str) -> int:
    """The size of an RSA key in bits."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    try:
        data = written.encode()
        found = load_pem_private_key(data, None) if "PRIVATE" in written else load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise unusable("the key cannot be read", "give an unencrypted PEM text, whole and with its lines") from None
    if not isinstance(found, (RSAPrivateKey, RSAPublicKey)):
        raise unusable("the key is no RSA key")
    return found.key_size


def cipher_key(given: Any) -> bytes:
    """32 bytes, written in hexadecimal or base64. Words that people think of are no key."""
    key = text_key(given).strip()
    try:
        found = bytes.fromhex(key) if len(key) == 2 * CIPHER_KEY else from_base64(key)
    except ValueError:
        found = b""
    if len(found) != CIPHER_KEY:
        raise unusable(f"the key is not {CIPHER_KEY} bytes in base64 or hexadecimal", _MAKE_CIPHER_KEY)
    return found


def from_base64(written: str) -> bytes:
    """The bytes of a base64 text, in either alphabet, padded or not; ValueError where it is none."""
    plain = written.strip().rstrip("=").replace("+", "-").replace("/", "_")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", plain):
        raise ValueError("no base64")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
