"""A document becomes something to call: prepared once through the pipeline, with no state folder and no workspace."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interpreter import execution, finding, pipeline, tracing
from interpreter.program import Program
from interpreter.run import Foreground, Frame
from interpreter.settings import Settings
from interpreter.source import Source
from interpreter.workspace import Workspace

Stack = list[dict[str, Any]]


class EmptyWorkspace(Workspace):
    """A workspace that has no definitions, and looks for none."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"), Settings(), lambda path: [])
        self._found = {}


def program_of(stack: Stack) -> Program:
    """The first program of a stack, prepared from its text."""
    return pipeline.compiled(Source("bench.json", json.dumps(stack)), "bench.json", EmptyWorkspace())[0]


def runner(stack: Stack, inputs: dict[str, Any]) -> Callable[[], Any]:
    """Runs a prepared stack once within one long run, guards on, as a call of it does; gives its answer's body."""
    program, workspace = program_of(stack), EmptyWorkspace()
    run = Foreground(
        find=finding.finder(workspace),
        executions=execution.LateExecutions(execution.Session(workspace), tracing.begun()),
        limits=workspace.settings._replace(step_budget=10**12),
        deadline=time.monotonic() + 86_400,
    )
    return lambda: Frame(run, program, inputs, 0).run().body
