"""SQL that was compiled, and how its rows become records: all that a question needs once its shape is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Statement(NamedTuple):
    """SQL, where its values stand in a shape's list, and how its rows become records."""

    sql: str
    order: tuple[int, ...]
    names: tuple[str, ...]
    readers: tuple[tuple[str, Any], ...]
    """The columns whose values change on the way out, each with how."""

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.sql.startswith("SELECT")

    def arguments(self, values: Sequence[Any]) -> Sequence[Any]:
        """The values that the SQL asks for: a condition that always holds, or never, has lost its own."""
        return [values[position] for position in self.order]

    def record(self, row: Sequence[Any]) -> dict[str, Any]:
        found: dict[str, Any] = dict(zip(self.names, row))
        for name, read in self.readers:
            value = found[name]
            if value is not None:
                found[name] = read(value)
        return found
