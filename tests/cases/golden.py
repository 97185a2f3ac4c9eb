"""A document becomes what comes of it: its runs as JSON, or the exact text of ``validate``.

``run/<family>/<claim>.json`` has ``<claim>.runs.json`` beside it: a list of runs, each with what is given (name,
inputs, env, strict, mocks, dry) and what came of it (result, response, error or errors; logs where it wrote some).
``reject/`` and ``warn/`` have ``<claim>.txt`` beside a document, or beside a folder of documents that belong together.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from interpreter import execution, finding, pipeline
from interpreter.cli import start
from interpreter.cli.run import print_told
from interpreter.diagnostic import Diagnostics, Fault, Halt, Rejected
from interpreter.rehearsal.reading import mocks_of
from interpreter.source import Source
from interpreter.values import plain_value

HERE = Path(__file__).parent
RUNS = ".runs.json"
GIVEN = ("name", "inputs", "env", "strict", "mocks", "dry")
LIMITS = {"INTERPRETER_STEP_BUDGET": "1000000", "INTERPRETER_TIMEOUT": "60", "NO_COLOR": "1"}

Run = dict[str, Any]


def run_cases(folder: Path = HERE / "run") -> list[Path]:
    """The documents of a folder that have runs beside them, and those that should have; no declarations of tables."""
    found = (path for path in sorted(folder.rglob("*.json")) if not path.name.endswith(RUNS))
    return [path for path in found if path.parent.name != "tables"]


def text_cases(kind: str) -> list[Path]:
    """The documents and folders of ``reject`` or ``warn``."""
    return [path for stage in sorted((HERE / kind).iterdir()) for path in sorted(stage.iterdir()) if _is_case(path)]


def _is_case(path: Path) -> bool:
    return path.suffix in (".json", ".jsonc") or (path.is_dir() and not path.name.startswith((".", "_")))


def runs_beside(document: Path) -> Path:
    return document.with_name(document.name.removesuffix(".json") + RUNS)


def text_beside(case: Path) -> Path:
    return case.with_name(case.stem + ".txt")


@contextmanager
def surroundings(state: Path) -> Iterator[None]:
    """The environment that cases run in: small limits, state in a folder of its own, no colours."""
    before = dict(os.environ)
    os.environ.update(LIMITS, INTERPRETER_STATE_DIR=str(state))
    try:
        with chdir(HERE):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def given_of(runs: list[Run]) -> list[Run]:
    """What the runs are given, without what came of them."""
    return [{key: run[key] for key in GIVEN if key in run} for run in runs]


def perform(document: Path, runs: list[Run]) -> list[Run]:
    """Each run with what came of it."""
    workspace = pipeline.open_workspace(document, None, os.environ)
    return [{**run, **_outcome(workspace, document, run)} for run in runs]


def _outcome(workspace: Any, document: Path, run: Run) -> Run:
    logged = io.StringIO()
    try:
        with redirect_stderr(logged):
            program = finding.find(workspace, str(document))
            strict, env, rehearsed = run.get("strict", False), run.get("env", {}), _rehearsed(workspace, program, run)
            outcome = execution.execute(
                workspace, program, run.get("inputs", {}), env=env, strict=strict, rehearsed=rehearsed
            )
    except Rejected as rejected:
        found: Run = {"errors": [{"code": each.code, "message": each.message} for each in rejected.diagnostics]}
    except (Fault, Halt) as raised:
        found = {"error": _error(raised)}
    else:
        found = _answer(outcome.response)
    return {**found, "logs": logged.getvalue().splitlines()} if logged.getvalue() else found


def _rehearsed(workspace: Any, program: Any, run: Run) -> execution.Rehearsed | None:
    """Its mocks, and whether it is dry: then it tells on stderr, among the logs, what it would do."""
    if not {"mocks", "dry"} & run.keys():
        return None
    source = Source("mocks", json.dumps(run.get("mocks", {})))
    dry = run.get("dry", False)
    return execution.Rehearsed(mocks_of(source, workspace, program, Diagnostics()), dry, print_told if dry else None)


def _answer(response: Any) -> Run:
    body = plain_value(response.body)
    if response.status == 200 and not response.headers:
        return {"result": body}
    return {"response": {"status": response.status, "headers": response.headers, "body": body}}


def _error(raised: Fault | Halt) -> Run:
    line, column = raised.span.begins if raised.span else (None, None)
    return {"code": raised.code, "message": raised.message, "line": line, "column": column}


def validated(case: Path) -> tuple[int, str]:
    """The exit code of ``interpreter validate`` for a document or folder, and all that it writes."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(printed), redirect_stderr(printed):
        code = start(["validate", str(case.relative_to(HERE))])
        printed.flush()
    return code, printed.buffer.getvalue().decode()  # type: ignore[attr-defined]


def written(runs: list[Run]) -> str:
    """Runs as the text of their file: a run on one line where it is short, else a line for each of its keys."""
    return "[\n" + ",\n".join(map(_written, runs)) + "\n]\n"


def _written(run: Run) -> str:
    parts = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in run.items()]
    between = ", " if sum(map(len, parts)) <= 140 else ",\n   "
    return "  {" + between.join(parts) + "}"
