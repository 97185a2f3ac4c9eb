"""What a run says of its progress becomes few words: at most so often, and always the last."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PROGRESS_SECONDS = 0.1
"""Between two words of set_progress that are passed on."""


class Progress:
    """How far a run is, passed on at most so often, and its last word always."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        self._write = write
        self._written_at = -PROGRESS_SECONDS
        self._kept_back: dict[str, Any] | None = None

    def tell(self, told: dict[str, Any]) -> None:
        self._kept_back = told
        if time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            self.finish()

    def finish(self) -> None:
        """Pass on what was kept back."""
        told, self._kept_back = self._kept_back, None
        if told is not None:
            self._write(told)
            self._written_at = time.monotonic()
