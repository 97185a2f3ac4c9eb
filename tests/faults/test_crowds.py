"""Many executions wait at once: none of them holds a slot, and one process ends them all."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from engines.conftest import Place, until

CHILDREN = 1000 if os.environ.get("LONG_FAULTS") else 200


@pytest.mark.timeout(240)
def test_a_thousand_children_and_grandchildren_wait_at_once_and_hold_no_slot(place: Place) -> None:
    """On one slot. All of them wait for one execution, which is delayed until it is told to run."""
    place.start_worker(1)
    gate = place.dispatch("echo", delay=3600)
    parent = place.dispatch("generations", {"gate": gate, "sizes": [CHILDREN, 1]})
    all_of_them = 1 + 2 * CHILDREN
    until(lambda: place.engine.records.count(("waiting",)) == all_of_them, patience=90)
    assert place.engine.records.count(("running", "queued")) == 0
    assert place.run("echo", {"the slot": "is free"})["state"] == "completed"
    place.engine.retry(gate)
    record = place.engine.wait([parent], 90)[0]
    assert (record["state"], record["output"], record["attempt"]) == ("completed", CHILDREN, 1)
    of_each = Counter(
        (row["state"], row["attempt"]) for row in place.engine.newest(function="generations", limit=all_of_them + 1)
    )
    assert of_each == {("completed", 1): all_of_them}
