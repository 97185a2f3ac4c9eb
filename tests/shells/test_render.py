"""Diagnostics as they are drawn: each case of render.json marks a stretch of a text with « and »."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from interpreter.cli.render import Paint, draw, draw_failure, paint_for
from interpreter.diagnostic import WARNING, Diagnostic, Related, Step
from interpreter.source import Source, Span

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("render.json").read_text(encoding="utf-8"))


def marked(text: str, name: str = "a.json") -> Span:
    start, end = text.index("«"), text.index("»") - 1
    return Span(Source(name, text.replace("«", "").replace("»", "")), start, end)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_frame(case: dict[str, Any]) -> None:
    drawn = draw(Diagnostic("load/syntax", "it is wrong", marked(case["text"])), Paint(width=case.get("width", 60)))
    head, *frame = drawn.splitlines()
    assert head == f"a.json:{case['place']}: error[load/syntax]: it is wrong"
    assert frame == case["frame"]


def test_hint_and_related_places() -> None:
    other = Related("the other one stands here", marked("«x»", "b.json"))
    found = Diagnostic("load/syntax", "it is wrong", marked("«x»"), "mend it", WARNING, (other,))
    assert draw(found, Paint()).splitlines()[0] == "a.json:1:1: warning[load/syntax]: it is wrong"
    assert draw(found, Paint()).splitlines()[-2:] == [
        "  = help: mend it",
        "  = note: b.json:1:1: the other one stands here",
    ]


def test_without_a_place() -> None:
    found = Diagnostic("load/syntax", "it is wrong", None, "mend it")
    assert draw(found, Paint()) == "error[load/syntax]: it is wrong\n  = help: mend it"


def test_trail_is_innermost_first() -> None:
    trail = (Step("outer", "custom_function", "o.json", 1, 2), Step("inner", "", "i.json", 3, 4))
    assert draw_failure(Diagnostic("run/missing", "it is not there"), trail, Paint()).splitlines()[1:] == [
        '  in stack "inner"  i.json:3:4',
        '  in stack "outer", node custom_function  o.json:1:2',
    ]


def test_colours_change_nothing_else() -> None:
    import re

    found = Diagnostic("load/syntax", "it is wrong", marked('{"a": «x»}'), "mend it")
    coloured = draw(found, Paint(coloured=True))
    assert coloured != draw(found, Paint())
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == draw(found, Paint())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (io.StringIO(), {}, False),
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "0"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (Terminal(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_when_there_are_colours(stream: io.StringIO, environment: dict[str, str], coloured: bool) -> None:
    assert paint_for(stream, environment).coloured is coloured
