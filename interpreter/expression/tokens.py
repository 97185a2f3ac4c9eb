"""The text of an expression becomes its tokens, each with its place in the document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from interpreter.source import Span

Place = Callable[[int, int], Span]
"""Gives the span of the characters from start to end of the expression's text."""

MAX_NESTING = 100
"""Levels that brackets, and the tree as a whole, may have."""


class Malformed(Exception):
    """An expression cannot be read: the code, the sentence, the place and the mend."""

    def __init__(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint


class Token:
    """One token under the grammar's name for it; ``value`` is its text (an operator's canonical one)."""

    __slots__ = ("span", "type", "value")

    def __init__(self, type: str, value: str, span: Span) -> None:
        self.type = type
        self.value = value
        self.span = span


@cache
def _pattern(marks: str = "") -> re.Pattern[str]:
    """One token, in one branch for each kind; a branch that another one begins like stands before it.

    ``marks`` are characters that may stand inside a name besides letters, digits and the underscore.
    """
    name = rf"[^\W\d][\w{marks}]*"
    return re.compile(
        rf"""\s*(?:
        (?P<LAMBDA>(?:\(\s*(?:{name}\s*(?:,\s*{name}\s*)*)?\)|{name})\s*=>)
      | (?P<IS>is\s+not\b|is\b)
      | (?P<WORD>not\s+in\b|{name})
      | (?P<NUMBER>(?:\d+(?:\.\d+)?|(?<![\w)\]}}'"])\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<STRING>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<SPREAD>\.\.\.)
      | (?P<ATTRIBUTE>\??\.\s*(?:{name}|(?<!\?\.)\d+))
      | (?P<OPTIONAL_INDEX>\?\.\[)
      | (?P<BINARY>[!=]==?|<=|>=|&&|\|\||\?\?|\*\*?|//?|[<>%~])
      | (?P<NOT>!)
      | (?P<SIGN>[+-])
      | (?P<OTHER>[()\[\]{{}},:?=|])
        )""",
        re.VERBOSE | re.DOTALL,
    )


_TOKEN = _pattern()
_TYPES = {
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "{": "LBRACE",
    "}": "RBRACE",
    ",": "COMMA",
    ":": "COLON",
    "?": "QUESTION",
    "=": "EQUAL",
    "|": "PIPE",
    "and": "BINARY",
    "or": "BINARY",
    "in": "BINARY",
    "not in": "BINARY",
    "not": "NOT",
    "is": "IS",
    "if": "IF",
    "else": "ELSE",
    **dict.fromkeys(("true", "false", "null", "none", "True", "False", "None"), "CONSTANT"),
}
_OPENS = frozenset(("LPAR", "LSQB", "LBRACE", "OPTIONAL_INDEX"))
_CLOSES = frozenset(("RPAR", "RSQB", "RBRACE"))
_COLON = re.compile(r"\s*:")
_CANONICAL = {"&&": "and", "||": "or", "!": "not"}
_OPENING = {")": "(", "]": "[", "}": "{"}
_MENDS = {
    ".": "a name is expected behind the dot",
    "&": 'write "and" or "&&"',
    **dict.fromkeys("`“”‘’„", "write texts in ' or \""),
    "≤": 'write "<="',
    "≥": 'write ">="',
    "≠": 'write "!="',
    "×": 'write "*"',
    "÷": 'write "/"',
    "−": 'write the plain "-"',
    "$": 'names have no "$" here: write input.name, env.NAME or the variable alone',
    "^": 'write "**" for a power',
    ";": "a template holds one expression",
    "#": "expressions have no comments",
    "@": "write the name alone",
}


_ENDS_COLONS = frozenset(("BINARY", "SIGN", "IS", "IF", "ELSE", "QUESTION", "COLON", "COMMA", "PIPE", "EQUAL"))


def tokens(text: str, place: Place) -> Iterator[Token]:
    """The tokens of ``text``, ``$END`` last; Malformed where a character begins none."""
    match_at = _TOKEN.match if text.isascii() else _pattern(_marks(text)).match
    position, end = 0, len(text.rstrip())
    brackets: list[Token] = []
    colons = [False]  # for each open bracket: are we among the arguments of value|name:a:b?
    previous = before = ""
    while position < end:
        found = match_at(text, position)
        if not found:
            raise _unreadable(text, position, place)
        kind: str = found.lastgroup  # type: ignore[assignment]
        start, position = found.span(kind)
        value = text[start:position]
        if kind == "WORD" or (kind == "IS" and value == "is"):
            kind, value = _word(value, previous, brackets, text, position)
        elif kind == "OTHER":
            kind = _TYPES[value]
            if kind == "COLON" and colons[-1] and not text[start - 1].isspace():
                kind = "ARGCOLON"
        elif value in _CANONICAL:
            value = _CANONICAL[value]
        token = Token(kind, value, place(start, position))
        if kind in _OPENS:
            if previous == "NAME" and before == "PIPE":
                colons[-1] = False
            _open(token, brackets)
            colons.append(False)
        elif kind in _CLOSES:
            _close(token, brackets)
            colons.pop()
        elif previous == "PIPE":
            colons[-1] = True
        elif kind in _ENDS_COLONS and previous != "ARGCOLON":
            colons[-1] = False
        yield token
        before, previous = previous, kind
    if brackets:
        opening = brackets[-1]
        raise Malformed("expression/syntax", f'"{opening.value}" is never closed', opening.span)
    yield Token("$END", "", place(end, end))


def _marks(text: str) -> str:
    """The vowel signs and accents of a text that are characters of their own: Python's word characters lack them."""
    return "".join(sorted({each for each in text if unicodedata.category(each) in ("Mn", "Mc")}))


def _word(value: str, previous: str, brackets: list[Token], text: str, stop: int) -> tuple[str, str]:
    """A keyword's type and canonical form; a plain name where a keyword is none: after ``is``, as an object's key."""
    if value[:3] == "not" and value[3:4].isspace():
        value = "not in"
    kind = _TYPES.get(value, "NAME")
    if kind == "NAME" or previous == "IS" or previous == "PIPE":
        return "NAME", value
    if previous in ("LBRACE", "COMMA") and brackets and brackets[-1].type == "LBRACE" and _COLON.match(text, stop):
        return "NAME", value
    return kind, value


def _open(token: Token, brackets: list[Token]) -> None:
    brackets.append(token)
    if len(brackets) > MAX_NESTING:
        raise Malformed("expression/too-deep", f"brackets are nested more than {MAX_NESTING} levels deep", token.span)


def _close(token: Token, brackets: list[Token]) -> None:
    if not brackets:
        raise Malformed("expression/syntax", f'"{token.value}" closes nothing', token.span, "remove it")
    opening = brackets.pop()
    if opening.value[-1] != _OPENING[token.value]:
        raise Malformed(
            "expression/syntax",
            f'"{token.value}" stands where "{opening.value}" is still open',
            token.span,
            f'close "{opening.value}" first',
        )


def _unreadable(text: str, position: int, place: Place) -> Malformed:
    start = position + len(text[position:]) - len(text[position:].lstrip())
    found = text[start]
    if found in "'\"":
        return Malformed("expression/syntax", f"the text that {found} opens is never closed", place(start, start + 1))
    return Malformed(
        "expression/syntax", f'"{found}" has no meaning in an expression', place(start, start + 1), _MENDS.get(found)
    )
