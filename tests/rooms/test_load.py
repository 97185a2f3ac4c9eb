"""Loading: the table of load.json (texts, and their values or complaints), then places, limits and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interpreter.diagnostic import Diagnostics
from interpreter.load import decode, load, read_source
from interpreter.load.cursor import MAX_DEPTH
from interpreter.source import Source
from interpreter.tree import Array, Object, String, Value, plain

TABLE: dict[str, list[Any]] = json.loads(Path(__file__).with_name("load.json").read_text(encoding="utf-8"))


def read(text: str, **limits: int) -> tuple[list[Value], Diagnostics]:
    diagnostics = Diagnostics()
    return load(Source("document.json", text), diagnostics, **limits), diagnostics


def complaints(diagnostics: Diagnostics) -> list[str]:
    return [f"{each.span and tuple(each.span.begins)} {each.code}: {each.message}" for each in diagnostics.found]


@pytest.mark.parametrize(("text", "values"), TABLE["accepted"])
def test_accepted(text: str, values: list[Any]) -> None:
    found, diagnostics = read(text)
    assert complaints(diagnostics) == []
    assert [plain(value) for value in found] == values


@pytest.mark.parametrize(("text", "expected"), TABLE["rejected"])
def test_rejected(text: str, expected: list[str]) -> None:
    _, diagnostics = read(text)
    shown = [f"{line}:{column} {each.code}: {each.message}" for each in diagnostics.found for line, column in [each.span.begins]]  # type: ignore[union-attr]  # fmt: skip  # noqa: E501
    assert shown == expected


def test_every_value_keeps_its_place() -> None:
    text = '// a comment\r\n{\r\n  "key" : [1, "two", null],\r\n  "é": true }'
    (found,), _ = read(text)
    assert isinstance(found, Object)
    array = found.get("key")
    assert isinstance(array, Array)
    assert found.span.begins == (2, 1)
    assert [member.key.span.text for member in found] == ['"key"', '"é"']
    assert [(item.span.text, item.span.begins) for item in array.items] == [
        ("1", (3, 12)),
        ('"two"', (3, 15)),
        ("null", (3, 22)),
    ]


def test_characters_after_an_escape_keep_their_places() -> None:
    text = r'["a\n\u00e9\ud83d\ude00{{ x }}"]'
    (found,), _ = read(text)
    assert isinstance(found, Array)
    string = found.items[0]
    assert isinstance(string, String)
    assert string.value == "a\né😀{{ x }}"
    assert string.part(4, 11).text == "{{ x }}"
    assert [string.part(at, at + 1).text for at in range(4)] == ["a", r"\n", r"\u00e9", r"\ud83d\ude00"]
    assert string.part(len(string.value), len(string.value)).start == text.rindex('"')


def test_a_string_without_escapes_needs_no_map() -> None:
    (found,), _ = read('"a {{ b }}"')
    assert isinstance(found, String)
    assert found.offsets is None
    assert found.part(2, 9).text == "{{ b }}"


@pytest.mark.parametrize("opener", ["[", '{"a":', '[{"a":'])
def test_nesting_has_a_limit_and_no_recursion_error(opener: str) -> None:
    _, diagnostics = read(opener * 50_000)
    assert [each.code for each in diagnostics.found] == ["load/too-deep"]


def test_as_deep_as_allowed() -> None:
    _, diagnostics = read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert complaints(diagnostics) == []


def test_a_text_of_nothing_but_mistakes_is_given_up() -> None:
    _, diagnostics = read("[" + "@, " * 1000 + "]")
    assert len(diagnostics.found) == 20


def test_too_large_counts_bytes() -> None:
    _, diagnostics = read('["ééé"]', max_bytes=9)
    assert [each.code for each in diagnostics.found] == ["load/too-large"]
    assert diagnostics.found[0].message == '"document.json" has 10 bytes; at most 9 are read'
    assert read('["ééé"]', max_bytes=10)[1].found == []


def test_duplicate_key_names_both_places() -> None:
    _, diagnostics = read('{"a": 1,\n "a": 2}')
    (found,) = diagnostics.found
    assert found.span is not None
    assert found.span.begins == (2, 2)
    assert [note.span.begins for note in found.related] == [(1, 2)]


def test_a_bracket_of_the_wrong_kind_names_both_places() -> None:
    _, diagnostics = read('[\n {"a": 1,\n "b": 2 ]')
    (found,) = diagnostics.found
    assert found.span is not None
    assert found.span.begins == (2, 2)
    assert [note.span.begins for note in found.related] == [(3, 9)]


# --- files --------------------------------------------------------------------------------------------


def test_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\xef\xbb\xbf[1]")
    source = read_source(file, Diagnostics(), shown_name="shown/a.json")
    assert source is not None
    assert (source.name, source.text) == ("shown/a.json", "[1]")


def test_file_that_is_not_text() -> None:
    diagnostics = Diagnostics()
    assert decode(b'["a",\n "\xff"]', "a.json", diagnostics) is None
    (found,) = diagnostics.found
    assert (found.code, found.message) == ("load/not-text", 'the byte 0xff in "a.json" is not UTF-8 text')
    assert found.span is not None
    assert found.span.begins == (2, 3)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    diagnostics = Diagnostics()
    assert read_source(tmp_path / "none.json", diagnostics, shown_name="none.json") is None
    assert complaints(diagnostics) == ['None load/unreadable: "none.json" cannot be read: no such file or directory']


def test_file_that_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("[1, 2, 3]")
    diagnostics = Diagnostics()
    assert read_source(file, diagnostics, max_bytes=5, shown_name="a.json") is None
    assert complaints(diagnostics) == ['None load/too-large: "a.json" has 9 bytes; at most 5 are read']
