"""Strings are split at the signs that open templates, and each template ends where its own text says."""

from __future__ import annotations

import pytest

from interpreter.diagnostic import Diagnostics
from interpreter.expression.parse import parse_text
from interpreter.expression.templates import Hole, Plain, Unclosed, split
from interpreter.source import Source, Span
from interpreter.tree import Binary, Constant, Name, String, Template


def pieces(text: str) -> list[str]:
    """Plain pieces as their text, templates as their expression in brackets, unclosed ones as the place."""
    shown = []
    for piece in split(text):
        match piece:
            case Plain():
                shown.append(piece.text)
            case Hole():
                shown.append(f"[{text[piece.inner : piece.inner_end]}]")
            case Unclosed():
                shown.append(f"!{piece.start}")
    return shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("{{ a }}", ["[ a ]"]),
        ("<< a >>", ["[ a ]"]),
        ("x {{a}} y <<b>> z", ["x ", "[a]", " y ", "[b]", " z"]),
        ("{{a}}{{b}}", ["[a]", "[b]"]),
        ("{{ {a: {b: 1}} }}", ["[ {a: {b: 1}} ]"]),
        ("{{ {a: {b: 1}}}}", ["[ {a: {b: 1}}]"]),
        ("{{ '}}' ~ \"{{\" }}", ["[ '}}' ~ \"{{\" ]"]),
        (r"{{ 'it\'s }}' }}!", [r"[ 'it\'s }}' ]", "!"]),
        ("<< '>>' >>", ["[ '>>' ]"]),
        ("<< f(a >> b) >>", ["[ f(a >> b) ]"]),
        ("<< {a: {b: 1}} >>", ["[ {a: {b: 1}} ]"]),
        ("{{ a > b }}", ["[ a > b ]"]),
        (r"\{{ a }}", ["{{ a }}"]),
        (r"\<< a >> {{ b }}", ["<< a >> ", "[ b ]"]),
        ("{{ a", ["!0"]),
        ("x {{ a >>", ["x ", "!2"]),
        ("{{ a }} << b", ["[ a ]", " ", "!8"]),
        ("{{ (a }}", ["[ (a ]"]),
        ("{{ it's }}", ["[ it's ]"]),
        ("a < b > c } }", ["a < b > c } }"]),
        ("{{}}", ["[]"]),
        ("", []),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def string(text: str) -> String:
    return String(text, Span(Source("document", f'"{text}"'), 0, len(text) + 2))


def test_one_template_keeps_its_type_and_text_beside_it_makes_a_text() -> None:
    diagnostics = Diagnostics()
    assert isinstance(parse_text(string("{{ a }}"), diagnostics), Name)
    template = parse_text(string("Hello {{ a }}!"), diagnostics)
    assert isinstance(template, Template)
    assert [part.span.text for part in template.parts] == ["Hello ", "a", "!"]
    assert isinstance(parse_text(string(" {{ a }}"), diagnostics), Template)
    plain = parse_text(string("no template"), diagnostics)
    assert isinstance(plain, Constant)
    assert plain.value == "no template"
    assert not diagnostics.found


def test_a_condition_may_be_bare_or_a_template() -> None:
    diagnostics = Diagnostics()
    for text in ("a > 1", "{{ a > 1 }}", " << a > 1 >> "):
        assert isinstance(parse_text(string(text), diagnostics, condition=True), Binary)
    assert not diagnostics.found


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("a {{ b", "expression/unclosed", 4),
        ("a {{ }}", "expression/syntax", 4),
        ("a {{ 1 + }}", "expression/syntax", 9),
        ("{{ b.__class__ }}", "expression/forbidden-name", 7),
    ],
)
def test_complaints_stand_inside_the_template(text: str, code: str, column: int) -> None:
    diagnostics = Diagnostics()
    parse_text(string(text), diagnostics)
    [found] = diagnostics.found
    assert found.span is not None
    assert (found.code, found.span.begins.column) == (code, column)


@pytest.mark.parametrize("text", ["", "  ", "{{ a }} == 'b'", "{{ a }} && {{ b }}", "{{ a", "x {{ a", "a >"])
def test_a_bad_condition_is_one_complaint(text: str) -> None:
    diagnostics = Diagnostics()
    parse_text(string(text), diagnostics, condition=True)
    assert len(diagnostics.found) == 1


def test_escapes_in_the_document_do_not_move_the_place() -> None:
    written = r'"é\n\u00e9 {{ a.__b }}"'
    text = "é\né {{ a.__b }}"
    offsets = (1, 2, 4, *range(10, 10 + len(text) - 3 + 1))
    diagnostics = Diagnostics()
    parse_text(String(text, Span(Source("document", written), 0, len(written)), offsets), diagnostics)
    [found] = diagnostics.found
    assert found.span is not None
    assert found.span.text == "__b"
