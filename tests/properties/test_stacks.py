"""A compiled stack gives what walking its nodes gives, though the walk copies every value and the stack does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from expressions import given as given_data
from hypothesis import example, given
from outcomes import SCALE, Outcome, examples, outcome, outcome_of, resolved, written
from stack_oracle import StackOracle

from interpreter.scope import scope_of
from stacks import ANSWER, Node, stacks

pytestmark = pytest.mark.timeout(120 * max(1, SCALE))


def by_oracle(text: str, data: dict[str, Any]) -> Outcome:
    definition = resolved(text)
    assert definition is not None
    names = scope_of(definition).variables
    return outcome(lambda: StackOracle(data, names).run(definition.stack))


@examples(180)
@given(stacks, given_data)
@example(  # an object that the variable owns is no list to append to
    [
        {"function": "update_variable", "name": "obj.a", "operation": "set", "value": 1},
        {"function": "update_variable", "name": "obj", "operation": "append", "value": 1},
        ANSWER,
    ],
    {},
)
def test_compiled_stacks_agree_with_the_oracle(stack: list[Node], data: dict[str, Any]) -> None:
    text = written(stack)
    before = copy.deepcopy(data)
    found = outcome_of(text, data)
    assert data == before
    if found.kind != "rejected":
        assert found == by_oracle(text, data)
