"""A value becomes a text that only its key opens, and that shows whether anybody changed it.

The form is ``v1.<cipher>.<base64url>``: 16 bytes of salt, 12 of nonce, and the cipher's text with its tag. Each text
has a key of its own, made from the author's by HKDF-SHA256 with the salt, so that no nonce meets a key twice. Form and
cipher are authenticated with it, and what the author binds it to.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from typing import Any

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Fault
from interpreter.security.keys import cipher_key, from_base64
from interpreter.values import absent, decode, encode, preview, text

AES, CHACHA = "aes-256-gcm", "chacha20-poly1305"
CIPHERS = (AES, CHACHA)
_FORM = "v1"
_SALT, _NONCE, _TAG = 16, 12, 16


def encrypt(value: Any, key: Any, algorithm: Any = AES, bound_to: Any = None) -> str:
    """A value as text that only its key opens; Faults run/unusable-key, run/wrong-value."""
    name = text(algorithm).lower().replace("_", "-")
    if name not in CIPHERS:
        hint = did_you_mean(name, CIPHERS) or f"use {' or '.join(CIPHERS)}"
        raise Fault("run/wrong-value", f"{preview(algorithm)} is no cipher", hint)
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    closed = _cipher(name, cipher_key(key), salt).encrypt(nonce, encode(value).encode(), _bound(name, bound_to))
    return f"{_FORM}.{name}.{urlsafe_b64encode(salt + nonce + closed).decode().rstrip('=')}"


def decrypt(written: Any, key: Any, bound_to: Any = None) -> Any:
    """The value again; Fault run/decryption-failed where text, key or what it is bound to is not what it was."""
    from cryptography.exceptions import InvalidTag

    secret = cipher_key(key)
    try:
        form, name, inside = text(written).strip().split(".")
        data = from_base64(inside)
        if form != _FORM or name not in CIPHERS or len(data) < _SALT + _NONCE + _TAG:
            raise ValueError
        salt, nonce, closed = data[:_SALT], data[_SALT : _SALT + _NONCE], data[_SALT + _NONCE :]
        return decode(_cipher(name, secret, salt).decrypt(nonce, closed, _bound(name, bound_to)).decode())
    except (ValueError, InvalidTag):
        message = "the text cannot be decrypted: it was changed, or encrypted with another key"
        raise Fault(
            "run/decryption-failed", message, "use the key and associated_data of encrypt", status=400
        ) from None


def _bound(name: str, to: Any) -> bytes:
    return f"{_FORM}.{name}.{'' if absent(to) else to if isinstance(to, str) else encode(to)}".encode()


def _cipher(name: str, key: bytes, salt: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32, salt=salt, info=f"stack interpreter {_FORM} {name}".encode()).derive(key)
    return AESGCM(derived) if name == AES else ChaCha20Poly1305(derived)
