"""From an author's regular expression to matches: RE2 syntax, so that one search takes time that its sizes bound.

A pattern may be written ``/…/flags`` (flags i, m, s, x is refused; u and g mean nothing here). What RE2 cannot do
in bounded time (look-around, back-references) it refuses, and the fault says so. All matches of a pattern may still
take the square of that time; then the filter ends with a fault after ``MAX_SECONDS``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from interpreter import values
from interpreter.catalog import Boolean, Function, List, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import for_each, long
from interpreter.values import preview, sized_list

if TYPE_CHECKING:
    import re2

MAX_PATTERN = 20_000
"""Characters that a pattern may have."""
MAX_MEMORY = 8 << 20
"""Bytes that one compiled pattern may take."""
MAX_WORK = 2_000_000_000
"""Characters of the subject times steps of the pattern: at worst about 20 seconds, which nothing can interrupt."""
MAX_SECONDS = 10.0
"""For all matches of a pattern in one text."""

_DELIMITERS = "/#~@%"
_FLAGS = frozenset("imsugU")


def problem(pattern: str) -> str | None:
    """Why a pattern cannot be used, as one sentence; None where it can."""
    try:
        compiled(pattern)
    except Fault as fault:
        return fault.message
    return None


@lru_cache(512)
def compiled(pattern: str) -> re2._Regexp:
    """The pattern ready to search with; Fault where it cannot be used."""
    import re2

    if len(pattern) > MAX_PATTERN:
        raise Fault("run/too-large", f"the pattern has {len(pattern):,} characters; {MAX_PATTERN:,} are allowed")
    body, flags = _taken_apart(pattern)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    inline = "".join(sorted(flags & set("ims")))
    try:
        return re2.compile(f"(?{inline}){body}" if inline else body, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise Fault(
            "run/wrong-value", f"the pattern {preview(pattern)} cannot be used: {reason}", _mend(body)
        ) from None


def _taken_apart(pattern: str) -> tuple[str, frozenset[str]]:
    """``/body/flags`` as body and flags; a pattern without delimiters is all body."""
    delimiter = pattern[:1]
    if delimiter and delimiter in _DELIMITERS:
        body, end, flags = pattern[1:].rpartition(delimiter)
        if end and _FLAGS.issuperset(flags):
            return body.replace("\\/", "/"), frozenset(flags)
    return pattern, frozenset()


def _mend(body: str) -> str | None:
    if any(sign in body for sign in ("(?=", "(?!", "(?<=", "(?<!")):
        return "look-ahead and look-behind are not supported: match more, and take a group of it"
    if any(f"\\{digit}" in body for digit in range(1, 10)):
        return "back-references are not supported"
    return None


def _search(pattern: str, value: str) -> Any:
    """The first match, or None; Fault where the search may take too long."""
    return _bounded(pattern, value).search(value)


def _matches(pattern: str, value: str) -> Iterator[Any]:
    """All matches from left to right; Fault where they take too long."""
    latest = time.monotonic() + MAX_SECONDS
    for match in _bounded(pattern, value).finditer(value):
        yield match
        if time.monotonic() > latest:
            raise _too_much(pattern, value)


def _bounded(pattern: str, value: str) -> re2._Regexp:
    ready = compiled(pattern)
    if len(value) * ready.programsize > MAX_WORK:
        raise _too_much(pattern, value)
    return ready


def _too_much(pattern: str, value: str) -> Fault:
    message = f"the pattern {preview(pattern)} takes too long on a text of {len(value):,} characters"
    return Fault("run/too-large", message, "work on smaller pieces, or make the pattern simpler")


def _found(match: Any) -> list[Any]:
    """A match as a list: all of it, then its groups."""
    return [match.group(), *match.groups()]


@filter("regex_matches", "regex_is_match", "preg_match")
def regex_test(value: Text, pattern: Text) -> Boolean:
    """Whether the pattern is found in the text.

    'abbbbc'|regex_test('/^a.*c$/')  →  true
    'ABC'|regex_test('/b/i')  →  true
    """
    return _search(pattern, value) is not None


@filter("regex_get_first_match")
def regex_match(value: Text, pattern: Text) -> List:
    """The first match and its groups; an empty list where there is none.

    'test@example.com'|regex_match('/(\\\\w+)@(\\\\w+)/')  →  ["test@example", "test", "example"]
    'x'|regex_match('y')  →  []
    """
    match = _search(pattern, value)
    return [] if match is None else _found(match)


@filter("regex_get_all_matches", "preg_match_all")
def regex_match_all(value: Text, pattern: Text) -> List:
    """All matches, each with its groups.

    'a1 b2'|regex_match_all('([a-z])([0-9])')  →  [["a1", "a", "1"], ["b2", "b", "2"]]
    """
    return sized_list([_found(match) for match in _matches(pattern, value)])


@filter("regex_findall", "regex_extract_all")
def regex_find_all(value: Text, pattern: Text, group: int = 0) -> List:
    """The texts of all matches, or of one of their groups.

    'a1 b2'|regex_find_all('[a-z][0-9]')  →  ["a1", "b2"]
    """
    return sized_list([match.group(group) for match in _matches(pattern, value)])


@filter("regex_find", "regex_search")
def regex_extract(value: Text, pattern: Text, group: int | None = None) -> Text | None:
    """The text of the first match's group (its first group, where it has one); null where nothing matches.

    'order 66'|regex_extract('order (\\\\d+)')  →  "66"
    """
    match = _search(pattern, value)
    if match is None:
        return None
    return match.group(min(1, len(match.groups())) if group is None else group)  # type: ignore[no-any-return]


@filter("regex_groups")
def regex_named(value: Text, pattern: Text) -> dict[str, Any]:
    """The named groups of the first match as an object, empty where nothing matches.

    'v1.2'|regex_named('v(?P<major>\\\\d+)')  →  {"major": "1"}
    """
    match = _search(pattern, value)
    return {} if match is None else match.groupdict()


@filter("preg_replace")
def regex_replace(value: Text, pattern: Text, replacement: Text | Function = "", count: int | None = None) -> Text:
    """The text with matches (the first ``count``, or all) replaced; ``$1`` is a group, a function gets the match.

    'Hello   World'|regex_replace('/\\\\s+/', '-')  →  "Hello-World"
    'Ada Lovelace'|regex_replace('(\\\\w+) (\\\\w+)', '$2, $1')  →  "Lovelace, Ada"
    'a1b2'|regex_replace('[0-9]', '', 1)  →  "ab2"
    """
    parts: list[str] = []
    rest, size, left = 0, len(value), -1 if count is None else max(count, 0)
    expand = _expander(replacement)
    for match in _matches(pattern, value):
        if left == 0:
            break
        left -= 1
        begins, ends = match.span()
        new = expand(match)
        size += len(new) - (ends - begins)
        long(size)
        parts += (value[rest:begins], new)
        rest = ends
    return "".join(parts) + value[rest:]


def _expander(replacement: Any) -> Any:
    """What writes the replacement for a match: a function's text, or a text with ``$1``, ``${name}``, ``\\1``."""
    if callable(replacement):
        function = for_each(replacement)
        return lambda match: values.text(function(match.group()))
    if "$" not in replacement and "\\" not in replacement:
        return lambda match: replacement
    import re

    pieces = re.split(r"(\$\d{1,2}|\$\{\w+\}|\\\d{1,2}|\\g<\w+>)", replacement)

    def expand(match: Any) -> str:
        return "".join(_group(match, piece) if place % 2 else piece for place, piece in enumerate(pieces))

    return expand


def _group(match: Any, reference: str) -> str:
    name = reference.strip("\\$g{}<>") if not reference[1:].isdigit() else reference[1:]
    key: Any = int(name) if name.isdigit() else name
    try:
        return match.group(key) or ""
    except (IndexError, KeyError):
        return ""


@filter("preg_split")
def regex_split(value: Text, pattern: Text, limit: int | None = None) -> List:
    """The text's parts between the matches.

    'a1b22c'|regex_split('[0-9]+')  →  ["a", "b", "c"]
    """
    parts: list[str] = []
    rest = 0
    for match in _matches(pattern, value):
        begins, ends = match.span()
        if begins == ends:
            continue
        if limit is not None and len(parts) >= limit - 1:
            break
        parts.append(value[rest:begins])
        rest = ends
    return sized_list([*parts, value[rest:]])


@filter()
def regex_count(value: Text, pattern: Text) -> int:
    """How often the pattern is found in the text.

    'a1b2'|regex_count('[0-9]')  →  2
    """
    return sum(1 for _ in _matches(pattern, value))


@filter("preg_quote", "regex_escape")
def regex_quote(value: Text, delimiter: Text = "") -> Text:
    """The text as a pattern that matches just it.

    'a.b?'|regex_quote  →  "a\\\\.b\\\\?"
    """
    import re

    quoted = re.sub(r"[.\\+*?\[^\]$(){}=!<>|:\-#]", r"\\\g<0>", value)
    return quoted.replace(delimiter, "\\" + delimiter) if delimiter else quoted
