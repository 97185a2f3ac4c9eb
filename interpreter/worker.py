"""A workspace becomes a worker: Celery's processes, whose executions the pipeline runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import interpreter.families  # noqa: F401 - fills the catalogues before the processes are forked
from interpreter import execution, pipeline
from interpreter.background.store.records import Job
from interpreter.background.upkeep.scheduling import Schedule
from interpreter.background.watch.exporter import Exporter
from interpreter.background.work.app import worker_main
from interpreter.background.work.journal import Journal, JournaledExecutions
from interpreter.settings import LogForm


def main(
    root: Path,
    *,
    concurrency: int | None = None,
    queues: Sequence[str] | None = None,
    idle_exit: float | None = None,
    log: str | None = None,
    metrics_port: int | None = None,
) -> int:
    """Run background executions until told to stop, or idle for ``idle_exit`` seconds; the exit code.

    ``queues`` absent: every queue. ``log`` instead of the setting. ``metrics_port``: serve metrics there.
    """
    workspace = pipeline.open_workspace(None, root, os.environ)
    settings = workspace.settings if log is None else workspace.settings._replace(log=LogForm(log))

    def execute(job: Job, journal: Journal, executions: JournaledExecutions) -> Any:
        return execution.perform(workspace, job, journal, executions)

    def schedules() -> list[Schedule]:
        workspace.forget()
        return execution.schedules(workspace)

    with ExitStack() as stack:
        if metrics_port is not None:
            stack.callback(Exporter(settings.metrics_host, metrics_port, workspace.root).close)
        return worker_main(
            settings,
            workspace.root,
            execute,
            concurrency=concurrency,
            queues=queues,
            idle_exit=idle_exit,
            schedules=schedules,
        )
