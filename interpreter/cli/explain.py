"""The name of a filter, test, node or diagnostic code becomes its explanation."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli import suggest
from interpreter.cli.command import Command, output_option
from interpreter.cli.render import Paint, paint_for

if TYPE_CHECKING:
    from interpreter.cli.entries import Entry


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=suggest.explained)
@output_option
def command(name: str | None, output: str | None) -> None:
    """Say what a filter, test, node or diagnostic code means.

    Without a NAME, everything that has one is listed.
    """
    from interpreter.cli import entries
    from interpreter.values import encode

    found = entries.entries_named(name) if name else entries.all_entries()
    if name and not found:
        raise _unknown(name, entries.all_names())
    if output == "json":
        print(encode(found))
    elif name:
        paint = paint_for(sys.stdout)
        print("\n\n".join(_draw(entry, paint) for entry in found))
    else:
        print(_draw_list(found, paint_for(sys.stdout)))


def _unknown(name: str, names: list[str]) -> click.UsageError:
    from interpreter.catalog import did_you_mean

    hint = did_you_mean(name, names) or "interpreter explain lists every name"
    return click.UsageError(f'"{name}" is no filter, test, node or diagnostic code; {hint}')


def _draw_list(found: list[Entry], paint: Paint) -> str:
    lines: list[str] = []
    for (kind, family), group in groupby(found, key=lambda entry: (entry["kind"], entry["family"])):
        listed = list(group)
        width = max(len(entry["name"]) for entry in listed)
        lines.append(f"\n{paint.strong(f'{kind}s: {family}' if family != kind else f'{kind}s')}")
        lines += [f"  {entry['name'].ljust(width)}  {entry['meaning'].replace('``', '`')}" for entry in listed]
    return "\n".join(lines).lstrip("\n")


def _draw(entry: Entry, paint: Paint) -> str:
    return {"node": _draw_node, "filter": _draw_filter, "test": _draw_filter, "code": _draw_code}[entry["kind"]](
        entry, paint
    )


def _draw_filter(entry: Entry, paint: Paint) -> str:
    types = ", ".join(f"{parameter['name']}: {parameter['type']}" for parameter in entry["parameters"])
    lines = [f"{paint.strong(entry['signature'])}  ({entry['kind']}, {entry['family']})"]
    lines += [f"  {types or 'no arguments'} → {entry['result']}", *_aliases(entry)]
    lines += ["", entry["description"].replace("``", "`")]
    if entry["examples"]:
        width = max(len(example["expression"]) for example in entry["examples"])
        shown = (f"  {example['expression'].ljust(width)}  →  {example['result']}" for example in entry["examples"])
        lines += ["", *shown]
    return "\n".join(lines)


def _draw_node(entry: Entry, paint: Paint) -> str:
    from interpreter.values import encode

    lines = [f"{paint.strong(entry['name'])}  (node, {entry['title']})", *_aliases(entry)]
    lines += ["", entry["description"], "", "Parameters:"]
    for parameter in entry["parameters"]:
        needed = ", required" if parameter["required"] else ""
        lines.append(f"  {paint.strong(parameter['name'])}  {parameter['type']}{needed}")
        if parameter["aliases"]:
            lines.append(f"      also written {', '.join(parameter['aliases'])}")
        if parameter["description"]:
            lines.append(f"      {parameter['description']}")
    for example in entry["examples"]:
        lines += ["", "Example:", *(f"  {line}" for line in encode(example, indent=2).splitlines())]
    return "\n".join(lines)


def _draw_code(entry: Entry, paint: Paint) -> str:
    lines = [f"{paint.strong(entry['name'])}  (diagnostic code)", "", entry["meaning"], entry["mend"]]
    if entry["example"]:
        lines += ["", "Example:", *(f"  {line}" for line in entry["example"].splitlines())]
    return "\n".join(lines)


def _aliases(entry: dict[str, Any]) -> list[str]:
    return [f"  also written {', '.join(entry['aliases'])}"] if entry["aliases"] else []
