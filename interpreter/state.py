"""A path becomes the state folder: where the database, the bus and prepared programs live."""

from __future__ import annotations

import os
from pathlib import Path

from interpreter.diagnostic import Fault


def prepare_state(state: Path) -> Path:
    """The state folder, made if need be, readable by its owner only."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(state, os.W_OK | os.X_OK):
            raise PermissionError(13, "permission denied")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Fault("workspace/state-unwritable", f'the state folder "{state}" cannot be written: {reason}') from error
    return state.resolve()
