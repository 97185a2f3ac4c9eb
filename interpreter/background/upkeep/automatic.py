"""A workspace without a worker becomes one with one: started by who needs it, gone by itself when idle.

The worker inherits the descriptor of ``worker.lock``, so the lock is held exactly as long as it lives.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from interpreter.background.bus.detached import Process, start_once
from interpreter.background.store.records import Records
from interpreter.settings import Settings

LOCK_VARIABLE = "STACK_WORKER_LOCK"
"""Names the inherited lock's descriptor to the worker that was started by itself."""


def ensure_worker(records: Records, settings: Settings, root: Path) -> Process | None:
    """Start a worker for the workspace unless one lives or is being started; the process that this call started."""
    alive = records.database.run(
        "SELECT 1 FROM _workers WHERE beat_at>? LIMIT 1", (time.time() - settings.worker_lost_after,)
    )
    if alive:
        return None
    command = [sys.executable, "-m", "interpreter", "worker", "--workspace", str(root)]
    command += ["--idle-exit", str(settings.worker_idle), "--log", "quiet"]
    state = settings.state_dir
    return start_once(state / "worker.lock", command, state / "worker.log", root, LOCK_VARIABLE)
