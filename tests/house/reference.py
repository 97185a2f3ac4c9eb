"""The catalogues become the generated part of README.md: nodes, filters, tests, codes and settings.

``python -m tests.house.reference`` writes it between its two markers; with ``--verify`` it only says whether it is
up to date, and fails where it is not.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import groupby, pairwise
from pathlib import Path

import interpreter.families  # noqa: F401 - fills the catalogues
from interpreter import schemafiles, settings, spellings
from interpreter.catalog import FILTERS, NODES, TESTS, Filter, NodeEntry
from interpreter.codes import CODES
from interpreter.values import preview

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- reference -->", "<!-- end of reference: written by make reference -->"


def reference() -> str:
    """The whole generated part, as Markdown."""
    return "\n\n".join("\n".join(part()) for part in (nodes, filters, tests, codes, settings_table))


def nodes() -> Iterator[str]:
    families = groupby(NODES.values(), lambda entry: entry.family)
    yield f"### All nodes ({len(NODES)})\n"
    yield "Parameters in brackets may be left out; other accepted spellings stand behind a stroke."
    for family, entries in families:
        yield f"\n**{_first_sentence(family)}**\n"
        yield "| node | parameters | meaning |\n|---|---|---|"
        yield from map(_node, entries)


def _node(entry: NodeEntry) -> str:
    spelling, required = spellings.NODES[entry.name], schemafiles.filled(f"nodes/{entry.name}")["required"]
    parameters = [f"`{_either(key, also)}`" for key, also in spelling.parameters.items()]
    shown = [each if key in required else f"[{each}]" for key, each in zip(spelling.parameters, parameters)]
    meaning = schemafiles.written(f"nodes/{entry.name}")["description"]
    return f"| `{_either(entry.name, spelling.also)}` | {' '.join(shown)} | {_cell(meaning)} |"


def _either(name: str, also: Iterable[str]) -> str:
    return " \\| ".join((name, *also))


def filters() -> Iterator[str]:
    entries = list({id(entry): entry for entry in FILTERS.values()}.values())
    yield f"### All filters ({len(entries)}, under {len(FILTERS)} names)\n"
    yield "Each is a function too: `users|length` is `length(users)`. `interpreter explain NAME` shows examples."
    yield from _families(entries)


def tests() -> Iterator[str]:
    entries = list({id(entry): entry for entry in TESTS.values()}.values())
    yield f"### All tests ({len(entries)}), for what stands after `is`"
    yield from _families(entries)


def _families(entries: list[Filter]) -> Iterator[str]:
    for family, group in groupby(sorted(entries, key=lambda entry: entry.family), lambda entry: entry.family):
        yield f"\n<details><summary>{_first_sentence(family)}</summary>\n"
        yield "| written | meaning | also |\n|---|---|---|"
        for entry in sorted(group, key=lambda entry: entry.name):
            signature = entry.signature.replace("|", "\\|")
            also = " ".join(f"`{alias}`" for alias in entry.aliases)
            yield f"| `{signature}` | {_cell(entry.meaning)} | {also} |"
        yield "\n</details>"


def codes() -> Iterator[str]:
    yield f"### All diagnostic codes ({len(CODES)})\n"
    yield "<details><summary>What each means, and how it is mended</summary>\n"
    yield "| code | meaning | mend |\n|---|---|---|"
    for code, entry in CODES.items():
        yield f"| `{code}` | {_cell(entry.meaning)} | {_cell(entry.mend)} |"
    yield "\n</details>"


def settings_table() -> Iterator[str]:
    yield "### All settings\n"
    yield "A key of `interpreter.toml`; `INTERPRETER_<NAME>` in the environment wins over it.\n"
    yield "| setting | default | meaning |\n|---|---|---|"
    meanings = documented_settings()
    for name, default in settings.Settings._field_defaults.items():
        shown = "" if default in (None, ()) else f"`{default if isinstance(default, Path) else preview(default)}`"
        yield f"| `{name}` | {shown} | {_cell(meanings[name])} |"


def documented_settings() -> dict[str, str]:
    """The sentence that stands under each field of Settings."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(settings.Settings)).body if hasattr(node, "body"))
    found = {}
    for field, after in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            found[field.target.id] = str(after.value.value)
    return found


def _first_sentence(module: str) -> str:
    text = (import_module(module).__doc__ or "").split("\n\n")[0]
    return " ".join(text.split()).rstrip(".").replace("``", "`")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`").replace("<", "&lt;")


def renewed(text: str) -> str:
    """The README with the generated part as it is now."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if END in rest else rest
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text:
        print(f"README.md has no place for the reference: a line {BEGIN}", file=sys.stderr)
        return 1
    if arguments == ["--verify"]:
        if renewed(text) != text:
            print("The reference in README.md is not up to date. Run: make reference", file=sys.stderr)
            return 1
        return 0
    README.write_text(renewed(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
