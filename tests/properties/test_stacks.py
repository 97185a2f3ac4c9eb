"""A compiled stack gives what walking its nodes gives, though the walk copies every value and the stack does not."""

from __future__ import annotations

import copy
from typing import Any

from expressions import given as given_data
from hypothesis import given
from outcomes import Outcome, examples, outcome, outcome_of, resolved, written
from stack_oracle import StackOracle
from stacks import Node, stacks

from interpreter.scope import scope_of


def by_oracle(text: str, data: dict[str, Any]) -> Outcome:
    definition = resolved(text)
    assert definition is not None
    names = scope_of(definition).variables
    return outcome(lambda: StackOracle(data, names).run(definition.stack))


@examples(350)
@given(stacks, given_data)
def test_compiled_stacks_agree_with_the_oracle(stack: list[Node], data: dict[str, Any]) -> None:
    text = written(stack)
    before = copy.deepcopy(data)
    found = outcome_of(text, data)
    assert data == before
    if found.kind != "rejected":
        assert found == by_oracle(text, data)
