"""A name, or a file, becomes the program that it means."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from interpreter.diagnostic import Diagnostic, Rejected
from interpreter.pipeline import programs_of
from interpreter.program import Program
from interpreter.workspace import ENDPOINT, FUNCTION, SCHEDULE, SUFFIXES, TASK, Signature, Workspace, unknown_function


def find(workspace: Workspace, target: str) -> Program:
    """The program that a command line means: a file's first definition, or a name of the workspace."""
    path = Path(target)
    if path.is_file():
        workspace.include(path.resolve())
        programs = programs_of(workspace, path.resolve())
        if not programs:
            raise _nothing_in(target)
        return programs[0]
    found = defined(workspace, _signature(workspace, target))
    if found is None:
        raise _unknown(workspace, target)
    return found


def find_callable(workspace: Workspace, kind: str, name: str) -> Program:
    """The program that a stack calls by name; Fault run/unknown-function."""
    found = defined(workspace, workspace.find(kind, name))
    if found is None:  # a document may have come, or moved, since the workspace was read
        workspace.forget()
        found = defined(workspace, workspace.find(kind, name))
    if found is None:
        raise unknown_function(kind, name, workspace.definitions())
    return found


def defined(workspace: Workspace, signature: Signature | None) -> Program | None:
    """The program of a definition, if there is one and its document is still there and defines it."""
    if signature is None or not os.path.exists(signature.file):
        return None
    programs = programs_of(workspace, _path(signature.file))
    meant = (signature.kind, signature.name, signature.method)
    return next((each for each in programs if (each.kind, each.name, each.options.get("method")) == meant), None)


_path = lru_cache(maxsize=10_000)(Path)
"""The same path for the same text: a worker finds the same documents again and again."""


def document_of(workspace: Workspace, target: str) -> Path:
    """The document that a command line means: a file, or the one that defines a name."""
    if Path(target).is_file():
        return Path(target).resolve()
    signature = _signature(workspace, target)
    if signature is None:
        raise _unknown(workspace, target)
    return Path(signature.file)


def _signature(workspace: Workspace, name: str) -> Signature | None:
    signatures = (workspace.find(kind, name) for kind in (FUNCTION, ENDPOINT, TASK, SCHEDULE))
    return next((signature for signature in signatures if signature is not None), None)


def _unknown(workspace: Workspace, target: str) -> Rejected:
    from interpreter.catalog import did_you_mean

    names = sorted(workspace.definitions())
    stem = Path(target).stem if target.endswith(SUFFIXES) else target
    hint = did_you_mean(stem, names) or (f"it has {', '.join(names[:8])}" if names else "it has no definitions")
    message = f'"{target}" is neither a document nor a definition of the workspace "{workspace.root}"'
    return Rejected([Diagnostic("workspace/unknown-definition", message, None, hint)])


def _nothing_in(target: str) -> Rejected:
    message = f'"{target}" has no definition that could run: all that it defines is disabled'
    return Rejected([Diagnostic("workspace/unknown-definition", message, None, 'remove "disabled"')])


def finder(workspace: Workspace) -> Callable[[str, str], Program]:
    """What a run finds programs with."""
    return once(lambda kind, name: find_callable(workspace, kind, name))


def once(find: Callable[[str, str], Program]) -> Callable[[str, str], Program]:
    """Within one run a name means one program: it is looked for once."""
    found: dict[tuple[str, str], Program] = {}

    def find_once(kind: str, name: str) -> Program:
        if (kind, name) not in found:
            found[kind, name] = find(kind, name)
        return found[kind, name]

    return find_once
