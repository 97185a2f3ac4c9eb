"""What ended long ago goes with all that was recorded of it; what is open stays, and what its parent may ask for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as some

from interpreter.background.store import schema
from interpreter.background.store.ids import earliest_id
from interpreter.background.store.prune import Rule, prune, prune_some, rules
from interpreter.background.store.records import ENDED, Bell, Records
from interpreter.database import Database

from .conftest import Place

BEGAN = 1_700_000_000.0
STATES = (*ENDED, "queued", "running", "waiting", "delayed", "retrying")
PARTS = {"_steps": "execution_id", "_turns": "execution_id", "_timers": "id", "_waits": "child"}


class Life(NamedTuple):
    """One execution: the number of the one that dispatched it, its state, and when it ended after it began."""

    parent: int | None
    state: str
    lasted: float


lives = some.lists(
    some.builds(
        Life, some.none() | some.integers(0, 20), some.sampled_from(STATES), some.sampled_from((0.5, 3.0, 50.0))
    ),
    max_size=25,
)
cases = some.builds(
    Rule,
    some.sets(some.sampled_from(ENDED), min_size=1).map(sorted),
    some.integers(0, 40).map(lambda seconds: BEGAN + seconds),
    some.sampled_from((0, 0, 1, 3)),
)


def written(database: Database, told: list[Life]) -> list[str]:
    records = Records(database)
    ids: list[str] = []
    for number, life in enumerate(told):
        execution_id = earliest_id(BEGAN + number)
        parent = None if life.parent is None or life.parent >= number else (ids[life.parent], number, ids[life.parent])
        records.insert(Bell(execution_id, "default", 5, None), "function", "f", "{}", None, parent=parent)
        ended = BEGAN + number + life.lasted if life.state in ENDED else None
        database.run("UPDATE _executions SET state=?, completed_at=? WHERE id=?", (life.state, ended, execution_id))
        database.run("INSERT INTO _steps VALUES (?,0,'a','b','1',NULL,1.0)", (execution_id,))
        database.run(
            "INSERT INTO _turns (execution_id, claimed_at, ended_at, attempt, ending) VALUES (?,1.0,2.0,1,'failed')",
            (execution_id,),
        )
        database.run("INSERT INTO _timers VALUES (1.0,?,'waiting')", (execution_id,))
        database.run("INSERT INTO _waits VALUES (?,'parent')", (execution_id,))
        ids.append(execution_id)
    return ids


def expected(told: list[Life], rule: Rule) -> set[int]:
    """The model: which numbers go."""
    of_states = [number for number, life in enumerate(told) if life.state in rule.states]
    kept = set(of_states[-rule.keep :]) if rule.keep else set()
    return {
        number
        for number in of_states
        if number not in kept
        and BEGAN + number + told[number].lasted < rule.before
        and not ((parent := told[number].parent) is not None and parent < number and told[parent].state not in ENDED)
    }


@settings(max_examples=60, deadline=None)
@given(lives, cases)
def test_exactly_what_the_rule_lets_go_goes(told: list[Life], rule: Rule) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(None, Path(folder))
        schema.prepare(database)
        ids = written(database, told)
        going = {ids[number] for number in expected(told, rule)}
        assert sum(prune(database, rule, dry_run=True).values()) == len(going)
        assert sum(prune(database, rule).values()) == len(going)
        assert {row[0] for row in database.run("SELECT id FROM _executions")} == set(ids) - going
        for table, column in PARTS.items():
            assert {row[0] for row in database.run(f"SELECT {column} FROM {table}")} == set(ids) - going
        database.close()


def test_settings_prune_in_batches_on_both_kinds_of_ground(place: Place) -> None:
    database = place.engine.records.database
    told = [Life(None, state, 1.0) for state in STATES]
    ids = written(database, told)
    assert not prune_some(database, rules(0, 0, BEGAN * 2))
    assert len(database.run("SELECT id FROM _executions")) == len(ids)
    prune_some(database, rules(30, 0, BEGAN * 2))
    left = {row[0] for row in database.run("SELECT state FROM _executions")}
    assert left == set(STATES) - {"completed"}
    prune_some(database, rules(30, 90, BEGAN * 2))
    left = {row[0] for row in database.run("SELECT state FROM _executions")}
    assert left == set(STATES) - set(ENDED)


def test_a_document_goes_when_a_newer_one_replaced_it_and_no_run_needs_it(place: Place) -> None:
    database = place.engine.records.database
    for number, (name, path) in enumerate((("old", "a"), ("needed", "a"), ("newest", "a"), ("lone", "b"))):
        database.run("INSERT INTO _documents VALUES (?,?,'[]',?)", (name, path, BEGAN + number))
    database.run("""INSERT INTO _steps VALUES ('x',0,'','document of f','"needed"',NULL,1.0)""")
    prune(database, Rule(ENDED, BEGAN + 100))
    assert {row[0] for row in database.run("SELECT hash FROM _documents")} == {"needed", "newest", "lone"}
