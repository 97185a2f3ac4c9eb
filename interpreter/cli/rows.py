"""Records and what tables are become text for people."""

from __future__ import annotations

import re
from typing import Any

from interpreter.cli.render import CUT, Paint
from interpreter.masking import HIDDEN
from interpreter.values import absent, text

WIDEST = 32
"""Columns of a terminal that one value may take."""


def masked(record: dict[str, Any], secrets: tuple[str, ...]) -> dict[str, Any]:
    """A record whose secret values are not said."""
    return {name: HIDDEN if name in secrets and value is not None else value for name, value in record.items()}


def draw(records: list[dict[str, Any]], paint: Paint) -> str:
    """Records as a table: one line for each, numbers to the right, below a line of names."""
    names = list(records[0])
    cells = [[_cell(each.get(name)) for name in names] for each in records]
    widths = [max(map(len, column)) for column in zip(names, *cells)]
    right = [all(_is_number(each.get(name)) for each in records) for name in names]
    head = "  ".join(name.rjust(width) if at else name.ljust(width) for name, width, at in zip(names, widths, right))
    lines = [paint.strong(head.rstrip())]
    for row in cells:
        line = "  ".join(cell.rjust(width) if at else cell.ljust(width) for cell, width, at in zip(row, widths, right))
        lines.append(line.rstrip())
    return "\n".join(lines)


def draw_table(about: dict[str, Any], records: list[dict[str, Any]], paint: Paint) -> str:
    """One table: its columns, indexes, triggers, and some of its records."""
    lines = [f"{paint.strong(about['table'])}  {paint.faint(about['kind'])}"]
    if about["description"]:
        lines.append(about["description"])
    width = max(len(each["name"]) for each in about["columns"])
    lines += [f"  {each['name'].ljust(width)}  {_column(each)}".rstrip() for each in about["columns"]]
    for index in about["indexes"]:
        lines.append(f"  {'unique' if index['unique'] else 'index'} on {', '.join(index['columns'])}")
    for trigger in about["triggers"]:
        on = trigger["on"] if isinstance(trigger["on"], list) else [trigger["on"]]
        when = f" when {trigger['when']}" if "when" in trigger else ""
        lines.append(f"  on {', '.join(on)} starts {trigger['function']}{when}")
    return "\n".join([*lines, "", draw(records, paint) if records else "no records"])


def plain_sql(statement: str) -> str:
    """A statement on one line."""
    return re.sub(r"\s+", " ", statement).strip()


def _column(column: dict[str, Any]) -> str:
    words = [column["type"], *(word for word in ("required", "unique", "secret") if column.get(word))]
    words += [f"of {', '.join(map(text, column['values']))}"] if "values" in column else []
    words += [f"default {text(column['default'])}"] if "default" in column else []
    words += [f"references {column['references']}"] if "references" in column else []
    return " ".join(words)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    shown = "" if absent(value) else ", ".join(value) if _is_names(value) else text(value)
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown)
    return shown if len(shown) <= WIDEST or _is_names(value) else shown[: WIDEST - 1] + CUT


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
