"""Lists, objects and values are read into the tree; where something else stands, what was meant is guessed."""

from __future__ import annotations

import math
import re

from interpreter.diagnostic import Related
from interpreter.load.cursor import MAX_DEPTH, SPACE, Cursor, Lost, number_like_at, short, word_at
from interpreter.source import Span
from interpreter.tree import Array, Literal, Member, Object, String, Value

_SIMPLE_STRING = r'"([^"\\\x00-\x1f]*+)"'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)((?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)(?![\w.+-])"

_value = re.compile(rf"{SPACE}(?:{_SIMPLE_STRING}|({_NUMBER})|(\[|\{{(?!\{{))|(true|false|null)(?!\w))").match
_member = re.compile(rf"{SPACE}{_SIMPLE_STRING}{SPACE}:").match
_next = re.compile(rf"{SPACE}([,\]}}])").match
_STRING, _DIGITS, _BRACKET = 1, 2, 4  # the groups of _value; group 3 is a number's fraction and exponent

_colon = re.compile(rf"{SPACE}:").match
_single_quoted = re.compile(r"'(?:[^'\\\n]++|\\.)*+'").match
_backquoted = re.compile(r"`[^`]*+`").match
_bare_template = re.compile(r"\{\{(?:(?!\}\}).)*+\}\}|<<(?:(?!>>).)*+>>").match
_key_like = re.compile(r"[\w$][\w$.-]*+").match
_lump = re.compile(r'"(?:[^"\\\r\n]++|\\.)*+"|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/|[^][{},"/]++|.', re.DOTALL).match

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_NOT_FINITE = {"NaN", "Infinity", "-Infinity", "+Infinity"}
_FOREIGN_WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null"}
_CLOSERS = {"[": "]", "{": "}"}


class Reader(Cursor):
    """Reads the documents of one text."""

    # --- the plain road ---------------------------------------------------------------------------

    def documents(self) -> list[Value]:
        values: list[Value] = []
        try:
            while self._peek():
                values.append(self._document())
                after = _next(self.text, self.at)
                if after is not None and after[1] == ",":
                    self.at = after.end()
        except Lost:
            return values
        if not values and not self.errors:
            self.diagnostics.error("load/empty", "the document holds nothing", Span(self.source, 0, 0))
        return values

    def _document(self) -> Value:
        errors = self.errors
        value = self._value(_value(self.text, self.at))
        if self.errors > errors and not isinstance(value, Array | Object):
            raise Lost  # this is no JSON at all: one complaint is enough
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
            self._error("load/bad-number", f'the number "{short(digits)}" is too large to be held', span)
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
            raise Lost

    def _duplicate(self, key: String, first: String) -> None:
        line = first.span.begins.line
        self._error(
            "load/duplicate-key",
            f'the key "{short(key.value)}" stands twice in one object, first in line {line}',
            key.span,
            related=(Related("here first", first.span),),
        )

    # --- where something else stands than was expected ---------------------------------------------

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
            self._error(
                "load/unclosed",
                f'the {name} opened by "{opener}" is not closed before {end}',
                Span(self.source, start, start + 1),
                f'close it with "{_CLOSERS[opener]}"',
                related,
            )
        raise Lost

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
        elif sign in "\"'`[{<" or number_like_at(self.text, at) or word_at(self.text, at):
            self._syntax("load/syntax", f'a "," is missing before {self._shown()}', at, at + 1)
        else:
            self._unexpected()
        return False

    def _stray_quote(self) -> None:
        message = f"a string ends before {self._shown()}, but its text seems to go on"
        self._syntax("load/syntax", message, self.at - 1, self.at, r"inside a string a quote is written \"")
        self._to_line_end()

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
                self._syntax("load/syntax", f'the key "{short(key)}" must stand in double quotes', at, match.end())
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
            missing = 'a ":" and a value are' if sign in ",}]" else 'a ":" is'
            message = f'{missing} missing after the key "{short(key.value)}"'
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
        number = number_like_at(text, at)
        if number is not None:
            return self._bad_number(number)
        word = word_at(text, at)
        if word is not None:
            return self._foreignword_at(word)
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
            self._error("load/bad-number", f'"{short(match[0])}" is not a number as JSON writes it', span)
        return Literal(None, span)

    def _foreignword_at(self, match: re.Match[str]) -> Value:
        word = match[0]
        span = Span(self.source, match.start(), match.end())
        self.at = match.end()
        if word in _NOT_FINITE:
            self._error("load/bad-number", f'"{word}" is not a number that JSON knows', span)
            return Literal(None, span)
        meant = _FOREIGN_WORDS.get(word)
        hint = f'write "{meant}" without quotes' if meant else "text stands in double quotes"
        self._syntax("load/syntax", f'the word "{short(word)}" is not JSON', span.start, span.end, hint)
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
