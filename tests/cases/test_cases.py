"""Golden documents: each gives what stands beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases import golden


def named(cases: list[Path]) -> list[object]:
    return [pytest.param(case, id=str(case.relative_to(golden.HERE).with_suffix(""))) for case in cases]


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    state = tmp_path_factory.mktemp("state")
    with golden.surroundings(state):
        yield
    shutil.rmtree(state)  # a worker whose state folder is gone leaves at once, whatever is delayed


@pytest.mark.parametrize("document", named(golden.run_cases()))
def test_run(document: Path) -> None:
    expected = json.loads(golden.runs_beside(document).read_text(encoding="utf-8"))
    assert golden.perform(document, golden.given_of(expected)) == expected


@pytest.mark.parametrize("case", named(golden.text_cases("reject")))
def test_reject(case: Path) -> None:
    assert golden.validated(case) == (3, golden.text_beside(case).read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", named(golden.text_cases("warn")))
def test_warn(case: Path) -> None:
    assert golden.validated(case) == (0, golden.text_beside(case).read_text(encoding="utf-8"))


def test_nothing_stands_alone() -> None:
    """No outcome without its document."""
    documents = {golden.runs_beside(case) for case in golden.run_cases()}
    texts = {golden.text_beside(case) for kind in ("reject", "warn") for case in golden.text_cases(kind)}
    assert set(golden.HERE.glob("run/**/*.runs.json")) - documents == set()
    assert {file for kind in ("reject", "warn") for file in golden.HERE.glob(f"{kind}/*/*.txt")} - texts == set()
