"""JSON values become definitions made of nodes, every accepted form and spelling folded into the canonical one.

No room behind this one knows a second spelling. The spellings themselves stand in ``spellings.py``.
"""

from __future__ import annotations

from interpreter.diagnostic import Diagnostics
from interpreter.normalize.definitions import Definitions
from interpreter.tree import Definition, Value

__all__ = ["normalize"]


def normalize(values: list[Value], name: str, diagnostics: Diagnostics) -> list[Definition]:
    """Every definition of one text's documents, in their order; ``name`` is for a stack that has none of its own.

    What is none of the forms a document may have goes to the diagnostics.
    """
    definitions = Definitions(name, diagnostics)
    definitions.read(values)
    return definitions.found
