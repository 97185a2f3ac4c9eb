"""JSON text with comments becomes values that know their places.

The scanner reads what people write: ``//`` and ``/* */`` comments, trailing commas, several documents in one
text. It reports several errors at once, one for each cause: where it can tell what was meant it goes on as if
that had been written; where the brackets no longer match it stops, since whatever followed would be guesswork.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from interpreter.diagnostic import Diagnostics
from interpreter.source import Source, Span

if TYPE_CHECKING:
    from interpreter.tree import Value

MAX_BYTES = 8 * 1024 * 1024

_surrogate = re.compile("[\ud800-\udfff]").search


def read_source(
    path: Path, diagnostics: Diagnostics, max_bytes: int = MAX_BYTES, shown_name: str | None = None
) -> Source | None:
    """One file's text under the name people know it by; None, and a diagnostic, where it cannot be had."""
    name = shown_name or str(path)
    try:
        if path.stat().st_size > max_bytes:
            _too_large(name, path.stat().st_size, max_bytes, diagnostics, None)
            return None
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        diagnostics.error("load/unreadable", f'"{name}" cannot be read: {reason}', None)
        return None
    return decode(data, name, diagnostics)


def decode(data: bytes, name: str, diagnostics: Diagnostics) -> Source | None:
    """UTF-8 bytes, with or without a BOM, as a source; None, and a diagnostic, where they are no UTF-8."""
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = Source(name, data[: error.start].decode("utf-8-sig", errors="replace"))
        place = Span(before, len(before.text), len(before.text))
        byte = data[error.start]
        diagnostics.error("load/not-text", f'the byte 0x{byte:02x} in "{name}" is not UTF-8 text', place)
        return None


def load(source: Source, diagnostics: Diagnostics, max_bytes: int = MAX_BYTES) -> list[Value]:
    """The values of every document in one text, in their order; what is wrong goes to the diagnostics."""
    text = source.text
    size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    if size > max_bytes:
        _too_large(source.name, size, max_bytes, diagnostics, Span(source, 0, 0))
        return []
    lone = None if text.isascii() else _surrogate(text)
    if lone is not None:
        place = Span(source, lone.start(), lone.end())
        diagnostics.error("load/not-text", "half of a character (a lone surrogate) stands in the text", place)
        return []
    # A run whose programs are kept reads the text, for its hash, and never needs the reader.
    from interpreter.load.reader import Reader

    return Reader(source, diagnostics).documents()


def _too_large(name: str, size: int, most: int, diagnostics: Diagnostics, place: Span | None) -> None:
    diagnostics.error("load/too-large", f'"{name}" has {size:,} bytes; at most {most:,} are read', place)
