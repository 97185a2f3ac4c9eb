"""Bad luck for eight seconds, or for a minute in ``make faults``: nothing lost, nothing twice."""

from __future__ import annotations

import os
import time

import pytest
from engines.conftest import LENIENCE, Place

from .chaos import Chaos, settled

SECONDS = 60.0 if os.environ.get("LONG_FAULTS") else 8.0
EXECUTIONS = int(2000 * min(1.0, SECONDS / 60))
ACTIONS = 5
PAUSE = 0.004
"""Seconds of work before each action."""
SETTLED_WITHIN = 15.0 if SECONDS >= 60 else 60.0
"""Seconds; the long run is for a machine that has nothing else to do."""


@pytest.mark.parametrize("seed", [1] if SECONDS < 60 else [1, 2])
@pytest.mark.timeout(SECONDS + 240)
def test_every_execution_ends_and_each_effect_happens_once(unlucky: Place, seed: int) -> None:
    database = unlucky.engine.records.database
    database.run("CREATE TABLE effects (execution TEXT, number INTEGER)")
    chaos = Chaos(unlucky, seed, longest=SECONDS / 3)
    ids: list[str] = []
    longest = 0.0
    began = time.monotonic()
    while (passed := time.monotonic() - began) < SECONDS:
        while len(ids) < EXECUTIONS * min(1.0, passed / SECONDS * 1.2):
            asked = time.monotonic()
            ids.append(unlucky.dispatch("five_effects", {"pause": PAUSE}))
            longest = max(longest, time.monotonic() - asked)
        chaos.strike()
        time.sleep(0.4)
    chaos.mend(everything=True)
    ids += [unlucky.dispatch("five_effects", {"pause": PAUSE}) for _ in range(EXECUTIONS - len(ids))]
    took = settled(unlucky, ids, 120, meanwhile=chaos.mend)  # a worker told to stop may end only now
    print(
        f"{len(ids)} executions, {len(chaos.done)} faults, settled after {took:.1f} s, slowest dispatch {longest:.2f} s"
    )

    records = unlucky.engine.look(ids)
    assert {record["state"] for record in records} == {"completed"}, [
        record for record in records if record["state"] != "completed"
    ][:3]
    effects = database.run("SELECT execution, count(*), count(DISTINCT number) FROM effects GROUP BY execution")
    assert sorted(effects) == sorted((execution_id, ACTIONS, ACTIONS) for execution_id in ids)
    assert longest < 1.5 * LENIENCE, "a dispatch has waited for a dead bus"
    assert took < SETTLED_WITHIN
