"""An execution's story becomes lines: a bar chart of its phases to scale, its actions, its children below it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from interpreter.cli.render import CUT, Paint

if TYPE_CHECKING:
    from interpreter.background.story import Action, Phase, Story

NARROW = 64
"""Columns below which no bars are drawn."""
WIDEST_BAR = 72
LENGTH = 8
"""Columns of a length of time."""
_SIGNS = {"running": "█", "waiting": "░", "delayed": "·", "queued": "▒", "retrying": "▒", "ended": " "}
_MARKS = {"done": "•", "failed": "✗", "begun": "…"}


class Scale(NamedTuple):
    """Where a moment stands in a bar of so many columns."""

    begin: float
    end: float
    columns: int

    def at(self, moment: float) -> int:
        share = (moment - self.begin) / max(self.end - self.begin, 1e-9)
        return min(self.columns - 1, max(0, int(share * self.columns)))


class Line(NamedTuple):
    """One line of the chart, its bar as columns from ``first`` on."""

    label: str
    length: str
    first: int = 0
    bar: str = ""
    paint: Callable[[str], str] | None = None
    note: str = ""


def draw_timeline(story: Story, paint: Paint, now: float | None = None) -> str:
    """The whole timeline; lines fit into the paint's width."""
    now = time.time() if now is None else now
    labels = list(_label_widths(story, 0))
    label = min(max(labels), max(paint.width // 2, 24))
    columns = min(WIDEST_BAR, paint.width - label - LENGTH - 5)
    scale = Scale(story.created, _last_moment(story, now), columns if paint.width >= NARROW else 0)
    lines = list(_lines(story, scale, paint, now, 0))
    return "\n".join(_drawn(line, label, scale, paint) for line in lines)


def _last_moment(story: Story, now: float) -> float:
    own = now if story.ended is None else story.ended
    return max([own, *(_last_moment(child, now) for child in story.children)])


def _label_widths(story: Story, depth: int) -> Iterator[int]:
    yield from (2 * depth + 2 + len(_of_phase(phase)) for phase in story.phases)
    yield from (2 * depth + 4 + len(_of_action(action)) for action in story.actions)
    for child in story.children:
        yield from _label_widths(child, depth + 1)


def _lines(story: Story, scale: Scale, paint: Paint, now: float, depth: int) -> Iterator[Line | str]:
    indent = "  " * depth
    record = story.record
    colour = {"completed": paint.good, "error": paint.error}.get(record["status"], paint.warning)
    whole = duration((now if story.ended is None else story.ended) - story.created)
    name = paint.strong(record["function_name"])
    yield f"{indent}{name}  {colour(record['state'])} in {whole}  {paint.faint(record['execution_id'])}"
    rows = [(phase.begin, 0, _phase_line(phase, scale, paint, now, indent)) for phase in story.phases]
    rows += [(action.at, 1, _action_line(action, story, scale, paint, indent)) for action in story.actions]
    yield from (line for *_, line in sorted(rows, key=lambda row: row[:2]))
    for child in story.children:
        yield from _lines(child, scale, paint, now, depth + 1)
    if story.untold:
        yield f"{indent}  {paint.faint(f'and {story.untold:,} more: --children {story.untold + len(story.children)}')}"


def _of_phase(phase: Phase) -> str:
    return f"{phase.name}, attempt {phase.attempt}" if phase.attempt and phase.name == "running" else phase.name


def _of_action(action: Action) -> str:
    return f"{action.sequence} {action.name} {action.place}"


def _phase_line(phase: Phase, scale: Scale, paint: Paint, now: float, indent: str) -> Line:
    end = now if phase.end is None else phase.end
    first = scale.at(phase.begin)
    bar = _SIGNS[phase.name] * max(1, scale.at(end) - first + (end >= scale.end))
    if phase.end is None:
        bar = bar[:-1] + "▶"
    paints = {"running": paint.good, "waiting": paint.faint, "ended": paint.faint}
    colour = paint.error if phase.error else paints.get(phase.name, paint.gutter)
    length = duration(max(0.0, end - phase.begin))
    return Line(f"{indent}  {_of_phase(phase)}", length, first, bar, colour, phase.error or "")


def _action_line(action: Action, story: Story, scale: Scale, paint: Paint, indent: str) -> Line:
    colour = paint.error if action.state == "failed" else paint.strong
    after = f"+{duration(action.at - story.created)}"
    mark = _MARKS[action.state]
    return Line(f"{indent}    {_of_action(action)}", after, scale.at(action.at), mark, colour, action.error or "")


def _drawn(line: Line | str, label: int, scale: Scale, paint: Paint) -> str:
    if isinstance(line, str):
        return line
    colour = line.paint or str
    name = line.label if len(line.label) <= label else line.label[: label - 1] + CUT
    text = f"{name.ljust(label)} {line.length.rjust(LENGTH)}"
    if scale.columns > 0:
        text += f"  {' ' * line.first}{colour(line.bar)}".rstrip()
    if line.note:
        room = max(20, paint.width - len(line.label) - 4)
        note = line.note if len(line.note) <= room else line.note[: room - 1] + CUT
        indent = " " * (len(line.label) - len(line.label.lstrip()) + 2)
        text += f"\n{indent}{paint.error(note)}"
    return text


def duration(seconds: float) -> str:
    """A length of time in at most eight columns: 12 ms, 3.21 s, 4m 05s, 2d 3h."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.0095 else f"{seconds * 1000:.1f} ms"
    if seconds < 99.5:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours < 24 else f"{hours // 24}d {hours % 24}h"
