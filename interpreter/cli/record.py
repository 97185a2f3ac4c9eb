"""Records of executions become text for people: many as a table, one with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from interpreter.cli.render import CUT, Paint
from interpreter.cli.timeline import duration
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.background.story import Story

_COLUMNS = ("execution_id", "state", "function_name", "created_at")


def draw_table(records: list[dict[str, Any]], paint: Paint) -> str:
    """One line for each; the last cell says how far it is, or what went wrong."""
    rows = [[*(str(record[column] or "") for column in _COLUMNS), remark(record)] for record in records]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for record, row in zip(records, rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        cells[1] = of_status(record, paint)(cells[1])
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def of_status(record: dict[str, Any], paint: Paint) -> Any:
    """The colour of a record's status."""
    return {"completed": paint.good, "error": paint.error}.get(record["status"], paint.warning)


def remark(record: dict[str, Any]) -> str:
    """What went wrong, or how far it is."""
    if record["error_message"]:
        return str(record["error_message"])
    return progress_of(record) if record["status"] == "running" else ""


def progress_of(record: dict[str, Any]) -> str:
    """The progress that a record tells of: ``40 % (12 of 30): pages read``."""
    told = record["progress"]
    if not isinstance(told, dict):
        return "" if told is None else str(told)
    share = "" if told.get("percent") is None else f"{told['percent']:g} %"
    if told.get("total") not in (None, 100):
        share += f" ({told['value']:g} of {told['total']:g})"
    return ": ".join(part for part in (share, str(told.get("message") or "")) if part)


def draw_story(story: Story, paint: Paint) -> str:
    """One execution: what it is, what it was given, how it went, what came of it."""
    return "\n".join(_story(story, paint))


def _story(story: Story, paint: Paint) -> Iterator[str]:
    record, details = story.record, story.details
    yield f"{paint.strong(record['function_name'])}  {of_status(record, paint)(record['state'])}"
    facts = {
        "id": record["execution_id"],
        "kind": record["kind"],
        "created": record["created_at"],
        "started": record["started_at"],
        "ended": record["completed_at"],
        "took": "" if story.ended is None else duration(story.ended - story.created),
        "attempt": record["attempt"] or "",
        "progress": progress_of(record),
        "queue": f"{details['queue']}, priority {details['priority']}",
        "time limit": "" if details["time_limit"] is None else f"{details['time_limit']:g} s",
        "key": details["idempotency_key"],
        "trace": details["traceparent"],
        "worker": details["worker"],
        "parent": details["parent_id"],
        "root": details["root_id"] if details["root_id"] not in (record["execution_id"], details["parent_id"]) else "",
    }
    yield from (f"  {name.ljust(10)}  {value}" for name, value in facts.items() if value)
    for name in ("inputs", "options"):
        if details[name]:
            yield from _document(name, details[name])
    if record["error"]:
        yield from _error(record, paint)
    elif record["output"] is not None:
        yield from _document("output", record["output"])
    if story.children:
        yield "  children"
        yield from (f"    {line}" for line in draw_table([each.record for each in story.children], paint).splitlines())
        if story.untold:
            yield f"    and {story.untold:,} more: interpreter executions list --parent {record['execution_id']}"


def _document(name: str, value: Any) -> Iterator[str]:
    written = encode(value, indent=2).splitlines()
    yield f"  {name.ljust(10)}  {written[0]}"
    yield from (f"  {line}" for line in written[1:40])
    if len(written) > 40:
        yield f"  {CUT} ({len(written) - 40:,} more lines: -o json)"


def _error(record: dict[str, Any], paint: Paint) -> Iterator[str]:
    from interpreter.codes import CODES

    details = record["error_details"] or {}
    yield f"  {paint.error('error[' + record['error'] + ']')}: {record['error_message']}"
    if details.get("place"):
        yield f"    at {details['place']}"
    hint = details.get("hint") or (CODES[record["error"]].mend if record["error"] in CODES else None)
    if hint:
        yield f"    = help: {hint}"
    yield from (f"    in {step}" for step in reversed(details.get("stack") or []))
