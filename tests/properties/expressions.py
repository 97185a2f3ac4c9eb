"""Strategies for the text of expressions, and for what they are given."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

import interpreter.families  # noqa: F401 - fills the catalogues
from interpreter.catalog import FILTERS, TESTS

NAMES = ("a", "b", "n", "s", "items", "obj", "missing", "len", "_id", "été", "class")
"""Names that expressions read; some are Python's words, and what is given may lack any."""

KEYS = ("a", "b", "x", "length", "_id", "items", "été", "0")

UNSAFE = frozenset(("now", "wait", "random", "uuid"))
PURE = sorted(name for name, entry in FILTERS.items() if not entry.needs_context and name not in UNSAFE)
OFTEN = (
    "upper", "lower", "trim", "length", "first", "last", "sum", "default", "abs", "round", "keys", "join",
    "reverse", "unique", "sort", "to_int", "string", "json_encode", "capitalize", "in", "merge", "append",
)  # fmt: skip
OPERATORS = (
    "+", "-", "*", "/", "//", "%", "~", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "in", "not in",
    "&&", "||", "??", "and", "or",
)  # fmt: skip

texts = st.sampled_from(
    ("", "a", "5", "-1.5", "0", "x y", "été 😀", "2024-01-02", "2024-01-02T03:04:05Z", "true", "%s")
)
integers = st.one_of(st.integers(-3, 12), st.sampled_from((10**15, 10**18, -(2**70), 10**400)))
floats = st.sampled_from((0.0, -0.0, 0.5, 1.0, -2.5, 1e15, 1e300, -1.7e308, 3.0))
scalars = st.one_of(st.none(), st.booleans(), integers, floats, texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)),
    max_leaves=6,
)
"""JSON values: mixed types, large numbers, texts that are numbers or times."""

given = st.dictionaries(st.sampled_from(NAMES), values, max_size=len(NAMES))
"""What a run is given; any name may be missing."""


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


literals = st.one_of(
    st.integers(-3, 12).map(str),
    st.sampled_from(("0.5", "1.0", "2.5", "1e300", "1000000000000000", "99999999999999999999", "10 ** 400")),
    texts.map(quoted),
    st.sampled_from(("true", "false", "null")),
)
paths = st.builds(
    lambda name, steps: name + "".join(steps),
    st.sampled_from(NAMES),
    st.lists(
        st.sampled_from((".a", ".b", ".x", ".length", "._id", ".items", "[0]", "[-1]", "['a']", "[n]", "?.a")),
        max_size=2,
    ),
)


FORMS = (
    "W O W", "E O E", "E O E", "!W", "-W", "+W", "not W", "W ? W : W", "(E if E else E)", "E if E",
    "W|F", "W|F", "W|F(E)", "W|F(E, E)", "W|F:L", "F(E)", "W is T", "W is not T(E)", "W[E]", "W[E:E]", "W.K", "W?.K",
    "W|H(x => E)", "W|map(x => x O W)", "W|reduce((x, y) => E, E)", "W|map(F)",
    "[E, ...W]", "[E, E]", "[]", "{a: E, ...W}", "{[E]: E, x: E}", "{}", "(E)",
)  # fmt: skip
"""How an expression is made of smaller ones: E any, W any in brackets, L a literal, O an operator, F a filter,
H a filter that takes a function, T a test, K a key."""

_LETTERS = {
    "L": literals,
    "O": st.sampled_from(OPERATORS),
    "F": st.one_of(st.sampled_from(OFTEN), st.sampled_from(PURE)),
    "H": st.sampled_from(("map", "filter", "sort", "any", "every")),
    "T": st.sampled_from(sorted(TESTS)),
    "K": st.sampled_from(KEYS[:-1]),
}
_leaves = st.one_of(literals, paths, paths, st.just("x"))
_forms = st.sampled_from(FORMS)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of an expression that can be read; it may still be rejected (a wrong arity)."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(_leaves)

    def fill(found: re.Match[str]) -> str:
        letter = found[0]
        if letter in _LETTERS:
            return draw(_LETTERS[letter])
        inner = draw(expressions(depth - 1))
        return f"({inner})" if letter == "W" else inner

    return re.sub(r"\b[EWLOFHTK]\b", fill, draw(_forms))


holes = st.builds(lambda text, form: form.replace("…", text), expressions(), st.sampled_from(("{{ … }}", "<< … >>")))
"""An expression as a template."""

templates = st.lists(st.one_of(texts, holes), max_size=4).map("".join)
"""A text with templates in it."""

parameters: st.SearchStrategy[Any] = st.one_of(
    holes,
    holes,
    templates,
    st.integers(-3, 12),
    st.booleans(),
    st.lists(holes, max_size=2),
    st.dictionaries(st.sampled_from(KEYS), holes, max_size=2),
)
"""A parameter of a node: any JSON value with templates in it."""
