"""Compiled Python gives what walking the tree gives, whatever the expression and whatever it is given."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from expressions import given as given_data
from expressions import holes, templates
from hypothesis import given
from hypothesis import strategies as st
from oracle import value_of
from outcomes import SCALE, Outcome, examples, outcome, outcome_of, resolved, written

pytestmark = pytest.mark.timeout(120 * max(1, SCALE))


def by_oracle(text: str, data: dict[str, Any]) -> Outcome:
    definition = resolved(text)
    assert definition is not None
    [node] = definition.stack.nodes
    return outcome(lambda: value_of(node.parameters["value"], {**data, "input": data}))


@examples(500)
@given(st.one_of(holes, templates), given_data)
def test_compiled_expressions_agree_with_the_oracle(template: str, data: dict[str, Any]) -> None:
    text = written([{"function": "return_value", "value": template}])
    before = copy.deepcopy(data)
    found = outcome_of(text, data)
    assert data == before
    if found.kind != "rejected":
        assert found == by_oracle(text, data)
