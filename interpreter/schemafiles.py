"""Schema files become dicts: found in the wheel or beside the source, read once, their references filled in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Schema = dict[str, Any]


@cache
def folder() -> Path:
    """``interpreter/schemas`` in an installed wheel, ``schemas`` beside the package in the source tree."""
    here = Path(__file__).parent
    installed = here / "schemas"
    return installed if installed.is_dir() else here.parent / "schemas"


@cache
def node_names() -> tuple[str, ...]:
    """The node functions that have a schema, sorted."""
    return tuple(sorted(file.stem for file in (folder() / "nodes").glob("*.json")))


@cache
def written(name: str) -> Schema:
    """One file as it is written, such as ``nodes/loop`` or ``shared``. Not to be changed."""
    schema: Schema = json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
    return schema


@cache
def filled(name: str) -> Schema:
    """One file with every reference to ``shared.json`` replaced by what it refers to. Not to be changed."""
    schema: Schema = _fill(written(name))
    return schema


def _fill(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_fill(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    file, _, place = str(schema.get("$ref", "")).partition("#/$defs/")
    if not file.endswith("shared.json"):
        return {key: _fill(value) for key, value in schema.items()}
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**_fill(written("shared")["$defs"][place]), **beside}
