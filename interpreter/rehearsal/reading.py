"""A mock file becomes Mocks: each of its keys must mean a node, a function, a place or a result of the workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interpreter import tree
from interpreter.catalog import NODES, did_you_mean
from interpreter.diagnostic import Diagnostics, Rejected
from interpreter.load import load, read_source
from interpreter.pipeline import programs_of
from interpreter.program import Program
from interpreter.rehearsal.mocks import ERROR_FIELDS, Answer, Mocks, answers_of, is_wrapped
from interpreter.source import Source
from interpreter.spellings import node_name
from interpreter.workspace import Workspace

WITHOUT_ACTION = ("wait", "custom_function", "background_task", "async_function_await", "cancel_execution")
"""Nodes that are no actions of the catalogue and can be mocked all the same."""


def read_mocks(file: Path, workspace: Workspace, program: Program) -> Mocks:
    """The mocks of a file for a run of ``program``; Rejected with all that is wrong with it."""
    diagnostics = Diagnostics()
    source = read_source(file, diagnostics, workspace.settings.max_document_bytes, workspace.shown(file.absolute()))
    return mocks_of(source, workspace, program, diagnostics)


def mocks_of(source: Source | None, workspace: Workspace, program: Program, diagnostics: Diagnostics) -> Mocks:
    """The mocks of a text; Rejected as ``read_mocks``."""
    import interpreter.families  # noqa: F401 - fills the catalogues

    values = [] if source is None else load(source, diagnostics)
    found: dict[str, list[Answer]] = {}
    if not diagnostics.errors:
        if len(values) == 1 and isinstance(values[0], tree.Object):
            found = dict(_Keys(workspace, program, diagnostics).answers(values[0]))
        elif source is not None:
            span = values[0].span if values else None
            diagnostics.error("mocks/not-an-object", "mocks are one object: {name: answer}", span)
    if diagnostics.errors:
        raise Rejected(diagnostics.errors)
    return Mocks(found)


class _Keys:
    """What the keys of a mock file may mean in a workspace, found out as far as it is asked for."""

    def __init__(self, workspace: Workspace, program: Program, diagnostics: Diagnostics) -> None:
        self._workspace = workspace
        self._own = program
        self._diagnostics = diagnostics
        self._programs: list[Program] | None = None

    def answers(self, written: tree.Object) -> Iterator[tuple[str, list[Answer]]]:
        for member in written.members:
            self._check(member.value)
            for key in self._meant(member.key):
                yield key, answers_of(tree.plain(member.value))

    def _meant(self, key: tree.String) -> list[str]:
        """The keys under which a run looks; a diagnostic where there are none."""
        written = key.value
        node = node_name(written)
        found = [node] if node is not None and (node in WITHOUT_ACTION or not NODES[node].flow) else []
        if written in self._workspace.definitions() or written == self._own.name:
            found.append(written)
        if not found:
            found = self._of_places(written)
        if not found:
            self._diagnostics.error(
                "mocks/unknown-name",
                f'"{written}" is no node, function, place or result here',
                key.span,
                self._near(written),
            )
        return found

    def _of_places(self, written: str) -> list[str]:
        at_line = re.fullmatch(r"(.+):(\d+)", written)
        if at_line:
            file, line = at_line[1], int(at_line[2])
            return [f"{each.file}:{line}" for each in self._all() if _is_file(each, file) and _has_line(each, line)][:1]
        name, sign, number = written.rpartition("#")
        if sign and number.isdecimal():
            known = any(each.name == name and int(number) < len(each.places) for each in self._all())
            return [written] if known else []
        return [f"={written}"] if written in self._results() else []

    def _near(self, written: str) -> str | None:
        known = {
            *(name for name, entry in NODES.items() if not entry.flow),
            *WITHOUT_ACTION,
            *self._workspace.definitions(),
            *self._results(),
            *(f"{Path(each.file).name}:{place.line}" for each in self._all() for place in each.places),
        }
        return did_you_mean(written, sorted(known))

    def _results(self) -> set[str]:
        return {place.result for each in self._all() for place in each.places if place.result is not None}

    def _all(self) -> list[Program]:
        """Every program of the workspace, but those of broken documents."""
        if self._programs is None:
            self._programs = [self._own]
            for path in [*self._workspace.documents()]:
                try:
                    self._programs += programs_of(self._workspace, path)
                except Rejected:
                    continue
        return self._programs

    def _check(self, value: tree.Value) -> None:
        """Of an object that says how to answer, its keys and those of its error."""
        for each in value.items if isinstance(value, tree.Array) else [value]:
            if not isinstance(each, tree.Object) or not is_wrapped(tree.plain(each)):
                continue
            for member in each.members:
                if member.key.value == "when" and not isinstance(member.value, tree.Object):
                    self._wrong('"when" is an object of parameters', member.value)
                if member.key.value == "error" and isinstance(member.value, tree.Object):
                    self._check_error(member.value)

    def _check_error(self, error: tree.Object) -> None:
        for member in error.members:
            name, value = member.key.value, tree.plain(member.value)
            if name not in ERROR_FIELDS:
                hint = did_you_mean(name, ERROR_FIELDS) or f"an error has {', '.join(ERROR_FIELDS)}"
                self._wrong(f'an error has no "{name}"', member.key, hint)
            elif name in ("message", "type") and not isinstance(value, str):
                self._wrong(f'"{name}" of an error is a text', member.value)
            elif name == "status" and not (type(value) is int and 100 <= value <= 599):
                self._wrong('"status" of an error is an HTTP status', member.value)

    def _wrong(self, message: str, value: Any, hint: str | None = None) -> None:
        self._diagnostics.error("mocks/wrong-answer", message, value.span, hint)


def _is_file(program: Program, written: str) -> bool:
    return written in (program.file, program.shown) or program.file.endswith("/" + written.removeprefix("./"))


def _has_line(program: Program, line: int) -> bool:
    return any(place.line == line for place in program.places)
