"""Whatever stands in a string, reading it gives a tree whose spans hold, or complaints inside the string."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interpreter import tree
from interpreter.diagnostic import Diagnostics
from interpreter.expression.parse import parse_text
from interpreter.expression.templates import Hole, Plain, split
from interpreter.source import Source, Span

SIGNS = [*"abxyz_01.,:;?!|&()[]{}<>=+-*/%~^$#@`\\'\" \n", "{{", "}}", "<<", ">>", "??", "?.", "=>", "...", "**", "//"]
WORDS = [" and ", " or ", " not ", " in ", " is ", " if ", " else ", "true", "null", "1.5", "'text'", "a.b", "|f", "é"]
PIECES = st.sampled_from(SIGNS + WORDS)
NOISE = st.lists(PIECES, max_size=25).map("".join)

NAMES = st.sampled_from(["a", "b", "item", "user"])
ATOMS = st.one_of(NAMES, st.integers(0, 99).map(str), st.sampled_from(["'t'", "true", "null", "[]", "{}", "1.5"]))
OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "&&", "or", "??"]
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, OPERATORS, inner).map(" ".join),
        inner.map("({})".format),
        inner.map("!{}".format),
        inner.map("-{}".format),
        st.tuples(NAMES, inner).map("{0[0]}[{0[1]}]".format),
        st.tuples(NAMES, inner).map("{0[0]}|f({0[1]}, k={0[1]})".format),
        st.tuples(inner, inner, inner).map("({0[0]} ? {0[1]} : {0[2]})".format),
        st.tuples(inner, inner).map("[{0[0]}, ...{0[1]}]".format),
        st.tuples(NAMES, inner).map("{{{0[0]}: {0[1]}}}".format),
        inner.map("f(x => {})".format),
        inner.map("({} is defined)".format),
    )


VALID = st.recursive(ATOMS, larger, max_leaves=12)


def string(text: str) -> tree.String:
    source = Source("document", f'"{text}"')
    return tree.String(text, Span(source, 0, len(text) + 2))


def inside(span: Span | None, whole: Span) -> bool:
    return span is not None and whole.start <= span.start <= span.end <= whole.end


@given(NOISE, st.booleans())
def test_any_text_is_read_or_refused_at_a_place_inside_it(text: str, condition: bool) -> None:
    diagnostics = Diagnostics()
    written = string(text)
    expression = parse_text(written, diagnostics, condition)
    assert all(inside(found.span, written.span) for found in diagnostics.found)
    assert all(inside(part.span, written.span) for part in tree.walk(expression))


@given(NOISE)
def test_pieces_are_the_text_from_end_to_end(text: str) -> None:
    position = 0
    for piece in split(text):
        assert piece.start == position or not isinstance(piece, Plain | Hole)
        if isinstance(piece, Plain | Hole):
            position = piece.end


@given(VALID)
def test_what_is_well_formed_is_read_and_every_part_holds_its_text(text: str) -> None:
    diagnostics = Diagnostics()
    expression = parse_text(string(f"{{{{ {text} }}}}"), diagnostics)
    assert not diagnostics.found
    for part in tree.walk(expression):
        if isinstance(part, tree.Name):
            assert part.span.text == part.id
        for child in tree.children(part):
            assert inside(child.span, part.span)
