"""A workspace without a worker becomes one with one: started by who needs it, gone by itself when idle.

The worker inherits the descriptor of ``worker.lock``, so the lock is held exactly as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from interpreter.background.records import Records
from interpreter.settings import Settings

IDLE_SECONDS = 30
"""How long an automatic worker stays without work."""
LOCK_VARIABLE = "INTERPRETER_WORKER_LOCK"
"""Names the inherited lock's descriptor to the worker that was started by itself."""


def ensure_worker(records: Records, settings: Settings, root: Path) -> bool:
    """Start a worker for the workspace unless one lives or is being started; whether this call started it."""
    alive = records.database.run(
        "SELECT 1 FROM workers WHERE beat_at>? LIMIT 1", (time.time() - settings.worker_lost_after,)
    )
    if alive:
        return False
    lock = os.open(settings.state_dir / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        with (settings.state_dir / "worker.log").open("ab") as log:
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "interpreter",
                    "worker",
                    "--workspace",
                    str(root),
                    "--idle-exit",
                    str(IDLE_SECONDS),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=root,
                env={**os.environ, LOCK_VARIABLE: str(lock)},
                pass_fds=(lock,),
                start_new_session=True,
            )
        return True
    finally:
        os.close(lock)
