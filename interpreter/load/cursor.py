"""A place in a text that moves forward: strings with all that may be wrong in them, and the complaints."""

from __future__ import annotations

import re

from interpreter.diagnostic import Diagnostics, Related
from interpreter.source import Source, Span
from interpreter.tree import String

MAX_DEPTH = 200
MAX_ERRORS = 20

SPACE = r"(?:[ \t\n\r]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"

_space = re.compile(SPACE).match
_one_line_string = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\.)*+"').match
_any_string = re.compile(r'"(?:[^"\\]++|\\.)*+"(?=\s*+(?:[,:\]}]|//|/\*|\Z))', re.DOTALL).match
_control_string = re.compile(r'"(?:[^"\\\r\n]++|\\.)*+"').match
_escapes = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL).finditer
_low_surrogate = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})").match
_control = re.compile(r"[\x00-\x1f]").search
_line_end = re.compile(r"[^\r\n]*+").match
word_at = re.compile(r"[^\W\d][\w$.-]*+|\$[\w$.-]*+").match
number_like_at = re.compile(r"[+-]?\.?[0-9][\w.+-]*+|[+-]Infinity\b").match

_PLAIN_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Lost(Exception):
    """The structure of the text cannot be followed any further; the reason has been reported."""


def short(text: str) -> str:
    """The beginning of a long word, for messages."""
    return text if len(text) <= 30 else text[:29] + "…"


class Cursor:
    """Reads one text from front to back; ``at`` is the offset it has come to."""

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.text = source.text
        self.at = 1 if source.text.startswith("\ufeff") else 0
        self.diagnostics = diagnostics
        self.opened: list[int] = []  # the offset of every bracket that is open
        self.errors = 0
        self.last_error = -1  # where the last syntax error was reported: one place is one cause
        self.confused = False  # a quote is astray, so that brackets may have been swallowed
        self.excused_at = -1  # where a missing comma is the same cause as what was reported before

    def _peek(self) -> str:
        """The character after space and comments, "" at the end; an unclosed comment is the end of everything."""
        match = _space(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.text.startswith("/*", self.at):
            self._syntax("load/unclosed", 'the comment "/*" is never closed', self.at, self.at + 2)
            raise Lost
        return self.text[self.at : self.at + 1]

    def _to_line_end(self) -> None:
        """Give up the rest of this line: its quotes cannot be told apart."""
        match = _line_end(self.text, self.at)
        self.at = match.end() if match else self.at
        self.confused = True
        self._peek()
        self.excused_at = self.at

    # --- strings that are not simple ----------------------------------------------------------------

    def _string(self, start: int) -> String:
        """The string at ``start``: with escapes, with control characters, or never closed."""
        text = self.text
        match = _one_line_string(text, start)
        if match is None:
            match = _any_string(text, start) or _control_string(text, start)
            if match is None:
                return self._unclosed_string(start)
            control = _control(match[0])
            if control is not None:
                at = start + control.start()
                name = "a line end" if control[0] in "\r\n" else f"the control character U+{ord(control[0]):04X}"
                hint = {"\n": r"write \n", "\r": r"write \n", "\t": r"write \t"}.get(control[0])
                self._syntax("load/syntax", f"{name} stands inside a string", at, at + 1, hint)
        self.at = match.end()
        span = Span(self.source, start, self.at)
        if "\\" not in match[0]:
            return String(match[0][1:-1], span)
        value, offsets = self._decoded(start + 1, self.at - 1)
        return String(value, span, offsets)

    def _unclosed_string(self, start: int) -> String:
        match = _line_end(self.text, start)
        end = match.end() if match else start + 1
        self._syntax("load/unclosed", "the string is never closed", start, end, 'close it with "')
        self.at = end
        self._to_line_end()
        return String(self.text[start + 1 : end], Span(self.source, start, end))

    def _decoded(self, start: int, end: int) -> tuple[str, tuple[int, ...]]:
        """The characters between two offsets with their escapes read, and where each of them stands."""
        text = self.text
        parts: list[str] = []
        offsets: list[int] = []
        at = start
        for match in _escapes(text, start, end):
            if match.start() < at:
                continue  # the second half of a surrogate pair
            parts.append(text[at : match.start()])
            offsets.extend(range(at, match.start()))
            character, at = self._escape(match)
            parts.append(character)
            offsets.append(match.start())
        parts.append(text[at:end])
        offsets.extend(range(at, end + 1))
        return "".join(parts), tuple(offsets)

    def _escape(self, match: re.Match[str]) -> tuple[str, int]:
        """The character that an escape means, and the offset after it."""
        if match[1] is None:
            if match[2] not in _PLAIN_ESCAPES:
                self._bad_escape(match, 'JSON knows \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX')
            return _PLAIN_ESCAPES.get(match[2], match[2]), match.end()
        code = int(match[1], 16)
        if code < 0xD800 or code > 0xDFFF:
            return chr(code), match.end()
        low = _low_surrogate(self.text, match.end()) if code < 0xDC00 else None
        if low is None:
            self._bad_escape(match, "a character beyond U+FFFF takes two such escapes, one after the other")
            return "\ufffd", match.end()
        return chr(0x10000 + ((code - 0xD800) << 10) + (int(low[1], 16) - 0xDC00)), low.end()

    def _bad_escape(self, match: re.Match[str], hint: str) -> None:
        what = "is half of a character" if match[1] else "is no escape that JSON knows"
        self._error("load/bad-escape", f'"{match[0]}" {what}', Span(self.source, match.start(), match.end()), hint)

    # --- complaining ------------------------------------------------------------------------------------

    def _shown(self) -> str:
        """The word or sign at this place, in quotes."""
        match = word_at(self.text, self.at) or number_like_at(self.text, self.at) or _control_string(self.text, self.at)
        found = match[0] if match else self.text[self.at : self.at + 1]
        found = short(found)
        return found if found.startswith('"') and len(found) > 1 else f'"{found}"' if found != '"' else "'\"'"

    def _error(
        self, code: str, message: str, span: Span, hint: str | None = None, related: tuple[Related, ...] = ()
    ) -> None:
        """Report an error; there is an end to reading a text that is full of them."""
        self.errors += 1
        self.diagnostics.error(code, message, span, hint, related)
        if self.errors >= MAX_ERRORS:
            raise Lost

    def _syntax(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> None:
        """An error of structure: at most one for each place."""
        if start != self.last_error:
            self.last_error = start
            self._error(code, message, Span(self.source, start, min(end, len(self.text))), hint)
