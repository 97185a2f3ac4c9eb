"""One expression becomes its value, through the whole pipeline: a document of one node, compiled and run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from interpreter import execution, pipeline
from interpreter.settings import Settings
from interpreter.source import Source
from interpreter.workspace import Workspace


def evaluate(
    expression: str,
    given: Mapping[str, Any] | None = None,
    functions: Mapping[str, Any] | None = None,
    strict: bool = False,
) -> Any:
    """The value of an expression whose names are the keys of ``given``.

    ``functions`` are documents of the workspace by their names. Raises Rejected where the expression may not run,
    Fault where it fails.
    """
    return run_value(f"{{{{ {expression} }}}}", given, functions, strict)


def run_value(
    written: Any,
    given: Mapping[str, Any] | None = None,
    functions: Mapping[str, Any] | None = None,
    strict: bool = False,
) -> Any:
    """The value of a JSON value with templates in it, as ``return_value`` gives it."""
    return run_document([{"function": "return_value", "value": written}], given, functions, strict)


def run_document(
    document: Any,
    given: Mapping[str, Any] | None = None,
    functions: Mapping[str, Any] | None = None,
    strict: bool = False,
) -> Any:
    """What a document answers. Raises Rejected, Fault, or Halt."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory())) if functions else Path("/nonexistent")
        for name, function in (functions or {}).items():
            (folder / f"{name}.json").write_text(json.dumps(function), encoding="utf-8")
        workspace = _workspace(folder, strict)
        program = pipeline.compiled(Source("case.json", text), "case.json", workspace)[0]
        return execution.execute(workspace, program, dict(given or {}), env={}).response.body


def _workspace(folder: Path, strict: bool) -> Workspace:
    settings = Settings(state_dir=folder / ".interpreter", strict=strict)
    workspace = Workspace(folder, settings, lambda path: pipeline.describe(path, settings))
    if not folder.exists():
        workspace._found = {}
    return workspace
