"""A damaged document is rejected, or runs, or faults; nothing else comes of it, and never a defect of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from expressions import given as given_data
from expressions import parameters, values
from hypothesis import given
from hypothesis import strategies as st
from outcomes import SCALE, examples, outcome_of, written

from interpreter.spellings import NODE_KEYS, NODE_NAMES
from stacks import stacks

pytestmark = pytest.mark.timeout(120 * max(1, SCALE))

ELSEWHERE = frozenset(
    ("background_task", "async_function_await", "cancel_execution", "wait", "get_system_metrics", "log")
)
"""Nodes that would start the engine, take time, or write to the terminal."""
NODE_WORDS = sorted(word for word, name in NODE_NAMES.items() if name not in ELSEWHERE)
SCRAPS = (
    "",
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
    "{{",
    "}}",
    "<<",
    ">>",
    "'",
    "null",
    "1e999",
    "é",
    "\x00",
    "/*",
    "//",
    "__",
)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str:
    text = written(draw(stacks))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        text = text[:start] + draw(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=3))) + text[end:]
    return text


@examples(150)
@given(damaged_texts(), given_data)
def test_a_damaged_text_is_rejected_or_runs(text: str, data: dict[str, Any]) -> None:
    outcome_of(text, data)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with every key or index in it."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places_in(value[key])


@st.composite
def damaged_documents(draw: st.DrawFn) -> str:
    """A stack in which values of the wrong kind stand, keys are misspelt or gone, and nodes are other nodes."""
    document = json.loads(written(draw(stacks)))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places_in(document))
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        change = draw(st.integers(0, 3))
        if isinstance(container, dict) and change == 0:
            container[draw(st.sampled_from(("name", "value", "operations", "é", "", "condition", "default", "as")))] = (
                container.pop(key)
            )
        elif change == 1:
            container.pop(key)
        else:
            container[key] = draw(st.one_of(values, parameters, st.sampled_from(NODE_WORDS)))
    return written(document)


@examples(150)
@given(damaged_documents(), given_data)
def test_a_damaged_document_is_rejected_or_runs(text: str, data: dict[str, Any]) -> None:
    outcome_of(text, data)


@st.composite
def strange_nodes(draw: st.DrawFn) -> dict[str, Any]:
    """Any node with any of its parameters, whatever stands in them."""
    word = draw(st.sampled_from(NODE_WORDS))
    keys = st.sampled_from(sorted({*NODE_KEYS[NODE_NAMES[word]].values(), "return_as", "function_stack"}))
    inner = st.lists(st.just({"function": "create_variable", "name": "a", "value": "{{ b }}"}), max_size=2)
    given_keys = draw(st.dictionaries(keys, st.one_of(parameters, inner), max_size=4))
    return {"function": word, **given_keys}


@examples(250)
@given(st.lists(strange_nodes(), min_size=1, max_size=3), given_data)
def test_any_node_with_any_parameters_is_rejected_or_runs(stack: list[dict[str, Any]], data: dict[str, Any]) -> None:
    outcome_of(written(stack), data)


@examples(250)
@given(st.one_of(st.text(max_size=40), st.text(alphabet="ab1.'\"|()[]{}<>?:=!&+-*/%~,é \\", max_size=30)), given_data)
def test_any_text_as_an_expression_is_rejected_or_runs(expression: str, data: dict[str, Any]) -> None:
    outcome_of(written([{"function": "return_value", "value": f"{{{{ {expression} }}}}"}]), data)
