"""The catalogue of filters and tests: importing it fills ``catalog.FILTERS`` and ``catalog.TESTS``.

A filter is one function in the family where it belongs: its signature is the arity and the types, its docstring
the meaning and the examples, which are also tests. Lines in ``tests/conformance/filters`` say the rest.
"""

from interpreter.filters import (
    amounts,
    chance,
    checks,
    comparing,
    converting,
    dates,
    encoding,
    hashing,
    layout,
    lists,
    numbers,
    objects,
    patterns,
    selecting,
    sets,
    tests,
    text,
    totals,
    words,
)

__all__ = [
    "amounts",
    "chance",
    "checks",
    "comparing",
    "converting",
    "dates",
    "encoding",
    "hashing",
    "layout",
    "lists",
    "numbers",
    "objects",
    "patterns",
    "selecting",
    "sets",
    "tests",
    "text",
    "totals",
    "words",
]
