"""The command line as a table: each case is words, files and stdin, and what comes out of a real process.

In a case ``stdout``, ``stderr`` and the texts of ``files`` are texts or lists of lines; a file that is another JSON
value is written as JSON. ``stdout_json`` compares values, ``stderr_json`` the last line of stderr. ``…_has`` is a
list of texts that must be there. What is not named is not looked at, but ``exit`` is 0 and ``stderr`` empty unless
said otherwise. ``<dir>`` stands for the folder that the command runs in. Several commands share one folder in ``then``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in sorted(HERE.glob("*.json"))
    if file.stem != "render"
    for case in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    for path, content in case.get("files", {}).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_text(content), encoding="utf-8", newline="")
    for step in (case, *case.get("then", ())):
        _check(step, _run(step, tmp_path), tmp_path)


def _run(step: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    passed_on = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ}
    environment = {**passed_on, "HOME": str(folder), **step.get("environment", {})}
    return subprocess.run(
        [sys.executable, "-m", "interpreter", *step["arguments"]],
        cwd=folder,
        env=environment,
        input=_text(step.get("stdin", "")),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def _check(step: dict[str, Any], ended: subprocess.CompletedProcess[str], folder: Path) -> None:
    stdout = ended.stdout.replace(str(folder), "<dir>")
    stderr = ended.stderr.replace(str(folder), "<dir>")
    assert (ended.returncode, stderr if "exit" not in step else "") == (
        step.get("exit", 0),
        _expected_stderr(step, stderr),
    )
    if "stdout" in step:
        assert stdout == _text(step["stdout"])
    if "stdout_json" in step:
        assert json.loads(stdout) == step["stdout_json"]
    if "stderr" in step:
        assert stderr == _text(step["stderr"])
    if "stderr_json" in step:
        assert json.loads(stderr.splitlines()[-1]) == step["stderr_json"]
    for part in step.get("stdout_has", ()):
        assert part in stdout
    for part in step.get("stderr_has", ()):
        assert part in stderr


def _expected_stderr(step: dict[str, Any], stderr: str) -> str:
    """Silence, unless the case says what stderr holds or that the command fails."""
    said = {"exit", "stderr", "stderr_has", "stderr_json"} & step.keys()
    return "" if "exit" in step or not said else stderr


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(line, str) for line in content):
        return "".join(f"{line}\n" for line in content)
    return json.dumps(content)
