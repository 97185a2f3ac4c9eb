"""Values that are kept as text: each comes back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.diagnostic import Fault
from interpreter.values import Missing, Moment, alone, beside, pack, put_beside, unpack

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(
    ["\x01moment", "\x01missing", "\x01"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
MOMENTS = st.integers(-(2**60), 2**60).map(lambda at: Moment(microseconds=at))
VALUES = st.recursive(
    SCALARS | MOMENTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert shown(unpack(pack(value))) == shown(value)
    assert shown(unpack(pack(value).encode())) == shown(value)


def shown(value: Any) -> str:
    """Moments equal their texts, and True equals 1: what is compared is how they are written in Python."""
    return repr(value)


def test_a_missing_value_keeps_its_path() -> None:
    back = unpack(pack({"user": Missing("input.user")}))
    assert back["user"].path == "input.user"


@pytest.mark.parametrize("value", [{"a": 1, "\x01beside": 2}, [1, {}], "text", None], ids=repr)
def test_what_stands_beside_a_value_comes_back_too(value: Any) -> None:
    around = {"status_code": 200, "headers": {"\x01value": "x"}}
    back = unpack(pack(put_beside(value, around)))
    assert beside(back) == around
    assert alone(back) == value


def test_what_cannot_be_kept() -> None:
    with pytest.raises(TypeError, match="set is no JSON value"):
        pack({"a": {1}})
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        pack(deep)
    wide: list[Any] = ["text"]
    for _ in range(100):
        wide = [wide, wide]
    with pytest.raises(Fault, match="would be written"):
        pack(wide)
