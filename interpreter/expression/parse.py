"""The text of a template becomes an Expression, by the grammar in grammar.lark."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from lark import Lark, UnexpectedToken

from interpreter.diagnostic import Diagnostics
from interpreter.expression.build import Builder
from interpreter.expression.templates import Hole, Plain, Unclosed, has_template, split
from interpreter.expression.tokens import MAX_NESTING, Malformed, Place, Token, tokens
from interpreter.source import Span
from interpreter.tree import Constant, Expression, String, Template, children


def parse_text(string: String, diagnostics: Diagnostics, condition: bool = False) -> Expression:
    """A string's expression: a Constant, the one template that it is, or a Template of parts.

    A ``condition`` is one expression, with or without template signs. What cannot be read is reported and
    becomes null, so that the rest is still checked.
    """
    text = string.value
    if not has_template(text):
        return _bare(string, diagnostics) if condition else Constant(text, string.span)
    pieces = list(split(text))
    if condition:
        pieces = _only_template(pieces, string, diagnostics)
    parts = [_piece(piece, string, diagnostics) for piece in pieces]
    if len(pieces) == 1:
        return parts[0]
    return Template(parts, string.span)


def _bare(string: String, diagnostics: Diagnostics) -> Expression:
    if not string.value.strip():
        diagnostics.error("expression/syntax", "the condition is empty; an expression was expected", string.span)
        return Constant(None, string.span)
    return parse_expression(string.value, string.part, diagnostics) or Constant(None, string.span)


def _only_template(
    pieces: list[Plain | Hole | Unclosed], string: String, diagnostics: Diagnostics
) -> list[Plain | Hole | Unclosed]:
    """A condition's one template; text beside it would make the whole a text, which is always true."""
    templates = [piece for piece in pieces if not (isinstance(piece, Plain) and piece.text.isspace())]
    if isinstance(templates[-1], Unclosed):
        return templates[-1:]
    if len(templates) > 1:
        diagnostics.error(
            "expression/syntax",
            "the condition is a text with templates in it, which is always true; one expression was expected",
            string.span,
            "write the whole condition inside one {{ }}",
        )
    return templates


def _piece(piece: Plain | Hole | Unclosed, string: String, diagnostics: Diagnostics) -> Expression:
    match piece:
        case Plain(text=text, start=start, end=end):
            return Constant(text, string.part(start, end))
        case Unclosed(start=start, delimiter=delimiter):
            opening = string.part(start, start + 2)
            closing = "}}" if delimiter == "{{" else ">>"
            diagnostics.error(
                "expression/unclosed",
                f'"{delimiter}" is never closed; "{closing}" was expected',
                opening,
                f"close it, or write \\{delimiter} for the plain text",
            )
            return Constant(None, opening)
        case Hole(start=start, end=end, inner=inner, inner_end=inner_end):

            def place(first: int, last: int) -> Span:
                return string.part(inner + first, inner + last)

            text = string.value[inner:inner_end]
            if not text.strip():
                diagnostics.error("expression/syntax", "the template is empty", string.part(start, end))
                return Constant(None, string.part(start, end))
            return parse_expression(text, place, diagnostics) or Constant(None, string.part(start, end))


def parse_expression(text: str, place: Place, diagnostics: Diagnostics) -> Expression | None:
    """The tree of one expression, or None once what is wrong with it has been reported.

    ``place(start, end)`` gives the span of those characters of ``text``.
    """
    try:
        return read(text, place)
    except Malformed as problem:
        diagnostics.error(problem.code, problem.message, problem.span, problem.hint)
        return None


def read(text: str, place: Place) -> Expression:
    """The tree of one expression; Malformed where it cannot be read."""
    parser = _grammar().parse_interactive()
    feed = parser.feed_token
    fed: list[Token] = []
    result: Any = None
    try:
        for token in tokens(text, place):
            result = feed(token)  # type: ignore[arg-type]  # lark asks only for its type
            fed.append(token)
    except UnexpectedToken as unexpected:
        from interpreter.expression.mends import unexpected_token

        accepted: set[str] = parser.accepts()  # type: ignore[no-untyped-call]
        raise unexpected_token(unexpected.token, accepted, fed) from None
    if len(fed) > MAX_NESTING:
        _check_depth(result)
    tree: Expression = result
    return tree


@cache
def _grammar() -> Lark:
    """The parser; its tables are kept where Python keeps this module's byte code, and trusted as much as that."""
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    byte_code = Path(cache_from_source(__file__))
    tables = False if sys.dont_write_bytecode else str(byte_code.with_suffix(".tables"))
    return Lark(text, parser="lalr", lexer="basic", transformer=Builder(), maybe_placeholders=False, cache=tables)


def _check_depth(tree: Expression) -> None:
    waiting = [(tree, 1)]
    while waiting:
        expression, depth = waiting.pop()
        if depth > MAX_NESTING:
            raise Malformed(
                "expression/too-deep", f"the expression is more than {MAX_NESTING} levels deep", expression.span
            )
        waiting.extend((child, depth + 1) for child in children(expression))
