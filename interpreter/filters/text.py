"""From a text to a text: letters, edges, search, replacement and cutting."""

from __future__ import annotations

import unicodedata
from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, List, Object, Text, filter
from interpreter.filters.fields import long, many
from interpreter.values import sized_text

# --- letters ----------------------------------------------------------------------------------------


@filter("to_upper", "uppercase", method="upper")
def upper(value: Text) -> Text:
    """The text in capital letters.

    'Epic Battle'|upper  →  "EPIC BATTLE"
    """
    return value.upper()


@filter("to_lower", "lowercase", "downcase", method="lower")
def lower(value: Text) -> Text:
    """The text in small letters.

    'Epic Battle'|lower  →  "epic battle"
    """
    return value.lower()


@filter(method="capitalize")
def capitalize(value: Text) -> Text:
    """The text with its first letter large and all others small; ``title`` does it to every word.

    'epic BATTLE'|capitalize  →  "Epic battle"
    """
    return value.capitalize()


@filter("ucfirst")
def upper_first(value: Text) -> Text:
    """The text with its first letter large and the rest as it was.

    'iPhone user'|upper_first  →  "IPhone user"
    """
    return value[:1].upper() + value[1:]


@filter("lcfirst")
def lower_first(value: Text) -> Text:
    """The text with its first letter small and the rest as it was.

    'Epic Battle'|lower_first  →  "epic Battle"
    """
    return value[:1].lower() + value[1:]


@filter("swap_case", method="swapcase")
def swapcase(value: Text) -> Text:
    """Large letters small and small letters large.

    'Epic'|swapcase  →  "ePIC"
    """
    return value.swapcase()


@filter("strip_accents", "remove_accents")
def unaccent(value: Text) -> Text:
    """The text without accents on its letters.

    'études'|unaccent  →  "etudes"
    """
    return "".join(sign for sign in unicodedata.normalize("NFKD", value) if not unicodedata.combining(sign))


# --- edges ------------------------------------------------------------------------------------------


@filter("strip")
def trim(value: Text, chars: Text | None = None) -> Text:
    """The text without white space, or without the given characters, at both ends.

    '  Epic Battle  '|trim  →  "Epic Battle"
    '--a-b--'|trim('-')  →  "a-b"
    """
    return value.strip(chars or None)


@filter("lstrip", "trim_start")
def ltrim(value: Text, chars: Text | None = None) -> Text:
    """The text without white space, or without the given characters, at its beginning.

    '007'|ltrim('0')  →  "7"
    """
    return value.lstrip(chars or None)


@filter("rstrip", "trim_end")
def rtrim(value: Text, chars: Text | None = None) -> Text:
    """The text without white space, or without the given characters, at its end.

    'path///'|rtrim('/')  →  "path"
    """
    return value.rstrip(chars or None)


@filter("removeprefix")
def remove_prefix(value: Text, prefix: Text) -> Text:
    """The text without the prefix, where it has it.

    'user_17'|remove_prefix('user_')  →  "17"
    """
    return value.removeprefix(prefix)


@filter("removesuffix")
def remove_suffix(value: Text, suffix: Text) -> Text:
    """The text without the suffix, where it has it.

    'report.pdf'|remove_suffix('.pdf')  →  "report"
    """
    return value.removesuffix(suffix)


@filter()
def ensure_prefix(value: Text, prefix: Text) -> Text:
    """The text with the prefix, added where it lacks it.

    'example.com'|ensure_prefix('https://')  →  "https://example.com"
    """
    return value if value.startswith(prefix) else sized_text(prefix + value)


@filter()
def ensure_suffix(value: Text, suffix: Text) -> Text:
    """The text with the suffix, added where it lacks it.

    '/api'|ensure_suffix('/')  →  "/api/"
    """
    return value if value.endswith(suffix) else sized_text(value + suffix)


# --- search -----------------------------------------------------------------------------------------


@filter("includes")
def contains(value: Text | List | Object, search: Any) -> Boolean:
    """Whether the text holds the search text, the list an equal item, or the object the key.

    'Epic Battle'|contains('Battle')  →  true
    [1, 2, 3]|contains(4)  →  false
    {a: 1}|contains('a')  →  true
    """
    return values.contains(value, search)


@filter("iincludes")
def icontains(value: Text | List, search: Text) -> Boolean:
    """``contains`` without regard to case.

    'Epic Battle'|icontains('battle')  →  true
    ['Red', 'Green']|icontains('red')  →  true
    """
    wanted = search.casefold()
    if isinstance(value, list):
        return any(isinstance(item, str) and item.casefold() == wanted for item in value)
    return wanted in value.casefold()


@filter("startswith")
def starts_with(value: Text, search: Text) -> Boolean:
    """Whether the text begins with the search text.

    'Epic Battle'|starts_with('Epic')  →  true
    """
    return value.startswith(search)


@filter("istartswith")
def istarts_with(value: Text, search: Text) -> Boolean:
    """``starts_with`` without regard to case.

    'Epic Battle'|istarts_with('epic')  →  true
    """
    return value.casefold().startswith(search.casefold())


@filter("endswith")
def ends_with(value: Text, search: Text) -> Boolean:
    """Whether the text ends with the search text.

    'Epic Battle'|ends_with('Battle')  →  true
    """
    return value.endswith(search)


@filter("iendswith")
def iends_with(value: Text, search: Text) -> Boolean:
    """``ends_with`` without regard to case.

    'Epic Battle'|iends_with('BATTLE')  →  true
    """
    return value.casefold().endswith(search.casefold())


@filter("strpos", "index_of")
def index(value: Text | List, search: Any) -> int | None:
    """Where the search text first stands in the text, or an equal item in the list, from 0; null where nowhere.

    'Epic Battle'|index('Battle')  →  5
    ['a', 'b']|index('b')  →  1
    'Epic Battle'|index('war')  →  null
    """
    if isinstance(value, list):
        return next((place for place, item in enumerate(value) if values.equal(item, search)), None)
    found = value.find(values.text(search))
    return None if found < 0 else found


@filter("stripos")
def iindex(value: Text, search: Text) -> int | None:
    """``index`` of a text without regard to case.

    'Epic Battle'|iindex('battle')  →  5
    """
    found = value.lower().find(search.lower())
    return None if found < 0 else found


@filter("last_index_of", "strrpos")
def last_index(value: Text, search: Text) -> int | None:
    """Where the search text last stands in the text, from 0; null where nowhere.

    'a/b/c'|last_index('/')  →  3
    """
    found = value.rfind(search)
    return None if found < 0 else found


@filter("substr_count")
def count_text(value: Text, search: Text) -> int:
    """How often the search text stands in the text.

    'banana'|count_text('an')  →  2
    """
    return value.count(search) if search else 0


# --- replacement ------------------------------------------------------------------------------------


@filter("string_replace", "str_replace", "replace_all")
def replace(value: Text, search: Text, replacement: Text = "", count: int | None = None) -> Text:
    """The text with every (or the first ``count``) search text replaced.

    'Hello World'|replace('o', 'a')  →  "Hella Warld"
    'aaa'|replace('a', 'b', 2)  →  "bba"
    """
    times = value.count(search) if count is None else min(value.count(search), max(count, 0))
    long(len(value) + times * (len(replacement) - len(search)))
    return value.replace(search, replacement, times)


@filter()
def replace_first(value: Text, search: Text, replacement: Text = "") -> Text:
    """The text with the first search text replaced.

    'a-b-c'|replace_first('-', '+')  →  "a+b-c"
    """
    return sized_text(value.replace(search, replacement, 1))


@filter()
def replace_last(value: Text, search: Text, replacement: Text = "") -> Text:
    """The text with the last search text replaced.

    'a-b-c'|replace_last('-', '+')  →  "a-b+c"
    """
    before, found, after = value.rpartition(search) if search else ("", "", value)
    return sized_text(before + (replacement if found else "") + after)


@filter("repeat_text", "str_repeat")
def repeat(value: Text, count: int, separator: Text = "") -> Text:
    """The text so many times, with a separator between.

    'ab'|repeat(3)  →  "ababab"
    'x'|repeat(3, ', ')  →  "x, x, x"
    """
    count = max(count, 0)
    long((len(value) + len(separator)) * count)
    return separator.join([value] * count) if separator else value * count


@filter()
def insert(value: Text, position: int, addition: Text) -> Text:
    """The text with an addition at a position, counted from 0, or from the end where it is negative.

    '12345678'|insert(4, '-')  →  "1234-5678"
    """
    return sized_text(value[:position] + addition + value[position:])


# --- cutting ----------------------------------------------------------------------------------------


@filter("substring")
def substr(value: Text, start: int = 0, length: int | None = None) -> Text:
    """So many characters from a position on; a negative start counts from the end, a negative length leaves off.

    'Epic Battle'|substr(5, 3)  →  "Bat"
    'Epic Battle'|substr(-6)  →  "Battle"
    """
    first = max(len(value) + start, 0) if start < 0 else start
    return value[first : _end(first, length)]


def _end(first: int, length: int | None) -> int | None:
    if length is None:
        return None
    if length < 0:
        return length
    return first + length


@filter()
def left(value: Text, count: int) -> Text:
    """The first characters of the text.

    'Epic Battle'|left(4)  →  "Epic"
    """
    return value[: max(count, 0)]


@filter()
def right(value: Text, count: int) -> Text:
    """The last characters of the text.

    'Epic Battle'|right(6)  →  "Battle"
    """
    return value[-count:] if count > 0 else ""


@filter()
def char_at(value: Text, position: int) -> Text | None:
    """The character at a position, from 0 or from the end where it is negative; null where there is none.

    'abc'|char_at(1)  →  "b"
    """
    return value[position] if -len(value) <= position < len(value) else None


@filter("before")
def substring_before(value: Text, separator: Text) -> Text:
    """What stands before the first separator; all of the text where there is none.

    'user@example.com'|substring_before('@')  →  "user"
    """
    return value.split(separator, 1)[0] if separator else value


@filter("after")
def substring_after(value: Text, separator: Text) -> Text:
    """What stands after the first separator; nothing where there is none.

    'user@example.com'|substring_after('@')  →  "example.com"
    """
    return value.partition(separator)[2] if separator else value


@filter("explode")
def split(value: Text, separator: Text | None = None, limit: int | None = None) -> list[str]:
    """The text's parts between separators (white space where none is given); "" splits into characters.

    'a,b,c'|split(',')  →  ["a", "b", "c"]
    'Epic  Battle'|split  →  ["Epic", "Battle"]
    'a,b,c'|split(',', 2)  →  ["a", "b,c"]
    """
    times = -1 if limit is None or limit < 1 else limit - 1
    if separator != "":
        return value.split(separator, times)
    many(len(value))
    return list(value) if times < 0 else [*value[:times], *([value[times:]] if value[times:] else [])]


@filter("splitlines")
def lines(value: Text) -> list[str]:
    """The lines of the text.

    'a\\nb'|lines  →  ["a", "b"]
    """
    return value.splitlines()


@filter("chars")
def characters(value: Text) -> list[str]:
    """The characters of the text.

    'abc'|characters  →  ["a", "b", "c"]
    """
    return list(value)


@filter("text_concat", "cat")
def concat(value: Text | List, addition: Any, separator: Text = "") -> Text | List:
    """The text with another after it, a separator between; of lists the one after the other.

    'Hello'|concat('World!', ' - ')  →  "Hello - World!"
    [1]|concat([2, 3])  →  [1, 2, 3]
    """
    if isinstance(value, list):
        return values.sized_list(value + (addition if isinstance(addition, list) else [addition]))
    return sized_text(value + separator + values.text(addition))


@filter()
def format(value: Text, *arguments: Any, **named: Any) -> Text:
    """The text with ``%s``, ``%d``, ``%.2f``, ``%05d``, ``%x``, ``%(name)s`` … filled with the arguments.

    'Hello %s, %d new'|format('Bob', 5)  →  "Hello Bob, 5 new"
    '%(who)s: %(n).2f'|format(who='Bob', n=1)  →  "Bob: 1.00"
    """
    from interpreter.filters.printf import printf

    return printf(value, list(arguments), named)


@filter()
def sprintf(value: Text, *arguments: Any) -> Text:
    """The text with ``%s``, ``%d``, ``%.2f``, ``%05d``, ``%x``, ``%1$s`` … filled with the arguments.

    '%s has %05.1f'|sprintf('Bob', 2.25)  →  "Bob has 002.2"
    """
    from interpreter.filters.printf import printf

    return printf(value, list(arguments), {})
