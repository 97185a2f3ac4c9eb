"""URLs become targets or complaints, and hosts public or private, in every disguise: addresses.json has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interpreter.addresses import is_allowed, is_named, is_surely_private, parse_url

CASES = json.loads(Path(__file__).with_suffix(".json").with_stem("addresses").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["url"])
def test_urls(case: dict[str, Any]) -> None:
    if "wrong" in case:
        with pytest.raises(ValueError) as told:  # noqa: PT011 - the sentence is compared
            parse_url(case["url"])
        assert str(told.value) == case["wrong"]
        return
    target = parse_url(case["url"])
    assert list(target) == case.get("is", list(target))
    assert is_surely_private(target.host) is case["private"]


def test_a_url_of_absurd_length() -> None:
    with pytest.raises(ValueError, match="is 10,019 characters long, and 2,048 are allowed"):
        parse_url("http://example.com/" + "x" * 10_000)


@pytest.mark.parametrize(
    ("url", "hosts", "allowed", "named"),
    [
        ("https://a.example.com/", (), True, False),
        ("https://a.example.com/", ("a.example.com",), True, True),
        ("https://a.example.com/", ("A.Example.com",), True, True),
        ("https://a.example.com/", ("*.example.com",), True, False),
        ("https://example.com/", ("*.example.com",), False, False),
        ("https://a.example.com.evil.org/", ("*.example.com",), False, False),
        ("https://a.example.com/", ("*",), True, False),
        ("http://localhost:8080/", ("localhost",), True, True),
        ("http://localhost:8080/", ("localhost:8080",), True, True),
        ("http://localhost:8081/", ("localhost:8080",), False, False),
        ("http://[::1]:8080/", ("[::1]:8080",), True, True),
        ("http://[::1]:8080/", ("::1",), True, True),
    ],
)
def test_lists_of_hosts(url: str, hosts: tuple[str, ...], allowed: bool, named: bool) -> None:
    target = parse_url(url)
    assert (is_allowed(target, hosts), is_named(target, hosts)) == (allowed, named)
