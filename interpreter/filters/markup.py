"""From XML to values, and from addresses in a text to links."""

from __future__ import annotations

from typing import Any

from interpreter.catalog import Boolean, List, Object, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import long
from interpreter.values import preview

DEEPEST = 500
"""Elements that may stand inside one another."""


@filter("xml_parse", "parse_xml")
def xml_decode(value: Text) -> Object:
    """XML as an object: attributes under "@name", a text as the value (or under "#text"), repeated elements as a list.

    '<tea id="7"><cup>1</cup><cup>2</cup></tea>'|xml_decode  →  {"tea": {"@id": "7", "cup": ["1", "2"]}}
    '<a><b/>text</a>'|xml_decode  →  {"a": {"b": null, "#text": "text"}}
    """
    from xml.parsers import expat

    reader = _Elements()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(value.strip().encode(errors="replace"), True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        place = f"line {error.lineno}, column {error.offset + 1}"
        raise Fault("run/wrong-value", f"{preview(value)} is no XML: {reason} at {place}") from None
    return reader.root


def _refuse_doctype(*_: Any) -> None:
    # Entities are declared there: a few lines of them can stand for gigabytes, or for a file of this machine.
    message = "the XML has a document type declaration, which is not read"
    raise Fault("run/wrong-value", message, "leave out <!DOCTYPE …>")


class _Elements:
    """Builds the values of elements while they are read, without recursion."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.open: list[tuple[str, dict[str, Any], list[str]]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) == DEEPEST:
            raise Fault("run/too-large", f"the XML has more than {DEEPEST} elements inside one another")
        self.open.append((name, {f"@{key}": each for key, each in attributes.items()}, []))

    def text(self, written: str) -> None:
        self.open[-1][2].append(written)

    def end(self, _: str) -> None:
        name, fields, texts = self.open.pop()
        text = "".join(texts).strip()
        value: Any = fields if fields else text or None
        if fields and text:
            fields["#text"] = text
        holder = self.open[-1][1] if self.open else self.root
        if name not in holder:
            holder[name] = value
        elif isinstance(holder[name], list):
            holder[name].append(value)
        else:
            holder[name] = [holder[name], value]


@filter()
def urlize(
    value: Text,
    trim_url_limit: int | None = None,
    nofollow: Boolean = False,
    target: Text | None = None,
    rel: Text | None = None,
    extra_schemes: List | None = None,
) -> Text:
    """The text, safe to stand in HTML, with its web and mail addresses as links, as Jinja makes them.

    'see https://example.com.'|urlize  →  "see <a href=\\"https://example.com\\" rel=\\"noopener\\">https://example.com</a>."
    """
    from jinja2.utils import urlize as linked

    words = {*(rel or "").split(), "noopener"} | ({"nofollow"} if nofollow else set())
    schemes = [str(each) for each in extra_schemes or ()]
    found = linked(value, trim_url_limit, " ".join(sorted(words)), target, schemes)
    long(len(found))
    return found
