"""JSON text with comments becomes values that know their places.

The scanner reads what people write: ``//`` and ``/* */`` comments, trailing commas, several documents in one
text. It reports several errors at once, one for each cause: where it can tell what was meant it goes on as if
that had been written; where the brackets no longer match it stops, since whatever followed would be guesswork.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from interpreter.diagnostic import Diagnostics, Related
from interpreter.source import Source, Span
from interpreter.tree import Array, Literal, Member, Object, String, Value

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 200
MAX_SYNTAX_ERRORS = 20

_SPACE = r"(?:[ \t\n\r]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
_SIMPLE_STRING = r'"([^"\\\x00-\x1f]*+)"'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)((?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)(?![\w.+-])"

_space = re.compile(_SPACE).match
_value = re.compile(rf"{_SPACE}(?:{_SIMPLE_STRING}|({_NUMBER})|(\[|\{{(?!\{{))|(true|false|null)(?!\w))").match
_member = re.compile(rf"{_SPACE}{_SIMPLE_STRING}{_SPACE}:").match
_next = re.compile(rf"{_SPACE}([,\]}}])").match
_STRING, _DIGITS, _BRACKET = 1, 2, 4  # the groups of _value; group 3 is a number's fraction and exponent

_colon = re.compile(rf"{_SPACE}:").match
_one_line_string = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\.)*+"').match
_any_string = re.compile(r'"(?:[^"\\]++|\\.)*+"(?=\s*+(?:[,:\]}]|//|/\*|\Z))', re.DOTALL).match
_control_string = re.compile(r'"(?:[^"\\\r\n]++|\\.)*+"').match
_escapes = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL).finditer
_low_surrogate = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})").match
_control = re.compile(r"[\x00-\x1f]").search
_surrogate = re.compile("[\ud800-\udfff]").search
_single_quoted = re.compile(r"'(?:[^'\\\n]++|\\.)*+'").match
_backquoted = re.compile(r"`[^`]*+`").match
_bare_template = re.compile(r"\{\{(?:(?!\}\}).)*+\}\}|<<(?:(?!>>).)*+>>").match
_number_like = re.compile(r"[+-]?\.?[0-9][\w.+-]*+|[+-]Infinity\b").match
_word = re.compile(r"[^\W\d][\w$.-]*+|\$[\w$.-]*+").match
_key_like = re.compile(r"[\w$][\w$.-]*+").match
_line_end = re.compile(r"[^\r\n]*+").match
_lump = re.compile(r'"(?:[^"\\\r\n]++|\\.)*+"|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/|[^][{},"/]++|.', re.DOTALL).match

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_PLAIN_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NOT_FINITE = {"NaN", "Infinity", "-Infinity", "+Infinity"}
_FOREIGN_WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null"}
_CLOSERS = {"[": "]", "{": "}"}


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
    return _Reader(source, diagnostics).documents()


def _too_large(name: str, size: int, most: int, diagnostics: Diagnostics, place: Span | None) -> None:
    diagnostics.error("load/too-large", f'"{name}" has {size:,} bytes; at most {most:,} are read', place)


class _Lost(Exception):
    """The structure of the text cannot be followed any further; the reason has been reported."""


class _Reader:
    """Reads one text from front to back; ``at`` is the offset it has come to."""

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.text = source.text
        self.at = 1 if source.text.startswith("\ufeff") else 0
        self.diagnostics = diagnostics
        self.opened: list[int] = []  # the offset of every bracket that is open
        self.syntax_errors = 0
        self.last_error = -1  # where the last syntax error was reported: one place is one cause
        self.confused = False  # a quote is astray, so that brackets may have been swallowed
        self.excused_at = -1  # where a missing comma is the same cause as what was reported before

    # --- the plain road ---------------------------------------------------------------------------

    def documents(self) -> list[Value]:
        values: list[Value] = []
        try:
            while self._peek():
                values.append(self._document())
                after = _next(self.text, self.at)
                if after is not None and after[1] == ",":
                    self.at = after.end()
        except _Lost:
            return values
        if not values and not self.syntax_errors:
            self.diagnostics.error("load/empty", "the document holds nothing", Span(self.source, 0, 0))
        return values

    def _document(self) -> Value:
        errors = self.syntax_errors
        value = self._value(_value(self.text, self.at))
        if self.syntax_errors > errors and not isinstance(value, Array | Object):
            raise _Lost  # this is no JSON at all: one complaint is enough
        return value

    def _value(self, match: re.Match[str] | None) -> Value:
        """The value that ``match`` found; where there is none, it is reported and null stands in for it."""
        if match is None:
            return self._odd_value()
        self.at = end = match.end()
        group = match.lastindex
        if group == _STRING:
            return String(match[_STRING], Span(self.source, match.start(_STRING) - 1, end))
        if group == _BRACKET:
            return self._array(end - 1) if match[_BRACKET] == "[" else self._object(end - 1)
        if group == _DIGITS:
            return self._number(match)
        word = match[group or 0]
        return Literal(_WORDS[word], Span(self.source, end - len(word), end))

    def _number(self, match: re.Match[str]) -> Value:
        digits = match[_DIGITS]
        span = Span(self.source, match.start(_DIGITS), match.end())
        if not match[_DIGITS + 1]:
            try:
                return Literal(int(digits), span)
            except ValueError:
                self._error("load/bad-number", f"a number of {len(digits):,} digits is too long", span)
                return Literal(None, span)
        value = float(digits)
        if not math.isfinite(value):
            self._error("load/bad-number", f'the number "{digits}" is too large to be held', span)
        return Literal(value, span)

    def _array(self, start: int) -> Array:
        self._open(start)
        text = self.text
        items: list[Value] = []
        while True:
            match = _value(text, self.at)
            if match is None and self._closed(start):
                break
            items.append(self._value(match))
            after = _next(text, self.at)
            if after is not None and after[1] == ",":
                self.at = after.end()
            elif self._ended(start):
                break
        self.opened.pop()
        return Array(items, Span(self.source, start, self.at))

    def _object(self, start: int) -> Object:
        self._open(start)
        text, source = self.text, self.source
        members: list[Member] = []
        seen: dict[str, String] = {}
        while True:
            match = _member(text, self.at)
            if match is None:
                key = self._odd_key(start)
                if key is None:
                    break
            else:
                self.at = match.end()
                key = String(match[1], Span(source, match.start(1) - 1, match.end(1) + 1))
            value = self._value(_value(text, self.at))
            if key.value in seen:
                self._duplicate(key, seen[key.value])
            else:
                seen[key.value] = key
                members.append(Member(key, value))
            after = _next(text, self.at)
            if after is not None and after[1] == ",":
                self.at = after.end()
            elif self._ended(start):
                break
        self.opened.pop()
        return Object(members, Span(source, start, self.at))

    def _open(self, start: int) -> None:
        self.opened.append(start)
        if len(self.opened) > MAX_DEPTH:
            place = Span(self.source, start, start + 1)
            self._error("load/too-deep", f"lists and objects are nested more than {MAX_DEPTH} deep", place)
            raise _Lost

    def _duplicate(self, key: String, first: String) -> None:
        line = first.span.begins.line
        self.diagnostics.error(
            "load/duplicate-key",
            f'the key "{key.value}" stands twice in one object, first in line {line}',
            key.span,
            related=(Related("here first", first.span),),
        )

    # --- where something else stands than was expected ---------------------------------------------

    def _peek(self) -> str:
        """The character after space and comments, "" at the end; an unclosed comment is the end of everything."""
        match = _space(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.text.startswith("/*", self.at):
            self._syntax("load/unclosed", 'the comment "/*" is never closed', self.at, self.at + 2)
            raise _Lost
        return self.text[self.at : self.at + 1]

    def _closed(self, start: int) -> bool:
        """Whether the container opened at ``start`` ends here, and then past its bracket; raises where it cannot."""
        sign = self._peek()
        opener = self.text[start]
        if sign == _CLOSERS[opener]:
            self.at += 1
            return True
        if sign in ("", "]", "}"):
            self._unclosed(start, sign)
        return False

    def _unclosed(self, start: int, found: str) -> None:
        opener = self.text[start]
        if not self.confused and self.at != self.last_error:
            name = "list" if opener == "[" else "object"
            end = f'"{found}" in line {self.source.position(self.at).line}' if found else "the end of the text"
            related = (Related(f'"{found}" stands here', Span(self.source, self.at, self.at + 1)),) if found else ()
            self.syntax_errors += 1
            self.diagnostics.error(
                "load/unclosed",
                f'the {name} opened by "{opener}" is not closed before {end}',
                Span(self.source, start, start + 1),
                f'close it with "{_CLOSERS[opener]}"',
                related,
            )
        raise _Lost

    def _ended(self, start: int) -> bool:
        """After a value without a comma: whether the container ends; else the comma is missing."""
        if self._closed(start):
            return True
        sign, at = self.text[self.at], self.at
        if at == self.excused_at:
            return False
        if at and self.text[at - 1] == '"' and _key_like(self.text, at):
            self._stray_quote()
        elif sign == ":":
            inside = "a list has no keys" if self.text[start] == "[" else 'a ":" stands where a "," was expected'
            self._syntax("load/syntax", inside, at, at + 1)
            self._skip()
        elif sign in "\"'`[{<" or _number_like(self.text, at) or _word(self.text, at):
            self._syntax("load/syntax", f'a "," is missing before {self._shown()}', at, at + 1)
        else:
            self._unexpected()
        return False

    def _stray_quote(self) -> None:
        message = f"a string ends before {self._shown()}, but its text seems to go on"
        self._syntax("load/syntax", message, self.at - 1, self.at, r"inside a string a quote is written \"")
        self._to_line_end()

    def _to_line_end(self) -> None:
        """Give up the rest of this line: its quotes cannot be told apart."""
        match = _line_end(self.text, self.at)
        self.at = match.end() if match else self.at
        self.confused = True
        self._peek()
        self.excused_at = self.at

    def _odd_key(self, start: int) -> String | None:
        """A key that is not a plain string with its colon; None where the object is closed."""
        while not self._closed(start):
            at = self.at
            sign = self.text[at]
            if sign == '"':
                return self._with_colon(self._string(at))
            match = _single_quoted(self.text, at) or _key_like(self.text, at)
            if match is not None and (_colon(self.text, match.end()) or match[0][0] != "'"):
                key = match[0].strip("'")
                self._syntax("load/syntax", f'the key "{key}" must stand in double quotes', at, match.end())
                self.at = match.end()
                return self._with_colon(String(key, Span(self.source, at, self.at)))
            expected = 'a key in double quotes or "}" was expected'
            self._syntax("load/syntax", f"{self._shown()} stands where {expected}", at, at + 1)
            self._skip()
        return None

    def _with_colon(self, key: String) -> String:
        match = _colon(self.text, self.at)
        if match is not None:
            self.at = match.end()
            return key
        sign = self._peek()
        if sign:
            message = f'a ":" and a value are missing after the key "{key.value}"'
            self._syntax("load/syntax", message, self.at, self.at + 1)
            if sign == "=":
                self.at += 1
        return key

    def _odd_value(self) -> Value:
        """Whatever stands where a value should; reported, with what it seems to mean."""
        sign = self._peek()
        at, text = self.at, self.text
        if sign == '"':
            return self._string(at)
        if self.opened and sign in ("", "]", "}") and sign != _CLOSERS[text[self.opened[-1]]]:
            self._unclosed(self.opened[-1], sign)
        if sign in ("", ",", "]", "}", ":"):
            return self._no_value(sign)
        if sign in "'`":
            return self._foreign_string()
        template = _bare_template(text, at)
        if template is not None:
            hint = f'write "{template[0]}"' if len(template[0]) < 60 else None
            self._syntax("load/syntax", "a template must stand in double quotes", at, template.end(), hint)
            self.at = template.end()
            return Literal(None, Span(self.source, at, self.at))
        number = _number_like(text, at)
        if number is not None:
            return self._bad_number(number)
        word = _word(text, at)
        if word is not None:
            return self._foreign_word(word)
        self._unexpected()
        return Literal(None, Span(self.source, at, at))

    def _no_value(self, sign: str) -> Value:
        at = self.at
        if self.opened:
            self._syntax("load/syntax", f'"{sign}" stands where a value was expected', at, at + 1)
            if sign == ":":
                self.at += 1
        else:
            what = "closes nothing" if sign in "]}" else "stands where a document was expected"
            self._syntax("load/syntax", f'"{sign}" {what}', at, at + 1)
            self.at += 1
        return Literal(None, Span(self.source, at, at))

    def _foreign_string(self) -> Value:
        at = self.at
        match = _single_quoted(self.text, at) or _backquoted(self.text, at)
        if match is None:
            self._syntax("load/unclosed", f"a string opened by {self.text[at]} is never closed", at, at + 1)
            self._to_line_end()
            return String("", Span(self.source, at, at))
        kind = "single quotes" if self.text[at] == "'" else "backquotes"
        self._syntax("load/syntax", f"a string stands in {kind}, expected double quotes", at, match.end())
        self.at = match.end()
        return String(match[0][1:-1], Span(self.source, at, self.at))

    def _bad_number(self, match: re.Match[str]) -> Value:
        span = Span(self.source, match.start(), match.end())
        self.at = match.end()
        if match[0] in _NOT_FINITE:
            self._error("load/bad-number", f'"{match[0]}" is not a number that JSON knows', span)
        else:
            self._error("load/bad-number", f'"{match[0][:30]}" is not a number as JSON writes it', span)
        return Literal(None, span)

    def _foreign_word(self, match: re.Match[str]) -> Value:
        word = match[0]
        span = Span(self.source, match.start(), match.end())
        self.at = match.end()
        if word in _NOT_FINITE:
            self._error("load/bad-number", f'"{word}" is not a number that JSON knows', span)
            return Literal(None, span)
        meant = _FOREIGN_WORDS.get(word)
        hint = f'write "{meant}" without quotes' if meant else "text stands in double quotes"
        self._syntax("load/syntax", f'the word "{word}" is not JSON', span.start, span.end, hint)
        return Literal(None, span)

    def _unexpected(self) -> None:
        self._syntax("load/syntax", f"{self._shown()} is not expected here", self.at, self.at + 1)
        self._skip()

    def _skip(self) -> None:
        """Go to the bracket that closes the container, or past its next comma."""
        depth = 0
        while match := _lump(self.text, self.at):
            sign = match[0]
            if sign in "[{":
                depth += 1
            elif sign in "]}":
                if not depth:
                    return
                depth -= 1
            self.at = match.end()
            if sign == "," and not depth:
                break
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
        match = _word(self.text, self.at) or _number_like(self.text, self.at) or _control_string(self.text, self.at)
        found = match[0] if match else self.text[self.at : self.at + 1]
        found = found if len(found) <= 30 else found[:29] + "…"
        return found if found.startswith('"') and len(found) > 1 else f'"{found}"' if found != '"' else "'\"'"

    def _error(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """An error inside one value, that leaves the structure clear."""
        self.syntax_errors += 1
        self.diagnostics.error(code, message, span, hint)

    def _syntax(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> None:
        """An error of structure: one for each place, and so many before the reading stops."""
        if start == self.last_error:
            return
        self.last_error = start
        self._error(code, message, Span(self.source, start, min(end, len(self.text))), hint)
        if self.syntax_errors >= MAX_SYNTAX_ERRORS:
            raise _Lost
