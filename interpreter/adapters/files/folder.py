"""A folder keeps whole files under names of several parts, and follows no symbolic link out of it.

Every folder on the way is opened by its descriptor, from the one that holds it: what somebody swaps for a link in
between is not followed either.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from interpreter.diagnostic import Fault

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
PARTS = ".parts"
"""Beside the folder: where files are written before they are whole."""
FORGOTTEN_SECONDS = 86_400
"""Age of a part that nobody will finish."""

Name = tuple[str, ...]


class Kept(NamedTuple):
    """What is known of a file."""

    size: int
    modified: float


class Folder:
    """The files of one folder, named by tuples of checked parts.

    Faults: run/no-file, run/bad-path where a name leads to something else than a file, run/file-too-large,
    run/storage-unavailable.
    """

    def __init__(self, root: Path, *, only_owner: bool) -> None:
        self._root = root
        self._file_mode, self._folder_mode = (0o600, 0o700) if only_owner else (0o644, 0o755)
        self._swept = False

    def write(self, name: Name, pieces: Iterable[bytes]) -> None:
        """Keep a file; a reader sees the one before or this one, never a part. What the pieces raise is passed on."""
        with (
            self._told(name),
            self._holding(name, make=True) as folder,
            self._parts() as parts,
            _part(parts, pieces, self._file_mode) as part,
        ):
            os.replace(part, name[-1], src_dir_fd=parts, dst_dir_fd=folder)

    def read(self, name: Name, most: int) -> bytes:
        with self._told(name), self._opened(name) as descriptor:
            size = os.fstat(descriptor).st_size
            if size > most:
                raise too_large(f'"{"/".join(name)}"', size, most)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(most + 1)

    def describe(self, name: Name) -> Kept:
        with self._told(name), self._opened(name) as descriptor:
            return _kept(os.fstat(descriptor))

    def delete(self, name: Name) -> bool:
        """Remove a file; whether there was one."""
        try:
            with self._told(name), self._opened(name), self._holding(name) as folder:
                os.unlink(name[-1], dir_fd=folder)
        except Fault as fault:
            if fault.code == "run/no-file":
                return False
            raise
        return True

    def walk(self, name: Name, *, deep: bool) -> Iterator[tuple[Name, Kept]]:
        """The files of a folder (``()`` is the whole one), sorted by the parts of their names; none where it is not."""
        try:
            with self._told(name), self._holding((*name, "")) as folder:
                found = sorted(_entries(folder))
        except Fault as fault:
            if fault.code == "run/no-file":
                return
            raise
        for each, status in found:
            if stat.S_ISREG(status.st_mode):
                yield (*name, each), _kept(status)
            elif deep and stat.S_ISDIR(status.st_mode):
                yield from self.walk((*name, each), deep=True)

    @contextmanager
    def _holding(self, name: Name, *, make: bool = False) -> Iterator[int]:
        """The descriptor of the folder that holds a file."""
        if make:
            self._prepare()
        folder = os.open(self._root, _FOLDER)
        try:
            for part in name[:-1]:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, self._folder_mode, dir_fd=folder)
                inner = os.open(part, _FOLDER | _NO_LINK, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)

    def _prepare(self) -> None:
        try:
            self._root.mkdir(mode=self._folder_mode, parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable(error) from error

    @contextmanager
    def _opened(self, name: Name) -> Iterator[int]:
        """The descriptor of a file; of nothing else that may stand under its name, and without waiting for it."""
        with self._holding(name) as folder:
            descriptor = os.open(name[-1], os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _no_plain_file(name)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _parts(self) -> Iterator[int]:
        """The descriptor of the folder in which files are written before they are whole."""
        place = self._root.with_name(PARTS)
        place.mkdir(mode=0o700, exist_ok=True)
        self._sweep(place)
        parts = os.open(place, _FOLDER | _NO_LINK)
        try:
            yield parts
        finally:
            os.close(parts)

    def _sweep(self, place: Path) -> None:
        """Remove what killed processes left, once in a process."""
        if self._swept:
            return
        self._swept = True
        for entry in os.scandir(place):
            with suppress(OSError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > FORGOTTEN_SECONDS:
                    os.unlink(entry.path)

    @contextmanager
    def _told(self, name: Name) -> Iterator[None]:
        """What the file system says, as a fault."""
        try:
            yield
        except FileNotFoundError:
            raise Fault("run/no-file", f'the storage has no file "{"/".join(name)}"', status=404) from None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.ENXIO, errno.EEXIST):
                raise _no_plain_file(name) from error
            raise _unavailable(error) from error


@contextmanager
def _part(parts: int, pieces: Iterable[bytes], mode: int) -> Iterator[str]:
    """A whole file that has no name of its own yet; gone if it gets none."""
    part = secrets.token_hex(16)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, mode, dir_fd=parts)
    try:
        with open(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(descriptor)
        yield part
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=parts)


def _entries(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    """What is in a folder at this moment."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                yield entry.name, entry.stat(follow_symlinks=False)


def too_large(what: str, size: int, most: int) -> Fault:
    message = f"{what} takes {size:,} bytes; max_upload_bytes is {most:,}"
    return Fault("run/file-too-large", message, status=413)


def _kept(status: os.stat_result) -> Kept:
    return Kept(status.st_size, status.st_mtime)


def _unavailable(error: OSError) -> Fault:
    reason = (error.strerror or str(error)).lower()
    return Fault("run/storage-unavailable", f"the storage cannot be used: {reason}", status=503)


def _no_plain_file(name: Name) -> Fault:
    shown = "/".join(name)
    return Fault("run/bad-path", f'"{shown}" leads over or to something that is no plain file or folder', status=400)
