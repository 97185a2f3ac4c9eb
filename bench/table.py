"""Measured figures become rows: what was measured, beside what, the ratio, the goal, and whether it is met."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """One goal. ``measured`` is held against ``goal``: at most it, or at least it where ``least`` is true."""

    work: str
    ours: str
    other: str
    measured: float
    goal: float
    unit: str = "x"
    least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.goal if self.least else self.measured <= self.goal

    def plain(self) -> dict[str, Any]:
        return {**self._asdict(), "met": self.met}


def printed(rows: list[Row]) -> str:
    """The rows as a table of fixed-width text."""
    lines = [("work", "ours", "beside it", "measured", "goal", "met")]
    for row in rows:
        sign = "≥" if row.least else "≤"
        lines.append(
            (
                row.work,
                row.ours,
                row.other,
                f"{row.measured:.2f} {row.unit}",
                f"{sign} {row.goal:g} {row.unit}",
                "yes" if row.met else "NO",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def duration(seconds: float) -> str:
    """Seconds as people read them: ``31.4 ns``, ``1.25 ms``."""
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
