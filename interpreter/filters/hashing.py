"""From a text to its fingerprint: checksums, hashes and keyed hashes of its UTF-8 bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable

from interpreter.catalog import Boolean, Text, filter
from interpreter.diagnostic import Fault
from interpreter.values import preview

_WRITTEN: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64url": lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
}

_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")


def _shown(digest: bytes, encoding: str) -> str:
    if encoding in ("", "false"):  # Xano's "raw": false
        encoding = "hex"
    if encoding not in _WRITTEN:
        raise Fault(
            "run/wrong-value",
            f"a hash is written as hex, base64 or base64url, not as {preview(encoding)}",
            "raw bytes are no JSON value: ask for 'base64'",
        )
    return _WRITTEN[encoding](digest)


def _register(algorithm: str) -> None:
    def hashed(value: Text, encoding: Text = "hex") -> Text:
        return _shown(hashlib.new(algorithm, value.encode(), usedforsecurity=False).digest(), encoding)

    def keyed(value: Text, key: Text, encoding: Text = "hex") -> Text:
        return _shown(hmac.digest(key.encode(), value.encode(), algorithm), encoding)

    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    shown = algorithm.upper()
    hashed.__doc__ = (
        f"The text's {shown} hash, as hex, base64 or base64url.\n\n    'abc'|{algorithm}|length  →  {size * 2}"
    )
    keyed.__doc__ = (
        f"The text's {shown} hash with a key (HMAC), as hex, base64 or base64url.\n\n"
        f"    'abc'|hmac_{algorithm}('key')|length  →  {size * 2}"
    )
    filter(name=algorithm)(hashed)
    filter(name=f"hmac_{algorithm}")(keyed)


for _algorithm in _HASHES:
    _register(_algorithm)


@filter()
def hash(value: Text, algorithm: Text = "sha256", encoding: Text = "hex") -> Text:
    """The text's hash by an algorithm: md5, sha1, sha256, sha384 or sha512.

    'abc'|hash('md5')  →  "900150983cd24fb0d6963f7d28e17f72"
    """
    return _shown(hashlib.new(_known(algorithm), value.encode(), usedforsecurity=False).digest(), encoding)


@filter("hash_hmac")
def hmac_(value: Text, key: Text, algorithm: Text = "sha256", encoding: Text = "hex") -> Text:
    """The text's hash with a key by an algorithm: md5, sha1, sha256, sha384 or sha512.

    'abc'|hmac('key', 'md5')  →  "d2fe98063f876b03193afb49b4979591"
    """
    return _shown(hmac.digest(key.encode(), value.encode(), _known(algorithm)), encoding)


def _known(algorithm: str) -> str:
    name = algorithm.lower().replace("-", "")
    if name not in _HASHES:
        raise Fault("run/wrong-value", f"{preview(algorithm)} is no hash", f"use one of {', '.join(_HASHES)}")
    return name


@filter()
def crc32(value: Text) -> Text:
    """The text's CRC-32 checksum in hexadecimal digits.

    'hello'|crc32  →  "3610a686"
    """
    return f"{zlib.crc32(value.encode()):08x}"


@filter("timing_safe_equal")
def hash_equals(value: Text, other: Text) -> Boolean:
    """Whether two hashes are the same, in a time that tells nothing about them.

    'abc'|hash_equals('abc')  →  true
    """
    return hmac.compare_digest(value.encode(), other.encode())
