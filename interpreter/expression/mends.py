"""A token that cannot stand where it stands becomes a sentence in the author's words, with its mend."""

from __future__ import annotations

from interpreter.expression.tokens import Malformed, Token

_BEGIN_VALUES = frozenset(("NAME", "NUMBER", "STRING", "CONSTANT"))
_VALUE = frozenset(("NAME", "NUMBER", "STRING"))
_SHOWN = {
    "RPAR": '")"',
    "RSQB": '"]"',
    "RBRACE": '"}"',
    "COLON": '":"',
    "COMMA": '","',
    "BINARY": "an operator",
    "$END": "the end of the expression",
}
_STATEMENTS = frozenset(("let", "var", "const", "set", "for", "if", "return", "endif", "endfor", "function", "await"))


def unexpected_token(token: Token, accepted: set[str], before: list[Token]) -> Malformed:
    """``accepted`` are the token types that could stand there, ``before`` what was read."""
    message = f'"{_shown(token)}" stands where {_expected(accepted)} was expected'
    span = token.span
    if token.type == "$END":
        span = before[-1].span
        message = f'the expression ends after "{_shown(before[-1])}"; {_expected(accepted)} was expected'
    return Malformed("expression/syntax", message, span, _mend(token, accepted, before))


def _shown(token: Token) -> str:
    written = token.span.text or token.value
    return written if len(written) <= 30 else written[:29] + "…"


def _expected(accepted: set[str]) -> str:
    if {"NAME", "RBRACE"} <= accepted and "SIGN" not in accepted:
        return "a key"
    if accepted >= _VALUE:
        return "a value"
    if accepted == {"NAME"}:
        return "a name"
    shown = [words for kind, words in _SHOWN.items() if kind in accepted]
    if len(shown) > 1:
        return f"{', '.join(shown[:-1])} or {shown[-1]}"
    return shown[0] if shown else "something else"


def _mend(token: Token, accepted: set[str], before: list[Token]) -> str | None:
    last = before[-1] if before else None
    words = {each.value for each in (token, last) if each}
    if token.type == "EQUAL":
        return 'did you mean "=="?'
    if token.type == "$END" and last and last.value == "-":
        return "write {{ … }} without the minus signs: nothing round a template is trimmed"
    if "new" in words:
        return "nothing is made with new here: use now, or a filter such as to_date"
    if (before or [token])[0].value in _STATEMENTS:
        return "a template holds an expression; statements are nodes of the stack"
    if last and last.type == "LBRACE" and token.value == "%":
        return "statements such as {% if %} belong into template_engine"
    if _follows_filter(before) and token.type in ("ATTRIBUTE", "LSQB", "OPTIONAL_INDEX"):
        reading = token.value if token.type == "ATTRIBUTE" else token.value + "…]"
        return f"put brackets round the filter: (value|{_filter_name(before)}){reading}"
    if token.type in ("$END", "RPAR", "COMMA") and "COLON" in accepted and _has_question(before):
        return "the conditional needs both: a ? b : c; a colon directly behind a filter's name begins its arguments"
    if token.type == "RBRACE" and accepted == {"COLON"}:
        return "an object's entry needs a key and a value: {name: name}"
    if token.type == "COLON" and accepted == {"RSQB"}:
        return "a slice has a start and an end, and no step"
    if last and (last.value, token.value) == ("<", ">"):
        return 'did you mean "!="?'
    if last and token.type in _BEGIN_VALUES and last.type in _BEGIN_VALUES:
        return _between(token, last, accepted)
    return None


def _between(token: Token, last: Token, accepted: set[str]) -> str:
    if "COLON" in accepted and "BINARY" not in accepted:
        return 'put ":" between the key and its value'
    if "COMMA" in accepted:
        return 'put "," between them'
    if "STRING" in (token.type, last.type):
        return "put + between them to join them"
    return "put an operator between them"


def _follows_filter(before: list[Token]) -> bool:
    return bool(before) and _filter_name(before) != ""


def _filter_name(before: list[Token]) -> str:
    """The name of the filter that has just ended, with or without arguments; empty where none has."""
    kinds = [token.type for token in before]
    end = len(before) - 1
    if kinds[end] == "RPAR":
        depth = 0
        while end >= 0:
            depth += (kinds[end] == "RPAR") - (kinds[end] == "LPAR")
            end -= 1
            if depth == 0:
                break
    if end >= 1 and kinds[end] == "NAME" and kinds[end - 1] == "PIPE":
        return before[end].value + ("(…)" if end < len(before) - 1 else "")
    return ""


def _has_question(before: list[Token]) -> bool:
    return any(token.type == "QUESTION" for token in before)
