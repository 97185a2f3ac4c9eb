"""A command becomes a process that outlives the one that started it, and holds a lock as long as it lives."""

from __future__ import annotations

import atexit
import fcntl
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

Process = subprocess.Popen[bytes]

_started: list[Process] = []
"""Kept, so that those that ended before us are reaped when the next one is started."""


@atexit.register
def _let_go() -> None:
    """They outlive us on purpose: Popen need not warn of it."""
    for process in _started:
        process.returncode = process.poll() or 0


def start_once(
    lock_file: Path, command: Sequence[str], log: Path, folder: Path, lock_variable: str = ""
) -> Process | None:
    """Start the command unless a process holds its lock, else None.

    The process inherits the lock's descriptor, so that the lock ends with it, however it ends; ``lock_variable`` is
    the environment variable that tells it which descriptor that is. What it writes goes to ``log``.
    """
    lock = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        environment = {**os.environ, lock_variable: str(lock)} if lock_variable else None
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=environment,
                pass_fds=(lock,),
                start_new_session=True,
            )
    except BlockingIOError:
        return None
    finally:
        os.close(lock)
    _started[:] = [each for each in _started if each.poll() is None]
    _started.append(process)
    return process
