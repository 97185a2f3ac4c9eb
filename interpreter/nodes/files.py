"""Nodes that keep files in the workspace's storage."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from interpreter.catalog import action
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.values import absent, decode, encode, integer, number, preview, sized_text, text

MOST_LISTED = 10_000
TEXT, BASE64, JSON = "text", "base64", "json"


@action("write_file")
def write_file(
    context: Context, path: Any, content: Any, encoding: Any = None, private: Any = None, unique: Any = None
) -> dict[str, Any]:
    """Keep a file; a step that is repeated writes the same one."""
    seed = context.step_id() if unique is True else None
    return context.world.files.write(path, _bytes(content, encoding), private=private is True, unique_by=seed)


@action("read_file")
def read_file(context: Context, path: Any, encoding: Any = None, private: Any = None, signed: Any = None) -> Any:
    """A file's content; ``signed``: of the private file that a name of sign_file is for."""
    files = context.world.files
    content = files.read_signed(text(path)) if signed is True else files.read_bytes(path, private=private is True)
    form = TEXT if absent(encoding) else encoding
    if form == BASE64:
        return sized_text(b64encode(content).decode())
    written = sized_text(_text_of(content))
    return _json_of(written) if form == JSON else written


@action("delete_file")
def delete_file(context: Context, path: Any, private: Any = None) -> bool:
    """Remove a file; whether there was one."""
    return context.world.files.delete(path, private=private is True)


@action("copy_file")
def copy_file(context: Context, path: Any, to: Any, private: Any = None, to_private: Any = None) -> dict[str, Any]:
    """Keep a file's content under another path too."""
    files = context.world.files
    content = files.read_bytes(path, private=private is True)
    return files.write(to, content, private=(private if absent(to_private) else to_private) is True)


@action("list_files")
def list_files(
    context: Context,
    folder: Any = None,
    private: Any = None,
    recursive: Any = None,
    limit: Any = None,
    after: Any = None,
) -> list[dict[str, Any]]:
    """The descriptions of a folder's files, sorted by path."""
    most = 1000 if absent(limit) else integer(limit, "limit")
    if not 0 <= most <= MOST_LISTED:
        raise Fault("run/wrong-value", f"a limit of {most} is not possible, expected 0 up to {MOST_LISTED:,}")
    return context.world.files.list(
        text(folder), private=private is True, deep=recursive is not False, limit=most, after=text(after)
    )


@action("sign_file")
def sign_file(context: Context, path: Any, expires_in: Any = None) -> str:
    """A name by which a private file can be read for some time, by whoever has it."""
    return context.world.files.sign(path, 3600 if absent(expires_in) else float(number(expires_in, "expires_in")))


def _bytes(content: Any, encoding: Any) -> bytes:
    """Text as UTF-8, what base64 stands for, or JSON: that of lists and objects where nothing else is said."""
    form = (JSON if isinstance(content, (list, dict)) else TEXT) if absent(encoding) else encoding
    if form == JSON:
        return encode(content).encode()
    if form == TEXT:
        return text(content).encode()
    try:
        return b64decode(text(content), validate=True)
    except ValueError:
        raise Fault("run/wrong-value", f"the content {preview(content)} is not base64") from None


def _text_of(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Fault("run/wrong-value", "the file is no UTF-8 text", 'read it with "encoding": "base64"') from None


def _json_of(written: str) -> Any:
    try:
        return decode(written)
    except (ValueError, RecursionError) as error:
        raise Fault("run/wrong-value", f"the file is not JSON: {error}") from None
