"""A name becomes everything that the catalogues know of it, as plain values: what ``explain`` prints."""

from __future__ import annotations

from typing import Any

import interpreter.families  # noqa: F401 - fills the catalogues
from interpreter import schemafiles, spellings
from interpreter.catalog import FILTERS, NODES, TESTS, Filter, NodeEntry
from interpreter.codes import CODES

Entry = dict[str, Any]


def entries_named(name: str) -> list[Entry]:
    """Every entry of that name, in any of its spellings: a filter and a node may share one."""
    found: list[Entry] = []
    node = spellings.node_name(name)
    if node:
        found.append(node_entry(node))
    if name in FILTERS:
        found.append(filter_entry(FILTERS[name]))
    if name in TESTS:
        found.append(filter_entry(TESTS[name]))
    if name in CODES:
        found.append(code_entry(name))
    return found


def all_names() -> list[str]:
    """Every name that can be explained."""
    return [*spellings.NODE_NAMES, *FILTERS, *TESTS, *CODES]


def all_entries() -> list[Entry]:
    """One line about everything: its kind, family, name and first sentence; families together."""
    nodes = [_line("node", _family(NODES[name]), name, _sentence(name)) for name in spellings.NODES]
    filters = [_line("filter", _family(entry), entry.name, entry.meaning) for entry in _each_once(FILTERS)]
    return [
        *_by_family(nodes),
        *_by_family(filters),
        *(_line("test", "test", entry.name, entry.meaning) for entry in _each_once(TESTS)),
        *(_line("code", code.partition("/")[0], code, CODES[code].meaning) for code in CODES),
    ]


def node_entry(name: str) -> Entry:
    schema = schemafiles.filled(f"nodes/{name}")
    also = spellings.NODES[name].parameters
    required = schema.get("required", [])
    parameters = [
        {
            "name": parameter,
            "type": _type_of(details),
            "required": parameter in required,
            "aliases": list(also.get(parameter, ())),
            "description": details.get("description", ""),
        }
        for parameter, details in schema["properties"].items()
        if parameter != "function"
    ]
    return {
        "kind": "node",
        "name": name,
        "title": schema["title"],
        "aliases": list(spellings.NODES[name].also),
        "description": schema["description"],
        "parameters": parameters,
        "examples": schema.get("examples", []),
    }


def filter_entry(entry: Filter) -> Entry:
    return {
        "kind": "test" if entry.is_test else "filter",
        "name": entry.name,
        "aliases": list(entry.aliases),
        "family": _family(entry),
        "signature": f"value is {entry.name}" if entry.is_test else entry.signature,
        "parameters": [
            {"name": parameter.name, "type": parameter.type, "required": parameter.required}
            for parameter in entry.parameters
        ],
        "result": entry.result,
        "description": _without_examples(entry),
        "examples": [example._asdict() for example in entry.examples],
    }


def code_entry(code: str) -> Entry:
    meaning, mend, example = CODES[code]
    return {"kind": "code", "name": code, "meaning": meaning, "mend": mend, "example": example or None}


def _line(kind: str, family: str, name: str, meaning: str) -> Entry:
    return {"kind": kind, "family": family, "name": name, "meaning": meaning}


def _by_family(lines: list[Entry]) -> list[Entry]:
    """Families in the order of their first appearance."""
    order = list(dict.fromkeys(line["family"] for line in lines))
    return sorted(lines, key=lambda line: order.index(line["family"]))


def _each_once(catalogue: dict[str, Filter]) -> list[Filter]:
    return [entry for name, entry in catalogue.items() if name == entry.name]


def _family(entry: Filter | NodeEntry) -> str:
    return entry.family.rpartition(".")[2]


def _sentence(name: str) -> str:
    description: str = schemafiles.written(f"nodes/{name}")["description"]
    return description.split(". ")[0].rstrip(".") + "."


def _type_of(details: Entry) -> str:
    if "enum" in details:
        return " | ".join(str(value) for value in details["enum"])
    if "const" in details:
        return str(details["const"])
    types = details.get("type", "any")
    return types if isinstance(types, str) else " | ".join(types)


def _without_examples(entry: Filter) -> str:
    shown = [line for line in entry.doc.splitlines() if "  →  " not in line]
    return "\n".join(shown).strip()
