"""What the golden cases give now becomes what they are expected to give; review the diff like code."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.cases import golden


def accept() -> list[Path]:
    """Rewrite what stands beside each case; the files that changed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, golden.surroundings(Path(folder)):
        expected = {golden.runs_beside(case): _runs(case) for case in golden.run_cases()}
        for kind in ("reject", "warn"):
            expected |= {golden.text_beside(case): golden.validated(case)[1] for case in golden.text_cases(kind)}
    return [file for file, text in expected.items() if _changed(file, text)]


def _runs(document: Path) -> str:
    beside = golden.runs_beside(document)
    known = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else [{}]
    return golden.written(golden.perform(document, golden.given_of(known)))


def _changed(file: Path, text: str) -> bool:
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    file.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    changed = accept()
    print("\n".join(str(file.relative_to(golden.HERE)) for file in changed) or "Every case gives what it gave.")
