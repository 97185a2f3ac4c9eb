"""An answer's bytes become a value, as its content type says or as the author wants it."""

from __future__ import annotations

import codecs
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.adapters.http import failures
from interpreter.addresses import Target
from interpreter.values import decode

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

Save = Callable[[Iterator[bytes]], dict[str, Any]]
_PIECE_BYTES = 65_536
FORMS = ("auto", "json", "text", "base64")
_TEXTUAL = ("text/", "application/x-www-form-urlencoded", "application/javascript", "application/yaml")
_NO_CHARSETS = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"))
"""Codecs of Python's that are no charsets of texts, and do what nobody wants where a server names them."""


class Reply(NamedTuple):
    """An answer that was read: names of headers in lower case, the body unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes
    saved: dict[str, Any] | None = None
    """The description of the file that holds the body instead."""
    leads_to: str = ""
    """Where the answer is to be had that is wanted: of a redirect that is followed."""


def receive(response: HTTPResponse, target: Target, most: int, save: Save | None, in_time: Callable[[], None]) -> Reply:
    """Fault run/response-too-large before more than that is read, or unpacked.

    ``save`` keeps a body as it comes, unless it is an error's; ``in_time`` raises if its end was the deadline.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    if save is not None and response.status < 400:
        return Reply(response.status, headers, b"", save(_pieces(response, in_time)))
    announced = response.length_remaining
    if announced is not None and announced > most:
        raise failures.too_large(target, most, response.status)
    all_is_known = announced is not None and "content-encoding" not in headers
    body = response.read() if all_is_known else response.read(most + 1)
    if len(body) > most:
        raise failures.too_large(target, most, response.status)
    return Reply(response.status, headers, body)


def _pieces(response: HTTPResponse, in_time: Callable[[], None]) -> Iterator[bytes]:
    yield from response.stream(_PIECE_BYTES)
    in_time()


def value_of(reply: Reply, form: str, target: Target) -> Any:
    """The body as a value: JSON, text, or base64; nothing is null. Fault run/bad-response.

    ``auto`` goes by the content type. The body of an error is text rather than a second error.
    """
    if reply.saved is not None:
        return reply.saved
    kind, charset = _content_type(reply.headers.get("content-type", ""))
    if form == "base64" or (form == "auto" and kind and not _is_json(kind) and not _is_text(kind, charset)):
        return b64encode(reply.body).decode()
    if not reply.body:
        return "" if form == "text" else None
    try:
        written = _decoded(reply.body, charset)
        if form == "json" or (form == "auto" and _is_json(kind)):
            return _parsed(written)
    except ValueError as error:
        if reply.status >= 400:
            return reply.body.decode(errors="replace")
        beginning = reply.body[:1000].decode(errors="replace")
        raise failures.unreadable(target, str(error), reply.status, beginning) from None
    return written if form == "text" else _perhaps_json(written, kind)


def _content_type(header: str) -> tuple[str, str]:
    """The type and the charset that it names, in lower case."""
    if ";" not in header:
        return header.strip().lower(), ""
    kind, *parameters = (each.strip().lower() for each in header.split(";"))
    named = (each.partition("=")[2].strip("\"' ") for each in parameters if each.startswith("charset"))
    return kind, next(named, "")


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith(("+json", "/json"))


def _is_text(kind: str, charset: str) -> bool:
    return bool(charset) or kind.startswith(_TEXTUAL) or kind.endswith(("/xml", "+xml"))


def _decoded(body: bytes, charset: str) -> str:
    """ValueError with what is wrong with it."""
    try:
        name = codecs.lookup(charset).name if charset else "utf-8"
        if name in _NO_CHARSETS:
            raise LookupError
        return body.decode("utf-8-sig" if name == "utf-8" else name)
    except LookupError:
        raise ValueError(f'names the charset "{charset[:30]}", which nobody knows') from None
    except UnicodeDecodeError as error:
        raise ValueError(f"is no {charset or 'utf-8'} text (byte {error.start})") from None


def _parsed(written: str) -> Any:
    try:
        return decode(written)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _perhaps_json(written: str, kind: str) -> Any:
    """Some services give JSON and do not say so."""
    if kind in ("", "text/plain") and written[:1] in ("{", "["):
        try:
            return _parsed(written)
        except ValueError:
            return written
    return written
