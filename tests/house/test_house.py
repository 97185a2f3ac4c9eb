"""The house checks its own walls: what is declared in one place is there in the others."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interpreter.families  # noqa: F401 - fills the catalogues
from interpreter import pipeline, schemafiles, spellings
from interpreter.catalog import NODES
from interpreter.codes import CODES
from interpreter.diagnostic import Diagnostics
from interpreter.load import load
from interpreter.normalize import normalize
from interpreter.settings import Settings
from interpreter.source import Source
from interpreter.tree import walk_nodes
from tests.cases import golden
from tests.house.reference import documented_settings

ROOT = Path(__file__).parents[2]
STACKS = [path for path in (ROOT / "stacks").rglob("*.json") if not path.name.endswith(golden.RUNS)]
MODULES = sorted((ROOT / "interpreter").rglob("*.py"))
ENOUGH_CASES = 3

# --- nodes ------------------------------------------------------------------------------------------------


def test_the_catalogue_has_the_nodes_of_the_spelling_table() -> None:
    assert set(NODES) == set(spellings.NODES)


def uses() -> Counter[str]:
    """How many documents of the golden cases and the example workspace use each node."""
    found: Counter[str] = Counter()
    for document in (*golden.run_cases(), *STACKS):
        diagnostics = Diagnostics()
        source = Source(document.name, document.read_text(encoding="utf-8"))
        for definition in normalize(load(source, diagnostics), document.stem, diagnostics):
            found.update({node.function for node in walk_nodes(definition.stack)})
    return found


def test_every_node_has_cases() -> None:
    used = uses()
    lacking = {name: used[name] for name in NODES if used[name] < ENOUGH_CASES}
    assert lacking == {}


@pytest.mark.parametrize("name", NODES)
def test_the_examples_of_a_schema_are_valid(name: str, tmp_path: Path) -> None:
    for example in schemafiles.written(f"nodes/{name}")["examples"]:
        workspace, document = workspace_of(example, tmp_path)
        report = pipeline.check(workspace, [document])
        wrong = [each.code for each in report.diagnostics if each.severity == "error"]
        assert set(wrong) <= {"resolve/unknown-function", "resolve/misplaced"}, report.diagnostics


def workspace_of(example: dict[str, Any], folder: Path) -> tuple[Any, Path]:
    document = folder / "example.json"
    document.write_text(json.dumps([example]), encoding="utf-8")
    return pipeline.open_workspace(document, folder, {}), document


# --- codes ------------------------------------------------------------------------------------------------

NO_CASE = {
    "load/too-deep": "tests/faults/test_bad_input.py makes the document",
    "load/too-large": "tests/faults/test_bad_input.py makes the document",
    "load/not-text": "tests/faults/test_bad_input.py makes the file",
    "load/unreadable": "tests/faults/test_bad_input.py makes the file",
    "workspace/state-unwritable": "tests/faults/test_bad_input.py makes the folder",
    "run/deadlock": "needs two processes: tests/world/test_tables.py has them",
    "run/interrupted": "needs a signal",
    "run/out-of-memory": "needs a limit of the process",
    "run/cancelled": "needs a second process",
    "run/internal": "a defect of ours: no document may earn it",
    "background/bus-unavailable": "needs a dead server",
    "background/database-unavailable": "needs a dead server",
    "background/worker-lost": "needs a dead worker",
    "background/no-worker": "needs a machine that starts none",
    "background/no-server": "needs a machine without a server",
    "background/newer-database": "needs a database of another version",
    "background/superseded": "needs two workers",
}
"""Codes that no document earns by itself; the tests of the engine, the shells and the faults name most of them."""


def test_every_code_is_earned_somewhere() -> None:
    earned = set(codes_of_cases()) | set(codes_of_other_tests())
    assert sorted(set(CODES) - earned - set(NO_CASE)) == []


def test_no_reason_without_a_code() -> None:
    assert set(NO_CASE) <= set(CODES)


def codes_of_cases() -> Iterator[str]:
    for file in (*golden.HERE.rglob("*.txt"), *golden.HERE.rglob("*.runs.json")):
        yield from re.findall(r"\b[a-z]+/[a-z-]+\b", file.read_text(encoding="utf-8"))


def codes_of_other_tests() -> Iterator[str]:
    """Codes that a test of the engine, the shells, the faults or the world expects."""
    for folder in ("engines", "shells", "faults", "world"):
        for file in (ROOT / "tests" / folder).rglob("*.*"):
            if file.suffix in (".py", ".json"):
                yield from re.findall(r"\b[a-z]+/[a-z-]+\b", file.read_text(encoding="utf-8"))


# --- words ------------------------------------------------------------------------------------------------


def test_every_setting_says_what_it_means() -> None:
    assert list(documented_settings()) == list(Settings._fields)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_its_sentence(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    assert docstring, "a module opens with one sentence, from a thing to a thing"
    assert docstring.split("\n\n")[0].rstrip().endswith((".", "):", ":", ")"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_one_job(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 560, "split it by job"
    assert module.stem not in ("utils", "util", "helpers", "common", "manager", "misc")


# --- what may not stand in the repository -----------------------------------------------------------------

FORBIDDEN = ("py" + "pi.org", "python" + "hosted.org", "py" + "thonhosted", "registry." + "npmjs", "/opt/" + "pypi")


def test_no_file_names_a_registry() -> None:
    found = [
        f"{file}: {word}"
        for file in tracked_files()
        for word in FORBIDDEN
        if word in (ROOT / file).read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def tracked_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("NOT A GIT CLONE: the files cannot be listed")
    return [file for file in listed.stdout.splitlines() if (ROOT / file).is_file()]
