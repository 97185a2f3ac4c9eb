"""Secrets in texts: whole, encoded, cut off; and what is left alone."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.diagnostic import Fault
from interpreter.masking import Secrets, masked_by_name

SECRET = "pa$$ wörd/+&42"


@pytest.mark.parametrize(
    "written",
    [SECRET, json.dumps(SECRET), quote(SECRET), quote_plus(SECRET), SECRET.encode().hex(), f"a{SECRET}b{SECRET}"],
)
def test_a_secret_is_hidden_in_every_spelling(written: str) -> None:
    hidden = Secrets([SECRET]).hidden(f"before {written} behind")
    assert hidden.replace("***", "").replace('"', "") in ("before  behind", "before ab behind")


@given(st.binary(max_size=7), st.binary(max_size=7))
def test_a_secret_is_hidden_inside_base64(before: bytes, behind: bytes) -> None:
    whole = before + SECRET.encode() + behind
    for encoded in (b64encode(whole).decode(), urlsafe_b64encode(whole).decode()):
        assert "***" in Secrets([SECRET]).hidden(encoded)


def test_the_beginning_of_a_secret_before_a_cut() -> None:
    assert Secrets([SECRET]).hidden(f'"Bearer {SECRET[:6]}…" and so on') == '"Bearer ***…" and so on'
    assert Secrets([SECRET]).hidden("nothing of it…") == "nothing of it…"


def test_what_is_no_secret_is_left_alone() -> None:
    assert Secrets(["true", "abc", "", None, 7]).hidden("true abc 7") == "true abc 7"
    assert Secrets([{"a": ["inner secret"]}, 73519]).hidden_in({"inner secret": ["x", 73519, 1]}) == {
        "***": ["x", "***", 1]
    }


def test_a_fault_and_what_led_to_it() -> None:
    fault = Fault("run/thrown", f"it is {SECRET}", details={"said": SECRET})
    fault.__cause__ = ValueError(SECRET)
    Secrets([SECRET]).hide_in_fault(fault)
    assert (fault.message, str(fault), fault.details) == ("it is ***", "it is ***", {"said": "***"})
    assert str(fault.__cause__) == "***"


def test_what_stands_under_the_name_of_a_secret() -> None:
    given = {"user": "a", "password": "x", "list": [{"api_key": "y", "n": 1}], "token": None}
    expected = {"user": "a", "password": "***", "list": [{"api_key": "***", "n": 1}], "token": None}
    assert masked_by_name(given) == expected
