"""A document and what it is given become an outcome that can be compared: a value's JSON text, or a code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings

from interpreter import execution, pipeline, tree
from interpreter.diagnostic import Diagnostics, Fault, Halt, Rejected
from interpreter.settings import Settings
from interpreter.source import Source
from interpreter.values import encode, plain_value
from interpreter.workspace import Workspace

SCALE = float(os.environ.get("PROPERTY_SCALE", "1"))
"""How many times the usual number of examples are tried; beyond 1 they are new ones each time."""


def examples(count: int) -> Callable[[Any], Any]:
    """Hypothesis settings for so many examples at scale 1."""
    return settings(
        max_examples=max(1, int(count * SCALE)),
        deadline=None,
        database=None,
        derandomize=SCALE <= 1,
        suppress_health_check=list(HealthCheck),
    )


class Outcome(NamedTuple):
    """``kind`` is value, fault or rejected; ``what`` the JSON text, the code, or all codes."""

    kind: str
    what: str


class EmptyWorkspace(Workspace):
    """A workspace that has no definitions, and looks for none."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"), Settings(step_budget=100_000), lambda path: [])
        self._found = {}


WORKSPACE = EmptyWorkspace()


def resolved(text: str) -> tree.Definition | None:
    """The first definition of a document, every name bound; None where it is rejected."""
    diagnostics = Diagnostics()
    found = pipeline._resolved(Source("case.json", text), WORKSPACE, diagnostics)
    return None if diagnostics.errors else found[0][0]


def outcome_of(text: str, given: dict[str, Any]) -> Outcome:
    """What the interpreter makes of a document; anything but a value, a fault or a rejection passes through."""
    try:
        program = pipeline.compiled(Source("case.json", text), "case.json", WORKSPACE)[0]
    except Rejected as rejected:
        for diagnostic in rejected.diagnostics:
            assert diagnostic.span is None or 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        return Outcome("rejected", " ".join(sorted({each.code for each in rejected.diagnostics})))
    return outcome(lambda: execution.execute(WORKSPACE, program, given, env={}).response.body)


def outcome(work: Callable[[], Any]) -> Outcome:
    """The outcome of what gives a value or raises."""
    try:
        return Outcome("value", encode(plain_value(work())))
    except Fault as fault:
        if fault.code == "run/internal":
            raise fault.__cause__ or fault from None
        return Outcome("fault", fault.code)
    except Halt as halt:
        return Outcome("fault", halt.code)


def written(document: Any) -> str:
    """A document as the text of a file."""
    return json.dumps(document, ensure_ascii=False, indent=1)
