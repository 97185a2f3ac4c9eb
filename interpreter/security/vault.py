"""A text becomes a sealed one that only this workspace's key opens: what is secret, in a database that others may read.

AES-SIV (RFC 5297), which needs no nonce: the same text is sealed the same way, so that two calls can still be compared.
"""

from __future__ import annotations

import os
from base64 import b64encode
from functools import cached_property
from pathlib import Path
from typing import Any

from interpreter.diagnostic import Halt
from interpreter.security.keys import CIPHER_KEY, cipher_key, from_base64

FILE_NAME = "secret.key"
_BEGIN, _END = ' {"sealed":"v1.', '"}'
"""JSON that nobody else writes: it begins with a space."""


def is_sealed(written: str) -> bool:
    return written.startswith(_BEGIN)


class Vault:
    """Seals by the key of the setting ``secret_key``, else by one that the state folder gets when one is needed."""

    def __init__(self, key: str | None, state: Path) -> None:
        self._key = key
        self._state = state

    def sealed(self, written: str) -> str:
        """A text that shows nothing but its length."""
        return f"{_BEGIN}{b64encode(self._cipher.encrypt(written.encode(), None)).decode()}{_END}"

    def opened(self, written: str) -> str:
        """The text again, or one that was never sealed; Halt background/sealed where another key has sealed it."""
        if not is_sealed(written):
            return written
        from cryptography.exceptions import InvalidTag

        try:
            data = from_base64(written.removeprefix(_BEGIN).removesuffix(_END))
            opened: bytes = self._cipher.decrypt(data, None)
        except (InvalidTag, ValueError):
            message = "what is secret of this execution was sealed with another key"
            hint = "set the same secret_key wherever this database is used"
            raise Halt("background/sealed", message, hint) from None
        return opened.decode()

    @cached_property
    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        key = cipher_key(self._key or self._own_key())
        return AESSIV(HKDF(SHA256(), length=64, salt=None, info=b"stack interpreter vault v1").derive(key))

    def _own_key(self) -> str:
        """The key of the state folder; of several processes that make it at the same time one wins."""
        file = self._state / FILE_NAME
        if not file.exists():
            self._state.mkdir(parents=True, exist_ok=True)
            fresh = self._state / f".{FILE_NAME}.{os.getpid()}"
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
                written.write(os.urandom(CIPHER_KEY).hex())
            try:
                os.link(fresh, file)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return file.read_text()
