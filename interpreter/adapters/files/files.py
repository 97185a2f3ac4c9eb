"""Paths and contents become files of the workspace's storage: public ones, and private ones beside them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from interpreter.adapters.files.folder import Folder, Kept, Name, too_large
from interpreter.adapters.files.names import parts_of, with_suffix
from interpreter.adapters.files.signing import Signer
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import LONGEST, Moment, preview

FOLDER = "storage"
"""Inside the state folder, where no other is set."""


class Files:
    """The storage of one workspace (``context.Files``)."""

    def __init__(self, settings: Settings, root: Path) -> None:
        storage = settings.storage_dir or settings.state_dir / FOLDER
        if root.resolve().is_relative_to(storage.resolve()):
            raise Fault("workspace/settings", "storage_dir holds the workspace itself: what is stored could run")
        self._folders = {
            False: Folder(storage / "public", only_owner=False),
            True: Folder(storage / "private", only_owner=True),
        }
        self._signer = Signer(settings.state_dir)
        self._most = settings.max_upload_bytes

    def write(
        self, path: str, content: bytes | Iterable[bytes], *, private: bool = False, unique_by: str | None = None
    ) -> dict[str, Any]:
        name = parts_of(path)
        if unique_by is not None:
            name = parts_of("/".join(with_suffix(name, self._signer.chance(unique_by))))
        pieces = (content,) if isinstance(content, bytes) else content
        self._folders[private].write(name, _bounded(pieces, f"the content of {preview(path)}", self._most))
        return _description(name, self._folders[private].describe(name), private)

    def read_bytes(self, path: str, *, private: bool = False) -> bytes:
        return self._folders[private].read(parts_of(path), self._most)

    def read_signed(self, signed: str) -> bytes:
        return self.read_bytes(self._signer.checked(signed, time.time()), private=True)

    def describe(self, path: str, *, private: bool = False) -> dict[str, Any]:
        name = parts_of(path)
        return _description(name, self._folders[private].describe(name), private)

    def delete(self, path: str, *, private: bool = False) -> bool:
        return self._folders[private].delete(parts_of(path))

    def list(
        self, folder: str = "", *, private: bool = False, deep: bool = True, limit: int = 1000, after: str = ""
    ) -> list[dict[str, Any]]:
        beyond = parts_of(after) if after else ()
        found = self._folders[private].walk(parts_of(folder) if folder else (), deep=deep)
        later = ((name, kept) for name, kept in found if name > beyond)
        return [_description(name, kept, private) for name, kept in islice(later, limit)]

    def sign(self, path: str, seconds: float) -> str:
        if not 0 < seconds <= LONGEST:
            raise Fault("run/wrong-value", f"a name cannot be signed for {seconds:g} seconds, expected up to a year")
        name = parts_of(path)
        self._folders[True].describe(name)
        return self._signer.sign("/".join(name), int(time.time() + seconds) + 1)


def _bounded(pieces: Iterable[bytes], what: str, most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise too_large(what, size, most)
        yield piece


def _description(name: Name, kept: Kept, private: bool) -> dict[str, Any]:
    return {
        "path": "/".join(name),
        "name": name[-1],
        "size": kept.size,
        "type": guess_type(name[-1])[0] or "application/octet-stream",
        "private": private,
        "modified_at": Moment(kept.modified),
    }
