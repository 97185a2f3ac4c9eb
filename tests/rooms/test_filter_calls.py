"""How a filter receives its arguments: converted as declared, or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

import interpreter.families  # noqa: F401 - fills the catalogue
from interpreter.catalog import FILTERS, TESTS
from interpreter.diagnostic import Fault
from interpreter.filters import patterns
from interpreter.filters.call import apply, moment_of
from interpreter.values import MISSING, Missing, Moment


def call(name: str, *arguments: Any, **keywords: Any) -> Any:
    return apply(FILTERS[name], None, arguments, keywords)


@pytest.mark.parametrize(
    ("name", "arguments", "keywords", "result"),
    [
        ("upper", (None,), {}, ""),
        ("upper", (MISSING,), {}, ""),
        ("upper", (1.5,), {}, "1.5"),
        ("upper", (True,), {}, "TRUE"),
        ("repeat", ("ab", "2"), {}, "abab"),
        ("repeat", ("ab", 2.0), {}, "abab"),
        ("round", ("2.5",), {}, 3),
        ("round", (2.345,), {"precision": "2"}, 2.35),
        ("first", (None,), {}, None),
        ("keys", (None,), {}, []),
        ("replace", ("aa", "a", "b"), {"count": 1}, "ba"),
        ("get", ({"a": 1}, "b"), {"default": MISSING}, None),
        ("default", (MISSING, 5), {}, 5),
        ("merge", (None, {"a": 1}), {}, {"a": 1}),
        ("format", ("%(a)s",), {"a": 1}, "1"),
        ("push", ([1], 2, 3), {}, [1, 2, 3]),
        ("where", ([{"a": None}, {"a": 1}], "a", None), {}, [{"a": None}]),
        ("where", ([{"a": None}, {"a": 1}],), {"attribute": "a", "value": 1}, [{"a": 1}]),
    ],
)
def test_arguments_become_what_is_declared(
    name: str, arguments: tuple[Any, ...], keywords: dict[str, Any], result: Any
) -> None:
    assert call(name, *arguments, **keywords) == result


@pytest.mark.parametrize(
    ("name", "arguments", "keywords", "said"),
    [
        ("upper", ([1],), {}, '"upper" takes a text as "value", and [1] is a list'),
        ("repeat", ("a", "many"), {}, '"repeat" takes a whole number as "count", and "many" is a text'),
        ("repeat", ("a", 1.5), {}, '"repeat" takes a whole number as "count", and 1.5 is a number'),
        ("first", (5,), {}, '"first" takes a list or a text as "value", and 5 is a number'),
        ("sort", (5,), {}, '"sort" takes a list as "value", and 5 is a number'),
        ("keys", ("a",), {}, '"keys" takes an object or a list as "value", and "a" is a text'),
        ("reduce", ([1], 5), {}, None),
        ("add_days", ("soon", 1), {}, None),
        ("repeat", ("a",), {}, '"repeat" lacks "count"'),
        ("upper", ("a", "b"), {}, '"upper" takes at most 1 values, not 2'),
        ("repeat", ("a", 1), {"times": 2}, '"repeat": "times" is no argument of it'),
        ("repeat", ("a", 1), {"count": 2}, '"repeat": "count" is given twice'),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, arguments: tuple[Any, ...], keywords: dict[str, Any], said: str | None
) -> None:
    with pytest.raises(Fault) as raised:
        call(name, *arguments, **keywords)
    assert raised.value.code == "run/wrong-type"
    assert said is None or raised.value.message == said


def test_what_python_raises_becomes_a_fault() -> None:
    with pytest.raises(Fault) as raised:
        call("url_parse", "http://[")
    assert raised.value.code == "run/wrong-value"
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(Fault) as raised:
        call("unique", [nested, nested])
    assert raised.value.code == "run/too-large"


def test_a_function_gets_the_item_and_its_index() -> None:
    assert call("pluck", [5, 6], lambda item, index, *_: index) == [0, 1]
    assert call("pluck", [5, 6], lambda item, *_: item + 1) == [6, 7]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("1970-01-02", 86_400), (86_400, 86_400), (1_700_000_000_000, 1_700_000_000), ("1.5", 1.5), (Moment(3), 3)],
)
def test_a_time_may_be_given_in_four_ways(value: Any, seconds: float) -> None:
    moment = moment_of(value)
    assert moment is not None
    assert moment.seconds == seconds


@pytest.mark.parametrize("value", ["soon", True, None, [], 1e300])
def test_what_is_no_time(value: Any) -> None:
    assert moment_of(value) is None


def test_a_test_sees_a_missing_value_as_missing() -> None:
    assert not apply(TESTS["defined"], None, (Missing("a.b"),))
    assert apply(TESTS["defined"], None, (None,))
    assert apply(TESTS["none"], None, (Missing("a.b"),))


@pytest.mark.parametrize("name", ["regex_replace", "regex_count", "regex_match_all", "regex_find_all", "regex_split"])
def test_all_matches_of_a_pattern_have_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MAX_SECONDS", -1.0)
    with pytest.raises(Fault) as raised:
        call(name, "a" * 10, "a.*b|a")
    assert raised.value.code == "run/too-large"
    assert raised.value.message == 'the pattern "a.*b|a" takes too long on a text of 10 characters'
