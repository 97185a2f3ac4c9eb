"""A workspace becomes a worker: Celery's processes, whose executions the pipeline runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import interpreter.families  # noqa: F401 - fills the catalogues before the processes are forked
from interpreter import execution, pipeline
from interpreter.background.app import worker_main
from interpreter.background.journal import Journal, JournaledExecutions
from interpreter.background.records import Job
from interpreter.background.scheduling import Schedule


def main(
    root: Path,
    *,
    concurrency: int | None = None,
    queues: Sequence[str] | None = None,
    idle_exit: float | None = None,
) -> int:
    """Run background executions until told to stop, or idle for ``idle_exit`` seconds; the exit code.

    ``queues`` absent: every queue.
    """
    workspace = pipeline.open_workspace(None, root, os.environ)

    def execute(job: Job, journal: Journal, executions: JournaledExecutions) -> Any:
        return execution.perform(workspace, job, journal, executions)

    def schedules() -> list[Schedule]:
        workspace.forget()
        return execution.schedules(workspace)

    return worker_main(
        workspace.settings,
        workspace.root,
        execute,
        concurrency=concurrency,
        queues=queues,
        idle_exit=idle_exit,
        schedules=schedules,
    )
