"""From a text to the same text laid out: padded, wrapped, indented, shortened, masked, escaped."""

from __future__ import annotations

import re
from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, List, Object, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import long
from interpreter.values import sized_text

# --- to a width -------------------------------------------------------------------------------------


def _filling(width: int, fill: str) -> str:
    long(width)
    return fill[:1] or " "


@filter()
def center(value: Text, width: int = 80, fill: Text = " ") -> Text:
    """The text in the middle of a field of the given width.

    'ab'|center(6)  →  "  ab  "
    """
    return value.center(width, _filling(width, fill))


@filter("pad_end", "rpad", "pad_right")
def ljust(value: Text, width: int, fill: Text = " ") -> Text:
    """The text at the left of a field of the given width.

    'ab'|ljust(4, '.')  →  "ab.."
    """
    return value.ljust(width, _filling(width, fill))


@filter("pad_start", "lpad", "pad_left")
def rjust(value: Text, width: int, fill: Text = " ") -> Text:
    """The text at the right of a field of the given width.

    '7'|rjust(3, '0')  →  "007"
    """
    return value.rjust(width, _filling(width, fill))


@filter("zero_pad")
def zfill(value: Text, width: int) -> Text:
    """A number's text with zeros before it, after its sign, up to the given width.

    42|zfill(5)  →  "00042"
    (-42)|zfill(5)  →  "-0042"
    """
    long(width)
    return value.zfill(width)


# --- shortened --------------------------------------------------------------------------------------


@filter()
def truncate(
    value: Text, length: int = 255, killwords: Boolean = False, end: Text = "...", leeway: int | None = None
) -> Text:
    """The text cut to a length, its end marked; at a word's end unless ``killwords``. A little longer (5) may stay.

    'foo bar baz qux'|truncate(9)  →  "foo..."
    'foo bar baz qux'|truncate(9, true)  →  "foo ba..."
    'foo bar baz qux'|truncate(11)  →  "foo bar baz qux"
    """
    allowed = 5 if leeway is None else leeway
    if length < len(end):
        shown = values.preview(length)
        raise Fault("run/wrong-value", f"{shown} characters have no room for the end {values.preview(end)}")
    if len(value) <= length + allowed:
        return value
    kept = value[: length - len(end)]
    return (kept if killwords else kept.rsplit(" ", 1)[0]) + end


@filter("limit_text")
def ellipsis(value: Text, length: int, end: Text = "…") -> Text:
    """The text cut to exactly this many characters, the end mark among them.

    'Epic Battle'|ellipsis(6)  →  "Epic …"
    """
    return value if len(value) <= length else value[: max(length - len(end), 0)] + end


@filter("truncatewords")
def truncate_words(value: Text, count: int, end: Text = "…") -> Text:
    """The first words of the text, the end marked where something was left out.

    'one two three'|truncate_words(2)  →  "one two…"
    """
    words = value.split()
    return value if len(words) <= count else " ".join(words[: max(count, 0)]) + end


@filter()
def mask(value: Text, visible: int = 4, sign: Text = "*") -> Text:
    """The text with all but its last characters hidden (all but the first, where the number is negative).

    '4111111111111111'|mask  →  "************1111"
    'secret'|mask(-2)  →  "se****"
    """
    shown = min(abs(visible), len(value))
    hidden = (sign[:1] or "*") * (len(value) - shown)
    return value[:shown] + hidden if visible < 0 else hidden + value[len(value) - shown :]


@filter()
def mask_email(value: Text) -> Text:
    """An e-mail address with all but the first letter of its name hidden.

    'alice@example.com'|mask_email  →  "a****@example.com"
    """
    name, at, domain = value.rpartition("@")
    return value[:1] + "*" * (len(name or value) - 1) + at + (domain if at else "")


# --- lines ------------------------------------------------------------------------------------------


@filter("word_wrap")
def wordwrap(
    value: Text,
    width: int = 79,
    break_long_words: Boolean = True,
    wrapstring: Text = "\n",
    break_on_hyphens: Boolean = True,
) -> Text:
    """The text with line breaks, so that no line is longer than the width.

    'one two three'|wordwrap(7)  →  "one two\\nthree"
    """
    import textwrap

    width = max(width, 1)
    long(len(value) + len(value) * len(wrapstring) // width)
    wrapped = [
        wrapstring.join(
            textwrap.wrap(
                line,
                width=width,
                expand_tabs=False,
                replace_whitespace=False,
                break_long_words=break_long_words,
                break_on_hyphens=break_on_hyphens,
            )
        )
        for line in value.splitlines()
    ]
    return sized_text(wrapstring.join(wrapped))


@filter()
def indent(value: Text, width: int | Text = 4, first: Boolean = False, blank: Boolean = False) -> Text:
    """The text's lines moved to the right; the first line only if asked, blank lines only if asked.

    'a\\nb'|indent(2)  →  "a\\n  b"
    'a\\nb'|indent('> ', true)  →  "> a\\n> b"
    """
    lines = value.split("\n")
    size = len(width) if isinstance(width, str) else max(width, 0)
    long(len(value) + size * len(lines))
    margin = width if isinstance(width, str) else " " * size
    moved = [margin + line if blank or line.strip() else line for line in lines]
    return "\n".join(moved if first else [lines[0], *moved[1:]])


@filter("newline_to_br")
def nl2br(value: Text) -> Text:
    """The text with ``<br>`` before every line break.

    'a\\nb'|nl2br  →  "a<br>\\nb"
    """
    return sized_text(value.replace("\n", "<br>\n"))


@filter("collapse_whitespace", "normalize_whitespace")
def squish(value: Text) -> Text:
    """The text trimmed, and every run of white space inside it one space.

    '  Epic \\n  Battle '|squish  →  "Epic Battle"
    """
    return " ".join(value.split())


# --- escaped ----------------------------------------------------------------------------------------


@filter("e", "escape_html", "html_escape", "htmlspecialchars", "forceescape")
def escape(value: Text) -> Text:
    """The text safe to stand in HTML.

    '<a href="x">'|escape  →  "&lt;a href=&#34;x&#34;&gt;"
    """
    # Jinja writes &#34; and &#39; where Python's html.escape writes &quot; and &#x27;.
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return sized_text(escaped.replace('"', "&#34;").replace("'", "&#39;"))


@filter("html_unescape", "html_decode", "htmlspecialchars_decode")
def unescape(value: Text) -> Text:
    """HTML's entities as the characters that they stand for.

    '&lt;b&gt; &amp; &eacute;'|unescape  →  "<b> & é"
    """
    from html import unescape as unescaped

    return unescaped(value)


# Each "<" must be looked at once only: a pattern that runs on past the next "<" would be quadratic.
_TAG = re.compile(r"<[^<>]*>")


@filter("strip_html", "strip_tags")
def striptags(value: Text) -> Text:
    """The text without HTML tags and comments, its white space squeezed.

    '<p>Epic <b>Battle</b></p>'|striptags  →  "Epic Battle"
    """
    from html import unescape as unescaped

    return " ".join(unescaped(_TAG.sub("", _without_comments(value))).split())


def _without_comments(value: str) -> str:
    kept = []
    rest = 0
    while (begins := value.find("<!--", rest)) >= 0 and (ends := value.find("-->", begins)) >= 0:
        kept.append(value[rest:begins])
        rest = ends + 3
    return "".join(kept) + value[rest:]


_UNPRINTED = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@filter()
def text_escape(value: Text) -> Text:
    r"""The text with special characters as JSON writes them: a line end as \n, a tab as \t, a quote as \".

    'a\n"b"'|text_escape  →  "a\\n\\\"b\\\""
    """
    return sized_text("".join(_UNPRINTED.get(sign, sign) for sign in value))


@filter()
def text_unescape(value: Text) -> Text:
    r"""What text_escape has written as the text that it was.

    'a\\tb'|text_unescape  →  "a\tb"
    """
    return _ESCAPED.sub(lambda found: _meant(found[1]), value)


def _meant(written: str) -> str:
    if len(written) == 1:
        return _MEANT.get(written, written)
    sign = chr(int(written[1:], 16))
    return sign if sign.isprintable() or sign < " " else "\\" + written


@filter()
def addslashes(value: Text) -> Text:
    r"""The text with a backslash before quotes, backslashes and null characters.

    'say "hi"'|addslashes  →  "say \\\"hi\\\""
    """
    return sized_text(re.sub(r"[\\'\"]", r"\\\g<0>", value).replace("\0", "\\0"))


@filter()
def xmlattr(value: Object, autospace: Boolean = True) -> Text:
    """An object as HTML attributes; null ones are left out.

    {class: 'a', id: null}|xmlattr  →  " class=\\"a\\""
    """
    wrong = next((key for key in value if re.search(r"[\s/>=]", key)), None)
    if wrong is not None:
        raise Fault("run/wrong-value", f"{values.preview(wrong)} cannot be the name of an attribute")
    written = " ".join(
        f'{escape(key)}="{escape(values.text(each))}"' for key, each in value.items() if not values.absent(each)
    )
    return (" " if autospace and written else "") + written


@filter()
def reverse(value: List | Text) -> List | Text:
    """The items of a list, or the characters of a text, from the last to the first.

    [1, 2, 3]|reverse  →  [3, 2, 1]
    'abc'|reverse  →  "cba"
    """
    return value[::-1]


@filter("len", "size", "strlen", "count")
def length(value: Any) -> int:
    """How many characters a text has, items a list, keys an object; null has 0.

    'Epic Battle'|length  →  11
    [1, 2, 3]|length  →  3
    null|length  →  0
    """
    if isinstance(value, (str, list, dict)):
        return len(value)
    if values.absent(value):
        return 0
    raise Fault("run/wrong-type", f'"length" of {values.preview(value)}: {values.kind(value)} has none')
