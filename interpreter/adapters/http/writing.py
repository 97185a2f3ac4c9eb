"""The parameters of external_api_request become a request: where to, its headers, and its body as bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from interpreter import __version__, addresses
from interpreter.adapters.http import failures
from interpreter.adapters.http.exchange import Request
from interpreter.adapters.http.multipart import Load, bytes_of, entries, multipart
from interpreter.addresses import Target
from interpreter.control import set_header
from interpreter.diagnostic import Fault
from interpreter.values import absent, encode, kind, preview, text

LONGEST_URL = 16_384
BODY_TYPES = ("json", "text", "form", "base64")
_IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"))
SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"))
"""Headers that say how a message is framed: two opinions about that are how requests are smuggled."""
_ALWAYS = {
    "user-agent": f"stack-interpreter/{__version__}",
    "accept": "application/json, */*",
    "accept-encoding": "gzip, deflate",
}
_METHOD = re.compile(r"[A-Z]{1,20}\Z").match
_PRINTABLE = "!\"#$%&'()*+,/:;<=>?@[]^_`{|}~"
FORM_TYPE = "application/x-www-form-urlencoded"


def written(wanted: dict[str, Any], load: Load, added: dict[str, str]) -> Request:
    """``added``: headers that the author's own ones win over. Fault run/wrong-value, run/wrong-type."""
    target = target_of(wanted["url"], wanted.get("query"))
    headers = _headers(wanted.get("headers"))
    body, content_type = _body(wanted, headers, load)
    method = _method_of(wanted, has_body=any(name in wanted for name in ("body", "form", "files")))
    repeatable = method in _IDEMPOTENT or "idempotency-key" in headers
    if content_type and "content-type" not in headers:
        headers["content-type"] = content_type
    if method in SAFE:
        added.pop("idempotency-key", None)
    return Request(method, target, {"host": target.named, **_ALWAYS, **added, **headers}, body, repeatable)


def _method_of(wanted: dict[str, Any], *, has_body: bool) -> str:
    given = wanted.get("method")
    if absent(given):
        return "POST" if has_body else "GET"
    method = text(given).strip().upper()
    if not _METHOD(method) or method == "CONNECT":
        raise Fault("run/wrong-value", f'"method" is {preview(given)}, expected an HTTP method such as POST')
    return method


# --- where to ---


def target_of(url: Any, query: Any = None) -> Target:
    """A URL's parts, with the query added to its own; Fault run/wrong-value, which does not show the path."""
    if not isinstance(url, str) or not url.strip():
        raise Fault("run/wrong-value", f'"url" is {"empty" if url == "" or absent(url) else preview(url)}, no URL')
    try:
        target = _parsed(url)
    except ValueError as error:
        hint = 'send credentials in "headers"' if "password" in str(error) else "write https://host/path"
        raise Fault("run/wrong-value", f'"url" {error}', hint) from None
    more = _query(query)
    if not more:
        return target
    return target._replace(path=f"{target.path}{'&' if '?' in target.path else '?'}{more}")


@lru_cache(maxsize=1000)
def _parsed(url: str) -> Target:
    return addresses.parse_url(_escaped(url.strip()), LONGEST_URL)


def _escaped(url: str) -> str:
    """Letters and spaces behind the host that a URL cannot hold, as it holds them; its fragment stays here."""
    url = url.partition("#")[0]
    if url.isascii() and " " not in url:
        return url
    begin = re.search(r"(?<![:/])[/?]", url)
    at = begin.start() if begin else len(url)
    return url[:at] + quote(url[at:], safe=_PRINTABLE)


def _query(given: Any) -> str:
    if isinstance(given, str):
        return quote(given.lstrip("?&"), safe=_PRINTABLE.replace("#", ""))
    pairs = [
        (name, encode(value) if isinstance(value, dict) else text(value)) for name, value in entries(given, "query")
    ]
    return urlencode(pairs)


# --- headers ---


def _headers(given: Any) -> dict[str, str]:
    """The author's headers, names in lower case; null leaves one out."""
    if absent(given):
        return {}
    if not isinstance(given, dict):
        raise Fault("run/wrong-type", f'"headers" must be an object, not {kind(given)}')
    found: dict[str, str] = {}
    for name, value in given.items():
        if absent(value):
            continue
        lowered = text(name).lower()
        if lowered in _OURS:
            raise Fault(
                "run/wrong-value", f'the header "{text(name)}" is written by the request itself', "leave it out"
            )
        set_header(found, name, ", ".join(map(text, value)) if isinstance(value, list) else value)
    return {name.lower(): _sendable(value) for name, value in found.items()}


def _sendable(value: str) -> str:
    """A text that http.client, which knows Latin-1 only, sends as UTF-8."""
    return value if value.isascii() else value.encode().decode("latin-1")


# --- the body ---


def _body(wanted: dict[str, Any], headers: dict[str, str], load: Load) -> tuple[bytes | None, str | None]:
    """The body and the content type that it has unless a header says another."""
    body, form, files = (wanted.get(name) for name in ("body", "form", "files"))
    if not absent(body) and not (absent(form) and absent(files)):
        raise Fault("run/wrong-value", 'a request has a "body", or a "form" with "files", not both')
    announced = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not absent(files) or announced == "multipart/form-data":
        data, content_type = multipart(form if absent(body) else body, files, load)
        headers["content-type"] = content_type  # the boundary is in it
        return data, content_type
    if not absent(form):
        return urlencode(_form(form)).encode(), FORM_TYPE
    if absent(body):
        return (b"" if "body" in wanted else None), None
    return _WRITERS[_body_type(wanted.get("body_type"), body, announced)](body)


def _body_type(wanted: Any, body: Any, announced: str) -> str:
    """As the author says; else as the header says; else a text goes as it is and everything else as JSON."""
    if not absent(wanted):
        if wanted not in BODY_TYPES:
            raise Fault("run/wrong-value", f'"body_type" is {preview(wanted)}, expected {", ".join(BODY_TYPES)}')
        return str(wanted)
    if isinstance(body, str):
        return "text"
    return "form" if announced == FORM_TYPE else "json"


def _form(fields: Any) -> list[tuple[str, str]]:
    return [
        (name, encode(value) if isinstance(value, dict) else text(value)) for name, value in entries(fields, "form")
    ]


_WRITERS: dict[str, Callable[[Any], tuple[bytes, str]]] = {
    "json": lambda body: (encode(body).encode(), "application/json"),
    "text": lambda body: (text(body).encode(), "text/plain; charset=utf-8"),
    "form": lambda body: (urlencode(_form(body)).encode(), FORM_TYPE),
    "base64": lambda body: (bytes_of(body, '"body"'), "application/octet-stream"),
}


# --- after a redirect ---

_BECOMES_GET = frozenset((301, 302, 303))
_OF_A_BODY = frozenset(("content-type", "content-encoding", "content-language", "content-location"))
_FOR_THIS_HOST = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key", "api-key", "x-auth-token"))


def redirected(request: Request, status: int, location: str) -> Request:
    """The request at its new place: a POST's answer is fetched from there, and secrets stay with the host that had
    them. Fault run/bad-response where the place is none.
    """
    try:
        target = _parsed(_joined(f"{request.target.origin}{request.target.path}", location))
    except ValueError as error:
        raise failures.misled(request.target, str(error), status) from None
    method, body, left_out = request.method, request.body, frozenset({"host"})
    if (status == 303 and method != "HEAD") or (status in _BECOMES_GET and method == "POST"):
        method, body, left_out = "GET", None, left_out | _OF_A_BODY
    if target.origin != request.target.origin:
        left_out |= _FOR_THIS_HOST
    headers = {name: value for name, value in request.headers.items() if name not in left_out}
    return Request(method, target, {"host": target.named, **headers}, body, request.repeatable or method in SAFE)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise ValueError("is no URL") from None
