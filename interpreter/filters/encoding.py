"""From a value to a text that travels, and back: JSON, CSV, URLs, base64, hexadecimal."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlsplit
from urllib.parse import urlencode as form_encoded

from interpreter import values
from interpreter.catalog import Boolean, List, Object, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import follow, long, many
from interpreter.values import absent, preview, sized_text

# --- JSON -------------------------------------------------------------------------------------------


@filter("to_json", "json", "stringify")
def json_encode(value: Any, indent: int | None = None) -> Text:
    """The value as JSON text, on one line unless an indent is given.

    {a: [1, null]}|json_encode  →  "{\\"a\\":[1,null]}"
    """
    return sized_text(values.encode(value, _indent(indent)))


@filter()
def tojson(value: Any, indent: int | None = None) -> Text:
    """The value as JSON text that may stand in HTML.

    '<b>'|tojson  →  "\\"\\\\u003cb\\\\u003e\\""
    """
    written = values.encode(value, _indent(indent))
    for sign in "<>&'":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return sized_text(written)


@filter("pretty_json")
def pprint(value: Any) -> Text:
    """The value as JSON text for readers, indented by two.

    [1]|pprint  →  "[\\n  1\\n]"
    """
    return sized_text(values.encode(value, 2))


def _indent(indent: int | None) -> int | None:
    return None if indent is None else min(max(indent, 0), 16)


@filter("from_json", "fromjson", "parse_json", "json_parse")
def json_decode(value: Any) -> Any:
    """The value that a JSON text holds; what is no text stays as it is.

    '{"a": [1]}'|json_decode  →  {"a": [1]}
    """
    if not isinstance(value, str):
        return value
    try:
        return values.decode(value)
    except ValueError as error:
        raise Fault("run/wrong-value", f"{preview(value)} is no JSON: {error}") from None


# --- CSV --------------------------------------------------------------------------------------------


def _dialect(separator: str, enclosure: str, escape: str) -> dict[str, Any]:
    for sign, what in ((separator, "separator"), (enclosure, "enclosure")):
        if len(sign) != 1:
            raise Fault("run/wrong-value", f"a CSV {what} is one character, not {preview(sign)}")
    doubled = escape in (enclosure, "")
    return {
        "delimiter": separator,
        "quotechar": enclosure,
        "doublequote": doubled,
        "escapechar": None if doubled else escape[:1],
    }


@filter()
def csv_decode(value: Text, separator: Text = ",", enclosure: Text = '"', escape: Text = '"') -> List:
    """The rows of a CSV text, each a list of texts.

    'a,b\\n1,"x,y"'|csv_decode  →  [["a", "b"], ["1", "x,y"]]
    """
    import csv
    import io

    try:
        return [row for row in csv.reader(io.StringIO(value), **_dialect(separator, enclosure, escape)) if row]
    except csv.Error as error:
        raise Fault("run/wrong-value", f"{preview(value)} is no CSV: {error}") from None


@filter()
def csv_parse(value: Text, separator: Text = ",", enclosure: Text = '"', escape: Text = '"') -> List:
    """The rows of a CSV text as objects, whose keys are its first row.

    'id,n\\n1,Ada'|csv_parse  →  [{"id": "1", "n": "Ada"}]
    """
    rows = csv_decode(value, separator, enclosure, escape)
    names = [name.removeprefix("\ufeff") for name in rows[0]] if rows else []
    return [dict(zip(names, row + [""] * (len(names) - len(row)))) for row in rows[1:]]


@filter("to_csv")
def csv_encode(value: List, separator: Text = ",", enclosure: Text = '"', escape: Text = '"') -> Text:
    """A list of rows as CSV text; of objects the first row has their keys.

    [{id: 1, n: 'x,y'}]|csv_encode  →  "id,n\\n1,\\"x,y\\"\\n"
    [[1, 2]]|csv_encode  →  "1,2\\n"
    """
    if any(isinstance(row, dict) for row in value):
        names = list(dict.fromkeys(key for row in value if isinstance(row, dict) for key in row))
        return csv_create(names, value, separator, enclosure, escape)
    return _rows_of(value, separator, enclosure, escape)


@filter()
def csv_create(value: List, rows: List, separator: Text = ",", enclosure: Text = '"', escape: Text = '"') -> Text:
    """CSV text of column names and the rows below them (lists, or objects with those keys).

    ['id', 'n']|csv_create([[1, 'Ada']])  →  "id,n\\n1,Ada\\n"
    """
    below = [[follow(row, name) for name in value] if isinstance(row, dict) else row for row in rows]
    return _rows_of([value, *below], separator, enclosure, escape)


def _rows_of(rows: list[Any], separator: str, enclosure: str, escape: str) -> str:
    import csv
    import io

    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n", **_dialect(separator, enclosure, escape))
    for row in rows:
        writer.writerow([values.text(cell) for cell in (row if isinstance(row, list) else [row])])
        long(written.tell())
    return written.getvalue()


# --- URLs -------------------------------------------------------------------------------------------


@filter("url_encode_rfc3986", "rawurlencode", "encode_uri_component")
def url_encode(value: Text) -> Text:
    """The text safe to stand as a value in a URL.

    'Hello, World!'|url_encode  →  "Hello%2C%20World%21"
    """
    return sized_text(quote(value, safe=""))


@filter()
def urlencode(value: Any) -> Text:
    """A text safe for a URL's path (its slashes stay), or an object or list of pairs as a query string.

    'a b/c'|urlencode  →  "a%20b/c"
    {a: 1, b: 'x y'}|urlencode  →  "a=1&b=x%20y"
    """
    if isinstance(value, (dict, list)):
        return querystring(value)
    return sized_text(quote(values.text(value), safe="/"))


@filter("build_query", "http_build_query", "to_querystring")
def querystring(value: Object | List) -> Text:
    """An object (or list of pairs) as a query string; lists give their key several times.

    {a: 1, b: ['x', 'y']}|querystring  →  "a=1&b=x&b=y"
    """
    pairs = (
        value.items()
        if isinstance(value, dict)
        else [pair for pair in value if isinstance(pair, list) and len(pair) == 2]
    )
    flat = [
        (values.text(key), values.text(each))
        for key, held in pairs
        for each in (held if isinstance(held, list) else [held])
        if not absent(each)
    ]
    return sized_text(form_encoded(flat, quote_via=quote))


@filter("urldecode")
def url_decode(value: Text) -> Text:
    """The text that was safe for a URL as it was; ``+`` is a space.

    'Hello%2C+World%21'|url_decode  →  "Hello, World!"
    """
    return unquote_plus(value)


@filter("rawurldecode")
def url_decode_rfc3986(value: Text) -> Text:
    """The text that was safe for a URL as it was; ``+`` stays.

    'a%2Bb+c'|url_decode_rfc3986  →  "a+b+c"
    """
    return unquote(value)


@filter("parse_query", "parse_str")
def querystring_parse(value: Text) -> Object:
    """A query string as an object; a key that stands several times has a list.

    'foo=bar&fiz=1&fiz=2'|querystring_parse  →  {"foo": "bar", "fiz": ["1", "2"]}
    """
    found: dict[str, list[str]] = {}
    several = set()
    for written, each in _fields(value.removeprefix("?")):
        key = written.removesuffix("[]")
        found.setdefault(key, []).append(each)
        if key != written:
            several.add(key)
    return {key: held if key in several or len(held) > 1 else held[0] for key, held in found.items()}


@filter("parse_url")
def url_parse(value: Text) -> Object:
    """A URL's parts: scheme, host, port, user, pass, path, query, fragment, as far as it has them.

    'https://example.com:8080/p?a=1'|url_parse|get('port')  →  8080
    '/p#top'|url_parse  →  {"path": "/p", "fragment": "top"}
    """
    parts = urlsplit(value)
    found = {
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username,
        "pass": parts.password,
        "path": parts.path,
        "query": parts.query,
        "fragment": parts.fragment,
    }
    return {name: part for name, part in found.items() if part not in (None, "")}


def _fields(query: str) -> list[tuple[str, str]]:
    many(query.count("&"), "fields", 100_000)
    return parse_qsl(query, keep_blank_values=True)


def _arguments(url: str) -> list[tuple[str, str]]:
    return _fields(urlsplit(url).query)


def _with_arguments(url: str, arguments: list[tuple[str, str]], spaced: Any = quote_plus) -> str:
    return urlsplit(url)._replace(query=form_encoded(arguments, quote_via=spaced)).geturl()


@filter()
def url_addarg(value: Text, key: Text, argument: Any, encoding_rfc3986: Boolean = False) -> Text:
    """The URL with an argument added to its query.

    'https://example.com?foo=bar'|url_addarg('fiz', 'a b')  →  "https://example.com?foo=bar&fiz=a+b"
    """
    added = [*_arguments(value), (key, values.text(argument))]
    return sized_text(_with_arguments(value, added, quote if encoding_rfc3986 else quote_plus))


@filter()
def url_delarg(value: Text, key: Text) -> Text:
    """The URL without an argument of its query.

    'https://example.com?foo=bar&fiz=buz'|url_delarg('fiz')  →  "https://example.com?foo=bar"
    """
    return _with_arguments(value, [pair for pair in _arguments(value) if pair[0] != key])


@filter()
def url_hasarg(value: Text, key: Text) -> Boolean:
    """Whether the URL's query has an argument.

    'https://example.com?foo=bar'|url_hasarg('foo')  →  true
    """
    return any(name == key for name, _ in _arguments(value))


@filter()
def url_getarg(value: Text, key: Text, default: Any = "") -> Any:
    """An argument of the URL's query, else the default.

    'https://example.com?foo=bar'|url_getarg('foo')  →  "bar"
    """
    return next((each for name, each in _arguments(value) if name == key), default)


# --- bytes, base64 and hexadecimal -------------------------------------------------------------------------


def _as_text(decoded: bytes, what: str) -> str:
    try:
        return decoded.decode()
    except UnicodeDecodeError:
        raise Fault("run/wrong-value", f"the {what} holds bytes that are no UTF-8 text") from None


@filter("to_utf8")
def utf8_encode(value: Text) -> Text:
    """The text's UTF-8 bytes, each as one Latin-1 character.

    'é'|utf8_encode  →  "Ã©"
    """
    return sized_text(value.encode().decode("latin-1"))


@filter("from_utf8")
def utf8_decode(value: Text) -> Text:
    """The text whose UTF-8 bytes the characters are: mends a text that was read as Latin-1.

    'Ã©'|utf8_decode  →  "é"
    """
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        raise Fault("run/wrong-value", f"the characters of {preview(value)} are no UTF-8 bytes") from None


@filter("b64encode", "to_base64")
def base64_encode(value: Text) -> Text:
    """The text's UTF-8 bytes in base64.

    'hello'|base64_encode  →  "aGVsbG8="
    """
    return sized_text(base64.b64encode(value.encode()).decode())


@filter("base64url_encode")
def base64_encode_urlsafe(value: Text) -> Text:
    """The text's UTF-8 bytes in base64 for URLs, without padding.

    'hello?>'|base64_encode_urlsafe  →  "aGVsbG8_Pg"
    """
    return sized_text(base64.urlsafe_b64encode(value.encode()).decode().rstrip("="))


@filter("b64decode", "from_base64", "base64_decode_urlsafe", "base64url_decode")
def base64_decode(value: Text) -> Text:
    """The UTF-8 text that base64 (of either alphabet, padded or not) holds.

    'aGVsbG8='|base64_decode  →  "hello"
    'aGVsbG8_Pg'|base64_decode_urlsafe  →  "hello?>"
    """
    written = "".join(value.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
    except binascii.Error:
        raise Fault("run/wrong-value", f"{preview(value)} is no base64") from None
    return _as_text(decoded, "base64")


@filter("hex_encode")
def bin2hex(value: Text) -> Text:
    """The text's UTF-8 bytes in hexadecimal digits.

    'hello'|bin2hex  →  "68656c6c6f"
    """
    return sized_text(value.encode().hex())


@filter("hex_decode")
def hex2bin(value: Text) -> Text:
    """The UTF-8 text that hexadecimal digits hold.

    '68656c6c6f'|hex2bin  →  "hello"
    """
    try:
        return _as_text(bytes.fromhex(value), "hexadecimal")
    except ValueError:
        raise Fault("run/wrong-value", f"{preview(value)} is not made of hexadecimal digits") from None
