"""A path becomes the parts of a name inside the storage, on any system the same; what leads elsewhere is refused."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import preview

LONGEST_PATH = 1024
LONGEST_PART = 255
"""Bytes, as file systems count."""
MOST_PARTS = 32
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
"""What some system cannot write, and what makes a name look like another one."""
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.I)


def parts_of(path: Any) -> tuple[str, ...]:
    """The parts of a relative path such as ``invoices/2026/7.pdf``; Fault run/bad-path."""
    if not isinstance(path, str) or not path:
        raise _bad(path, "is no path of a file")
    if _FORBIDDEN.search(path):
        raise _bad(path, 'has a control character, or one of \\ : * ? " < > | in it')
    normal = unicodedata.normalize("NFC", path)
    if normal.startswith("/"):
        raise _bad(path, "begins with /, and paths begin in the storage")
    parts = tuple(normal.split("/"))
    if len(normal.encode()) > LONGEST_PATH or len(parts) > MOST_PARTS:
        raise _bad(path, f"is too long: {LONGEST_PATH:,} bytes and {MOST_PARTS} parts are allowed")
    for part in parts:
        _check_part(path, part)
    return parts


def _check_part(path: str, part: str) -> None:
    if part in ("", ".", ".."):
        raise _bad(path, f'has a part "{part}", which leads elsewhere')
    if len(part.encode()) > LONGEST_PART:
        raise _bad(path, f"has a part of more than {LONGEST_PART} bytes")
    if part != part.strip() or part.endswith(".") or _DEVICE.fullmatch(part):
        raise _bad(path, f"has a part {preview(part)}, which is no file's name everywhere")


def with_suffix(parts: tuple[str, ...], suffix: str) -> tuple[str, ...]:
    """The same name with something before its last dot: photo.png is photo-SUFFIX.png."""
    stem, dot, ending = parts[-1].rpartition(".")
    name = f"{stem}-{suffix}{dot}{ending}" if stem else f"{parts[-1]}-{suffix}"
    return (*parts[:-1], name)


def _bad(path: Any, reason: str) -> Fault:
    hint = "write a path inside the storage, such as invoices/2026/7.pdf"
    return Fault("run/bad-path", f"{preview(path, 60)} {reason}", hint, status=400)
