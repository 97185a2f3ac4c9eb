"""The doctor finds what is wrong with the background and says what to do, on both kinds of ground."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from interpreter.background.store.schema import NEWEST
from interpreter.background.watch.health import Finding, findings

from .conftest import Place


def found(place: Place, level: str, subject: str) -> list[Finding]:
    return [each for each in findings(place.new_engine()) if (each.level, each.subject) == (level, subject)]


def test_a_workspace_at_work_is_well(place: Place) -> None:
    place.start_worker()
    place.run("echo")
    told = list(findings(place.engine))
    assert {finding.level for finding in told} == {"ok"}, told
    assert {"state folder", "bus", "database", "workers"} <= {finding.subject for finding in told}


def test_what_nobody_looks_after_is_found(place: Place) -> None:
    records = place.engine.records
    place.dispatch("echo", queue="mail")
    (finding,) = found(place, "fail", "workers")
    assert "none lives, and 1 executions are open" in finding.message
    records.database.run("INSERT INTO _timers VALUES (?,'x','delayed')", (time.time() - 60,))
    (finding,) = found(place, "warn", "work")
    assert "1 timers are overdue" in finding.message
    beat = (time.time() + 60, "1.0")
    records.database.run("INSERT INTO _workers VALUES ('w','h',1,2,'default',1.0,?,?)", beat)
    assert 'queue "mail"' in found(place, "fail", "queues")[0].message
    assert "of version 1.0" in found(place, "warn", "workers")[0].message
    assert "clock of w" in found(place, "warn", "clocks")[0].message
    assert all(finding.mend for finding in findings(place.new_engine()) if finding.level != "ok")


def test_tables_of_a_newer_program_fail_and_are_left_alone(embedded: Place) -> None:
    database = embedded.engine.records.database
    database.run(f"PRAGMA user_version = {NEWEST + 1}")
    assert f"version {NEWEST + 1}" in found(embedded, "fail", "database")[0].message
    command = [sys.executable, "-m", "interpreter", "doctor", "-o", "json"]
    ended = subprocess.run(command, cwd=embedded.root, capture_output=True, text=True)
    assert (ended.returncode, json.loads(ended.stdout)["fails"]) == (1, 1), ended.stderr
