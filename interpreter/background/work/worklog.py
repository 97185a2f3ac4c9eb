"""What a worker does becomes lines on stderr: a sentence for people, or one JSON object each for machines."""

from __future__ import annotations

import logging
import sys
from json import dumps
from time import time
from typing import Any

from interpreter import tracing
from interpreter.background.store.records import ERROR, RETRYING, TIMEOUT, Job, Outcome
from interpreter.values import Moment

log = logging.getLogger("interpreter.worker")

TEXT, JSON, QUIET = "text", "json", "quiet"


def configure(form: str, worker: str) -> None:
    """Write this process's log, and that of the processes it forks, in one form; quiet: only what went wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson(worker) if form == JSON else _AsText())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(logging.WARNING if form == QUIET else logging.INFO)


def tell(job: Job, state: str, began: float, outcome: Outcome | None = None) -> None:
    """One line about a turn of an execution that is over: ``state`` is what it is in now."""
    level = logging.WARNING if state in (ERROR, TIMEOUT, RETRYING) else logging.INFO
    if log.isEnabledFor(level):
        fields = {
            "execution_id": job.id,
            "function": job.function,
            "state": state,
            "attempt": job.attempt,
            "trace_id": tracing.trace_id(job.traceparent),
            "seconds": round(time() - began, 6),
        }
        if outcome is not None and outcome.error is not None:
            fields.update(error=outcome.error, error_message=outcome.error_message)
        log.log(level, "execution %s", state, extra={"fields": fields})


class _AsJson(logging.Formatter):
    def __init__(self, worker: str) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": str(Moment(record.created)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "logger": record.name,
            "worker": self._worker,
            "process": record.process,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return dumps(line, ensure_ascii=False, default=str)


class _AsText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_shown(value)}" for name, value in getattr(record, "fields", {}).items())
        line = f"{Moment(record.created)} {record.levelname.lower()}: {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _shown(value: Any) -> str:
    written = str(value)
    return dumps(written, ensure_ascii=False) if " " in written or "\n" in written or not written else written
