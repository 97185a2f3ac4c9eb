"""Bus or database are away for a while, or full: a caller knows at once, and nothing that was taken is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from engines.conftest import LENIENCE, Place, Postgresql

from interpreter import database
from interpreter.diagnostic import Fault

from .chaos import settled


def test_five_hundred_dispatches_without_a_bus_are_quick_and_all_run_when_it_is_back(unlucky: Place) -> None:
    unlucky.run_until_ready()
    with unlucky.server.away():
        took = [_timed(lambda: unlucky.dispatch("echo")) for _ in range(500)]
    assert max(took) < 0.5 * LENIENCE
    ids = [record["execution_id"] for record in unlucky.engine.newest(function="echo", limit=501)]
    assert len(ids) == 501
    settled(unlucky, ids, 60)
    assert {record["state"] for record in unlucky.engine.look(ids)} == {"completed"}


def _timed(act: object) -> float:
    began = time.monotonic()
    act()  # type: ignore[operator]
    return time.monotonic() - began


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "killed"])
def test_postgresql_is_restarted_under_load(
    unlucky_on_postgresql: Place, postgresql_server: Postgresql, how: signal.Signals
) -> None:
    place = unlucky_on_postgresql
    place.engine.records.database.run("CREATE TABLE effects (execution TEXT, number INTEGER)")
    place.start_worker(2)
    taken: list[str] = []
    told: set[str] = set()
    over = threading.Event()

    def go_on_dispatching() -> None:
        engine = place.new_engine()
        while not over.is_set():
            try:
                taken.append(engine.dispatch("five_effects", {"pause": 0.001}, {}))
            except Fault as fault:
                told.add(fault.code)
            time.sleep(0.005)
        engine.close()

    callers = threading.Thread(target=go_on_dispatching)
    callers.start()
    for _ in range(3):
        time.sleep(0.5)
        postgresql_server.stop(how)
        time.sleep(0.2)
        postgresql_server.start()
    over.set()
    callers.join()

    assert told == {"background/database-unavailable"}
    settled(place, taken, 60)
    assert {record["state"] for record in place.engine.look(taken)} == {"completed"}
    effects = place.engine.records.database.run("SELECT execution, count(*) FROM effects GROUP BY execution")
    acknowledged = set(taken)
    assert {row for row in effects if row[0] in acknowledged} == {(execution_id, 5) for execution_id in taken}


STANDS_STILL = """
import os, pathlib, signal, sys
from interpreter import database
database.STOPPED_SECONDS = 1
found = database.Database(sys.argv[1] or None, pathlib.Path(sys.argv[2]))
with found.transaction():
    found.run("UPDATE _executions SET priority=priority")
    print("held", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_process_that_stands_still_in_a_transaction_harms_no_record(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends the transaction after a while; SQLite's lock is held as long as the process lives."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.3)
    taken = place.dispatch("echo")
    place.engine.close()
    place.engine = place.new_engine()
    folder = str(place.settings.state_dir)
    with subprocess.Popen(
        [sys.executable, "-c", STANDS_STILL, place.settings.database_url or "", folder], stdout=subprocess.PIPE
    ) as still:
        try:
            assert still.stdout
            assert still.stdout.readline() == b"held\n"
            if place.engine.records.database.is_sqlite:
                with pytest.raises(Fault) as told:
                    place.dispatch("echo")
                assert told.value.code == "background/database-unavailable"
            else:
                place.start_worker(1)
                assert place.finish(taken)["state"] == "completed"
        finally:
            still.kill()
    assert place.state(taken) in ("queued", "completed")
    assert place.dispatch("echo")
    place.start_worker(1)
    assert place.finish(taken)["attempt"] == 1


def test_a_full_disk_is_told_to_the_caller_and_loses_nothing(tmp_path: Path) -> None:
    """In a namespace of its own, where a small disk can be mounted."""
    alone = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
    mount = f'mount -t tmpfs -o size=4m none "{tmp_path}"'
    try:
        subprocess.run([*alone, "sh", "-c", mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    story = Path(__file__).with_name("full_disk.py")
    told = subprocess.run(
        [*alone, "sh", "-c", f'{mount} && exec "{sys.executable}" "{story}" "{tmp_path}"'],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert told.returncode == 0, told.stdout + told.stderr
