"""The places of the engine's tests, and stacks run in them, here and by a worker; services to be called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engines.conftest import (
    Place,
    embedded,
    place,
    postgresql,
    postgresql_server,
    redis_server,
    unlucky,
    unlucky_on_postgresql,
)

from interpreter import execution, finding, pipeline
from interpreter.values import plain_value

from .service import Service, serving

__all__ = ["embedded", "place", "postgresql", "postgresql_server", "redis_server", "unlucky", "unlucky_on_postgresql"]

Stack = list[dict[str, Any]]
RunStack = Callable[..., Any]


@pytest.fixture(params=["foreground", "background"])
def run_stack(request: pytest.FixtureRequest) -> RunStack:
    """Run a stack of a place, in a process of its own or by a real worker; what it answers."""
    return {"foreground": run_here, "background": run_by_a_worker}[request.param]


def run_here(place: Place, stack: Stack, inputs: dict[str, Any] | None = None) -> Any:
    """The answer of ``interpreter run``."""
    ended = command(place, "run", *given(place, stack, inputs))
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def run_by_a_worker(place: Place, stack: Stack, inputs: dict[str, Any] | None = None) -> Any:
    """The output of a background execution."""
    place.write("stack", stack)
    if not place.workers:
        place.start_interpreter(1)
    record = place.run("stack", inputs or {})
    assert record["state"] == "completed", f"{record}\n{place.log()}"
    return record["output"]


def given(place: Place, stack: Stack, inputs: dict[str, Any] | None) -> list[str]:
    """A stack and its inputs as the words of a command line."""
    place.write("stack", stack)
    (place.root / "inputs").write_text(json.dumps(inputs or {}))
    return ["stack", "--input", str(place.root / "inputs")]


def command(place: Place, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """``interpreter`` with these words, in the place's workspace; settings as the environment spells them."""
    environment = {**os.environ, **{f"INTERPRETER_{name.upper()}": value for name, value in settings.items()}}
    line = [sys.executable, "-m", "interpreter", *words, "--workspace", str(place.root)]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment, timeout=60)


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


@pytest.fixture
def run(tmp_path: Path) -> RunStack:
    """Runs a stack in this process, in the foreground: what it answers. Settings by name."""

    def run(stack: Stack, inputs: dict[str, Any] | None = None, *, env: Any = None, **settings: Any) -> Any:
        chosen = {"http_hosts": ["localhost"], **settings}
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in chosen.items()]
        (tmp_path / "interpreter.toml").write_text("".join(lines))
        document = tmp_path / "stack.json"
        document.write_text(json.dumps(stack))
        workspace = pipeline.open_workspace(document, None, os.environ)
        program = finding.find(workspace, str(document))
        return plain_value(execution.execute(workspace, program, inputs or {}, env=env or {}).response.body)

    return run
