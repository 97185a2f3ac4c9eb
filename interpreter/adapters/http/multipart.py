"""Fields and files become a multipart/form-data body."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import absent, encode, kind, preview, text

_TYPE = re.compile(r"[\x20-\x7e]*\Z").match
KEYS = ("filename", "content", "base64", "path", "private", "content_type")
Load = Callable[[str, bool], bytes]
"""Reads a file of the workspace's storage, a public or a private one."""


def multipart(fields: Any, files: Any, load: Load) -> tuple[bytes, str]:
    """The body and its content type."""
    from urllib3.filepost import encode_multipart_formdata

    parts: list[tuple[str, Any]] = [(name, _written(value)) for name, value in entries(fields, "form")]
    for name, given in entries(files, "files"):
        filename, content, content_type = _file(name, given, load)
        parts.append((name, (filename, content, content_type) if content_type else (filename, content)))
    return encode_multipart_formdata(parts)


def entries(given: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Names and values of an object; a list is a name several times, null is nothing."""
    if absent(given):
        return
    if not isinstance(given, dict):
        raise Fault("run/wrong-type", f'"{name}" must be an object, not {kind(given)}')
    for key, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            if not absent(each):
                yield key, each


def _written(value: Any) -> str:
    return encode(value) if isinstance(value, dict) else text(value)


def _file(name: str, given: Any, load: Load) -> tuple[str, bytes, str]:
    """Name, bytes and content type of a file: its text itself, or an object that says more."""
    if not isinstance(given, dict):
        return name, text(given).encode(), ""
    unknown = [key for key in given if key not in KEYS]
    sources = [key for key in ("content", "base64", "path") if not absent(given.get(key))]
    if unknown or len(sources) != 1:
        raise Fault(
            "run/wrong-value",
            f'the file "{name}" is {preview(given)}, expected one of content, base64 and path',
            f"a file takes {', '.join(KEYS)}",
        )
    content = _content(name, sources[0], given, load)
    filename = text(given.get("filename")) or (text(given["path"]).rpartition("/")[2] if sources == ["path"] else name)
    content_type = text(given.get("content_type"))
    if not _TYPE(content_type):
        raise Fault("run/wrong-value", f'the file "{name}" has the content type {preview(content_type)}, which is none')
    return filename, content, content_type


def _content(name: str, source: str, given: dict[str, Any], load: Load) -> bytes:
    if source == "path":
        return load(text(given["path"]), given.get("private") is True)
    return (
        bytes_of(given["base64"], f'the file "{name}"') if source == "base64" else _written(given["content"]).encode()
    )


def bytes_of(given: Any, what: str) -> bytes:
    """What a base64 text holds; Fault run/wrong-value."""
    try:
        return b64decode(text(given), validate=True)
    except (NotBase64, ValueError):
        raise Fault("run/wrong-value", f"{what} is {preview(given)}, which is not base64") from None
