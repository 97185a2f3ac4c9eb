"""A disk of four megabytes fills up while executions are dispatched: ``full_disk.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from engines.conftest import FAST, Place

from interpreter.diagnostic import Fault

place = Place(Path(sys.argv[1]), FAST)
try:
    taken = [place.dispatch("echo", {"first": True})]
    filler = place.root / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    faults: list[Fault] = []
    for number in range(200):
        try:
            taken.append(place.dispatch("echo", {"number": number, "text": "x" * 1000}))
        except Fault as fault:
            faults.append(fault)
    assert faults, "nothing was refused"
    assert {fault.code for fault in faults} == {"background/database-unavailable"}
    assert "full" in faults[-1].message, faults[-1].message
    filler.unlink()
    taken.append(place.dispatch("echo", {"last": True}))
    place.start_worker(2)
    states = [record["state"] for record in place.engine.wait(taken, 30)]
    assert states == ["completed"] * len(taken), states
    assert place.engine.records.database.run("PRAGMA integrity_check") == [("ok",)]
    print(f"{len(taken)} taken, {len(faults)} refused: {faults[-1].message}")
finally:
    place.close()
