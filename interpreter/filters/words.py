"""From a text to its words: counted, in another case style, as an address, in the plural."""

from __future__ import annotations

import re

from interpreter.catalog import Number, Text, filter
from interpreter.filters.fields import many
from interpreter.filters.layout import striptags
from interpreter.filters.text import unaccent
from interpreter.values import sized_text

_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])")


def _parts(value: str) -> list[str]:
    """The words of a phrase or of a name in any style (``userName``, ``user-name``, ``HTTPServer``)."""
    separated = _HUMP.sub(lambda hump: " ".join(_taken(hump.groups())), value)
    return _WORD.findall(_HUMP.sub(lambda hump: " ".join(_taken(hump.groups())), separated))


def _taken(groups: tuple[str | None, ...]) -> list[str]:
    """The groups that took part in a match."""
    return [group for group in groups if group is not None]


@filter("title_case")
def title(value: Text) -> Text:
    """The text with every word's first letter large and the others small.

    'the epic BATTLE'|title  →  "The Epic Battle"
    """
    return "".join(part[:1].upper() + part[1:].lower() for part in re.split(r"([-\s({\[<]+)", value) if part)


@filter("ucwords")
def upper_words(value: Text) -> Text:
    """The text with every word's first letter large and the rest as it was.

    'the iPhone'|upper_words  →  "The IPhone"
    """
    return re.sub(r"(^|\s)(\S)", lambda found: found[1] + found[2].upper(), value)


@filter("camel_case")
def camelcase(value: Text) -> Text:
    """A name in camelCase.

    'user first name'|camelcase  →  "userFirstName"
    """
    joined = pascalcase(value)
    return joined[:1].lower() + joined[1:]


@filter("pascal_case", "studly_case")
def pascalcase(value: Text) -> Text:
    """A name in PascalCase.

    'user_first-name'|pascalcase  →  "UserFirstName"
    """
    return "".join(part[:1].upper() + part[1:].lower() for part in _parts(value))


@filter("snake_case", "underscore")
def snakecase(value: Text) -> Text:
    """A name in snake_case.

    'userFirstName'|snakecase  →  "user_first_name"
    """
    return sized_text("_".join(_parts(value)).lower())


@filter("kebab_case", "kebab", "dasherize")
def kebabcase(value: Text) -> Text:
    """A name in kebab-case.

    'User First Name'|kebabcase  →  "user-first-name"
    """
    return sized_text("-".join(_parts(value)).lower())


@filter("screaming_snake_case")
def constant_case(value: Text) -> Text:
    """A name in CONSTANT_CASE.

    'userFirstName'|constant_case  →  "USER_FIRST_NAME"
    """
    return snakecase(value).upper()


@filter("sentence_case")
def humanize(value: Text) -> Text:
    """A name as a phrase.

    'user_firstName'|humanize  →  "User first name"
    """
    return sized_text(" ".join(_parts(value)).capitalize())


@filter("slug")
def slugify(value: Text, separator: Text = "-") -> Text:
    """The text as part of an address: small letters and digits, its words joined.

    'Crème Brûlée & Co.'|slugify  →  "creme-brulee-co"
    """
    plain = unaccent(striptags(value)).lower().replace("'", "")
    return sized_text(separator.join(re.findall(r"[a-z0-9]+", plain)))


@filter("word_count", "count_words")
def wordcount(value: Text) -> int:
    """How many words the text has.

    'the epic battle'|wordcount  →  3
    """
    return len(re.findall(r"\w+", value))


@filter()
def words(value: Text) -> list[str]:
    """The words of the text, without signs.

    'Hello, world!'|words  →  ["Hello", "world"]
    """
    return re.findall(r"[\w'’-]+", value)


@filter()
def initials(value: Text, most: int = 3) -> Text:
    """The first letters of the words.

    'Ada King Lovelace'|initials  →  "AKL"
    """
    return "".join(word[0] for word in value.split()[: max(most, 0)]).upper()


_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
}
_SAME = frozenset(("sheep", "fish", "series", "species", "information", "equipment", "data", "news"))
_PLURALS = (
    (re.compile(r"([^aeiou])y$", re.IGNORECASE), r"\1ies"),
    (re.compile(r"(s|x|z|ch|sh)$", re.IGNORECASE), r"\1es"),
    (re.compile(r"$"), "s"),
)
_SINGULARS = (
    (re.compile(r"([^aeiou])ies$", re.IGNORECASE), r"\1y"),
    (re.compile(r"(ss|x|z|ch|sh)es$", re.IGNORECASE), r"\1"),
    (re.compile(r"([^s])s$", re.IGNORECASE), r"\1"),
)


def _inflected(word: str, irregular: dict[str, str], rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    lowered = word.lower()
    if lowered in _SAME:
        return word
    if lowered in irregular:
        found = irregular[lowered]
        return found.capitalize() if word[:1].isupper() else found
    for pattern, replacement in rules:
        inflected, count = pattern.subn(replacement, word, count=1)
        if count:
            return inflected
    return word


@filter("plural")
def pluralize(value: Text, count: Number = 2, plural: Text | None = None) -> Text:
    """An English word in the plural, unless the count is 1; a plural of its own may be given.

    'category'|pluralize  →  "categories"
    'item'|pluralize(1)  →  "item"
    'ox'|pluralize(2, 'oxen')  →  "oxen"
    """
    if count == 1 or not value:
        return value
    return _inflected(value, _IRREGULAR, _PLURALS) if plural is None else plural


@filter("singular")
def singularize(value: Text) -> Text:
    """An English word in the singular.

    'categories'|singularize  →  "category"
    """
    return _inflected(value, {plural: one for one, plural in _IRREGULAR.items()}, _SINGULARS)


@filter()
def levenshtein(value: Text, other: Text) -> int:
    """How many single-character changes turn one text into the other.

    'kitten'|levenshtein('sitting')  →  3
    """
    return _distance(value, other)


@filter("similarity")
def similar_text(value: Text, other: Text) -> float:
    """How alike two texts are, from 0 (nothing in common) to 1 (the same).

    'night'|similar_text('nacht')  →  0.6
    """
    longest = max(len(value), len(other))
    return 1.0 if not longest else round(1 - _distance(value, other) / longest, 6)


MAX_DISTANCE = 4_000_000
"""The most pairs of characters that two texts may have for their distance to be counted."""


def _distance(first: str, second: str) -> int:
    many(len(first) * len(second), "pairs of characters to compare", MAX_DISTANCE)
    before = list(range(len(second) + 1))
    for row, sign in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            cost = before[column - 1] + (sign != other)
            current.append(min(cost, before[column] + 1, current[-1] + 1))
        before = current
    return before[-1]
