"""Text becomes places: every offset in a document knows its line and column."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple


class Position(NamedTuple):
    """A place for people: line and column both count from 1, columns in characters."""

    line: int
    column: int


class Source:
    """One document's text under the name that people know it by (a path, or ``<stdin>``)."""

    __slots__ = ("_columns", "_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts: list[int] | None = None
        self._columns: dict[int, list[int] | None] = {}

    @property
    def starts(self) -> list[int]:
        """The offset at which each line begins; only ``\\n`` ends a line, so CRLF keeps its columns."""
        if self._starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)

    def offset(self, line: int, byte_column: int) -> int:
        """The character offset of a Python code position (line from 1, UTF-8 byte column from 0)."""
        start = self.starts[line - 1]
        text = self.line(line)
        if text.isascii():
            return start + byte_column
        return start + len(text.encode()[:byte_column].decode(errors="ignore"))

    def byte_position(self, offset: int) -> tuple[int, int]:
        """Line (from 1) and UTF-8 byte column (from 0): how Python's ``ast`` states a place."""
        line = bisect_right(self.starts, offset)
        column = offset - self.starts[line - 1]
        columns = self._byte_columns(line)
        return line, column if columns is None else columns[column]

    def _byte_columns(self, line: int) -> list[int] | None:
        """The byte column of each character of a line, None where it is ASCII; a document may be one long line."""
        if line not in self._columns:
            text = self.text[self.starts[line - 1] : self.starts[line] if line < len(self.starts) else None]
            sizes = (len(character.encode("utf-8", "surrogatepass")) for character in text)
            self._columns[line] = None if text.isascii() else list(accumulate(sizes, initial=0))
        return self._columns[line]

    def line(self, number: int) -> str:
        """The text of one line, without its line end."""
        starts = self.starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Span:
    """A stretch of one source, in character offsets: start included, end excluded."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    @property
    def file(self) -> str:
        return self.source.name

    @property
    def begins(self) -> Position:
        return self.source.position(self.start)

    @property
    def ends(self) -> Position:
        return self.source.position(self.end)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def __repr__(self) -> str:
        line, column = self.begins
        return f"{self.file}:{line}:{column}"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Span)
            and (self.start, self.end) == (other.start, other.end)
            and self.source is other.source
        )

    def __hash__(self) -> int:
        return hash((self.start, self.end, self.source.name))


def shown(path: Path | str) -> str:
    """A path as people like to read it: relative to where they stand, if it is below."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)
