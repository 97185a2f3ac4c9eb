"""A file's path becomes a name that reads it until a time, and that nobody can make who has not the key."""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from interpreter.diagnostic import Fault
from interpreter.state import prepare_state

FILE_NAME = "files.key"
LONGEST_NAME = 8192


class Signer:
    """Signs names with the key in a folder, which is made when it is first needed, once for all processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = b""

    def sign(self, path: str, expires: int) -> str:
        """``path?expires=SECONDS&signature=TEXT``, fit for a URL."""
        return f"{quote(path)}?expires={expires}&signature={self._signature(path, str(expires))}"

    def checked(self, name: str, now: float) -> str:
        """The path of a signed name. Faults run/bad-signature, run/signature-expired."""
        written, _, told = name[: LONGEST_NAME + 1].partition("?")
        given = parse_qs(told, max_num_fields=4) if len(name) <= LONGEST_NAME else {}
        path = unquote(written, errors="replace")
        expires, signature = (given.get(key, [""])[-1] for key in ("expires", "signature"))
        wanted = self._signature(path, expires)
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode()):
            raise Fault("run/bad-signature", "the name of the file is not signed, or not by this workspace", status=403)
        if now >= int(expires):
            raise Fault("run/signature-expired", "the time of the signed name is over", status=410)
        return path

    def chance(self, seed: str) -> str:
        """Sixteen letters that nobody can guess, always the same for a seed."""
        return hmac.digest(self.key, f"chance\0{seed}".encode(), sha256).hex()[:16]

    @property
    def key(self) -> bytes:
        if not self._key:
            self._key = self._read_or_make()
        return self._key

    def _signature(self, path: str, expires: str) -> str:
        signed = f"file\0{path}\0{expires}".encode("utf-8", "replace")
        return urlsafe_b64encode(hmac.digest(self.key, signed, sha256)).decode().rstrip("=")

    def _read_or_make(self) -> bytes:
        file = prepare_state(self._folder) / FILE_NAME
        with suppress(FileNotFoundError):
            return file.read_bytes()
        part = file.with_name(f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
            new.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was first
            os.link(part, file)
        part.unlink()
        return file.read_bytes()
