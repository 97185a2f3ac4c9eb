"""A compiled stack: what ``compile`` makes and ``run`` runs. Finished and immutable, so it may be shared and kept."""

from __future__ import annotations

from types import CodeType
from typing import Any, NamedTuple

from interpreter.inputs import Declared
from interpreter.source import Source

STACK = "stack"
"""The name of the generated function that is the stack itself."""


class Place(NamedTuple):
    """Where one node stands; ``Context.act`` and its kin are given the index of one of these."""

    node: str
    line: int
    column: int
    end_line: int
    end_column: int
    pointer: str
    result: str | None = None
    """The variable that the author gives its result to."""


class Program(NamedTuple):
    """One definition, compiled.

    ``code`` is a module's code object that defines the function ``stack(_context)``. ``filters``, ``tests`` and
    ``actions`` say which entries of the catalogues it needs, each with the module that registers it. ``variables``
    pairs Python's names with the author's. All but ``code`` are plain values, so that ``marshal`` can keep the whole.
    """

    kind: str
    name: str
    file: str
    shown: str
    text: str
    hash: str
    code: CodeType
    inputs: tuple[Declared, ...] | None
    options: dict[str, Any]
    places: tuple[Place, ...]
    variables: tuple[tuple[str, str], ...]
    filters: dict[str, str]
    tests: dict[str, str]
    actions: dict[str, str]
    strict: bool

    @property
    def source(self) -> Source:
        return Source(self.shown, self.text)
