"""The schema files and the spellings become one JSON Schema for editors, which completes and checks while one types.

It accepts every spelling that ``normalize`` folds, suggests the canonical ones, takes a template wherever another
type is expected, and chooses a node's schema by ``function`` with if/then, so that an editor's message is about the
one parameter that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from interpreter import schemafiles
from interpreter.schemafiles import Schema
from interpreter.spellings import (
    BRANCH,
    CASE_LABEL,
    DEFINITION_OPTIONS,
    DISABLED,
    IGNORED,
    INPUT_KEYS,
    INPUTS,
    KINDS,
    NODE_NAMES,
    NODES,
    RETURN_AS,
    STACK,
)

_TEMPLATE: Schema = {
    "description": "A text with a template in it: {{ expression }} or << expression >>.",
    "type": "string",
    "pattern": r"\{\{|<<",
}


def bundle() -> Schema:
    """The whole schema, self-contained; a new dict at each call."""
    definitions = {name: _with_templates(schema) for name, schema in schemafiles.written("shared")["$defs"].items()}
    definitions |= {f"node.{name}": _node(name) for name in NODES}
    definitions |= {
        "template": _TEMPLATE,
        "stack": _if_list({"items": _ref("node")}, _or_null(_ref("node"))),
        "node": _any_node(),
        "call": _call(),
        "else_if": _guarded("condition", ("condition",), _ref("condition")),
        "cases": _cases(),
        "definition": _definition(),
        "declared_inputs": _declared_inputs(),
        "several": _several(),
    }
    document = schemafiles.written("document")
    return {
        "$schema": document["$schema"],
        "title": document["title"],
        "description": document["description"],
        "allowComments": True,
        "allowTrailingCommas": True,
        **_if_list(_ref("stack"), {"type": "object", **_object_document()}),
        "$defs": definitions,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _if(test: Schema, then: Schema, otherwise: Schema) -> Schema:
    return {"if": test, "then": then, "else": otherwise}


def _if_list(then: Schema, otherwise: Schema) -> Schema:
    return _if({"type": "array"}, then, otherwise)


def _or_null(schema: Schema) -> Schema:
    return _if({"type": "null"}, {}, schema)


def _has_any(keys: Iterable[str]) -> Schema:
    return {"anyOf": [{"required": [key]} for key in keys]}


# --- schemas as files have them ---------------------------------------------------------------------------


def _with_templates(schema: Schema) -> Schema:
    """A property's schema that also takes a template, and shows its description as hover text."""
    if "$ref" in schema:
        return _hover({**schema, "$ref": f"#/$defs/{schema['$ref'].rpartition('/')[2]}"})
    kept = {key: value for key, value in schema.items() if key not in ("description", "x-literal")}
    if "properties" in kept:
        kept["properties"] = {key: _with_templates(value) for key, value in kept["properties"].items()}
    if "x-literal" not in schema and _refuses_text(kept):
        kept = {"anyOf": [kept, _ref("template")]}
    return _hover({"description": schema.get("description", ""), **kept})


def _refuses_text(schema: Schema) -> bool:
    """Whether some text does not fit."""
    types = schema.get("type", "string")
    takes_text = "string" in ([types] if isinstance(types, str) else types)
    return not takes_text or bool(schema.keys() & {"enum", "const", "pattern", "anyOf"})


def _hover(schema: Schema) -> Schema:
    if schema.get("description"):
        schema["markdownDescription"] = schema["description"]
    return schema


def _spelt(canonical: str, also: Iterable[str], schema: Schema) -> Schema:
    """A property under each of its spellings; only the canonical one is suggested."""
    other = {
        **schema,
        "description": f"Another spelling of {canonical}.",
        "markdownDescription": f"Another spelling of `{canonical}`.",
        "doNotSuggest": True,
    }
    return {canonical: schema, **dict.fromkeys(also, other)}


def _for_people() -> Schema:
    """The keys that are ignored, and the one that switches a node off."""
    ignored = {"description": "For people; ignored.", "doNotSuggest": True}
    keys: Schema = dict.fromkeys(sorted(IGNORED), ignored)
    keys["description"] = {"description": "For people; ignored."}
    keys[DISABLED] = {"description": "true skips it.", "type": "boolean"}
    return keys


# --- nodes --------------------------------------------------------------------------------------------------


def _node(name: str) -> Schema:
    """The schema of one node under all of its spellings."""
    written = schemafiles.written(f"nodes/{name}")
    also = {**NODES[name].parameters, "return_as": RETURN_AS[1:]}
    properties = _for_people()
    for key, schema in written["properties"].items():
        if key == "function":
            properties[key] = {"type": "string"}
        else:
            properties |= _spelt(key, also.get(key, ()), _with_templates(schema))
    ways = [_has_any((key, *also.get(key, ()))) for key in written["required"]]
    if "anyOf" in written:
        ways.append({"anyOf": [each for way in written["anyOf"] for each in _required_in_any_spelling(way, also)]})
    node = {
        "title": written["title"],
        "description": written["description"],
        "type": "object",
        "properties": properties,
        "required": [way["anyOf"][0]["required"][0] for way in ways if len(way["anyOf"]) == 1],
        "additionalProperties": False,
    }
    spelt_differently = [way for way in ways if len(way["anyOf"]) > 1]
    return {**node, "allOf": spelt_differently} if spelt_differently else node


def _required_in_any_spelling(way: Schema, also: dict[str, tuple[str, ...]]) -> list[Schema]:
    spelt = [(key, *also.get(key, ())) for key in way["required"]]
    return [{"required": list(keys)} for keys in product(*spelt)]


def _written_names(name: str) -> list[str]:
    """Every way to write a node's function: its names, and the visual builder's titles of them."""
    names = [written for written, canonical in NODE_NAMES.items() if canonical == name]
    titles = [" ".join(word.capitalize() for word in written.split("_")) for written in names]
    return list(dict.fromkeys([*names, *titles]))


def _any_node() -> Schema:
    every = [written for name in NODES for written in _written_names(name)]
    choices = [_if({"properties": {"function": {"not": {"enum": every}}}}, _ref("call"), {})]
    for name in NODES:
        written = [each for each in _written_names(name) if each not in ("loop", "Loop")]
        choices.append(_chosen(written, _ref(f"node.{name}")))
    choices.append(_chosen(["loop", "Loop"], _which_loop()))
    return {
        "title": "Node",
        "type": "object",
        "required": ["function"],
        "properties": {"function": _function_names()},
        "defaultSnippets": [_snippet(name) for name in NODES],
        "allOf": choices,
    }


def _chosen(names: list[str], schema: Schema) -> Schema:
    return {"if": {"properties": {"function": {"enum": names}}, "required": ["function"]}, "then": schema}


def _function_names() -> Schema:
    """The canonical names, each with its page; any other name is a function of the workspace."""
    return {
        "description": "What the node does: a node of the language, or a function of the workspace.",
        "type": "string",
        "anyOf": [
            {"enum": list(NODES), "markdownEnumDescriptions": [_page(name) for name in NODES]},
            {"type": "string", "minLength": 1},
        ],
    }


def _page(name: str) -> str:
    """What an editor shows beside a node's name: its meaning and its parameters."""
    schema = schemafiles.filled(f"nodes/{name}")
    lines = [schema["description"], ""]
    for key in NODES[name].parameters:
        need = " (required)" if key in schema["required"] else ""
        lines.append(f"* `{key}`{need}: {schema['properties'][key]['description']}")
    return "\n".join(lines).rstrip()


def _snippet(name: str) -> Schema:
    schema = schemafiles.written(f"nodes/{name}")
    return {"label": name, "description": schema["description"], "body": _escaped(schema["examples"][0])}


def _escaped(value: Any) -> Any:
    """An example as the body of a snippet, where a dollar sign would begin a placeholder."""
    if isinstance(value, str):
        return value.replace("$", r"\$")
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return value


def _which_loop() -> Schema:
    """``loop`` also says while and for: its parameters tell which."""
    array, count = NODES["loop"].parameters["array"], NODES["for_loop"].parameters["count"]
    counted = _if(_has_any(("count", *count)), _ref("node.for_loop"), _ref("node.loop"))
    conditional = _if({"required": ["condition"]}, _ref("node.while_loop"), counted)
    return _if(_has_any(("array", *array)), _ref("node.loop"), conditional)


def _call() -> Schema:
    """A call of a function of the workspace with any inputs, or (where it carries a stack) its definition."""
    return {
        "title": "Call of a function of the workspace",
        "description": "The remaining keys are the function's inputs.",
        "type": "object",
        "properties": {
            **_spelt("return_as", RETURN_AS[1:], _hover(_ref("return_as"))),
            "execution_mode": _ref("execution_mode"),
            "function_stack": _ref("stack"),
        },
    }


# --- guarded blocks -------------------------------------------------------------------------------------------


def _guarded(guard: str, guards: Iterable[str], test: Schema) -> Schema:
    """One {condition, branch}, or a list of them."""
    keys = {**_spelt(guard, [key for key in guards if key != guard], test)}
    branch = {
        "type": "object",
        "properties": {**_for_people(), **keys, **_spelt(BRANCH[0], BRANCH[1:], _ref("stack"))},
        "allOf": [_has_any(guards), _has_any(BRANCH)],
        "additionalProperties": False,
    }
    return {
        **_hover({"description": f"A list of {{{guard}, branch}}."}),
        **_if_list({"items": branch}, _or_null(branch)),
    }


def _cases() -> Schema:
    listed = _guarded(CASE_LABEL[0], CASE_LABEL, {"type": ["string", "number", "boolean", "null"]})
    labelled = {"type": "object", "additionalProperties": _ref("stack")}
    return {**listed, "else": _or_null(labelled)}


# --- definitions and documents -----------------------------------------------------------------------------------


def _definition() -> Schema:
    written = schemafiles.written("definition")
    properties = _for_people()
    properties["name"] = _with_templates(written["properties"]["name"])
    for key, also in DEFINITION_OPTIONS.items():
        properties |= _spelt(key, also, _with_templates(written["properties"][key]))
    properties |= _spelt("inputs", INPUTS[1:], _ref("declared_inputs"))
    properties |= _spelt("function_stack", STACK[1:], _ref("stack"))
    path = {"description": "The path of an endpoint.", "type": "string", "doNotSuggest": True}
    whole = _if({"type": "object"}, _ref("definition"), {"type": "string", "minLength": 1})
    for key, kind in KINDS.items():
        about = written["properties"].get(key, {}).get("description", f"Another spelling: the name of the {kind}.")
        properties[key] = {**_hover({"description": about}), **whole}
    return {
        "title": written["title"],
        "description": written["description"],
        "type": "object",
        "properties": {**properties, "path": path, "function": {"type": "string", "doNotSuggest": True}},
        "additionalProperties": False,
    }


def _declared_inputs() -> Schema:
    written = schemafiles.written("inputs")
    one = written["$defs"]["input"]
    keys: Schema = {key: {"doNotSuggest": True} for key in IGNORED}
    for key, schema in one["properties"].items():
        keys |= _spelt(key, INPUT_KEYS.get(key, ()), _hover(dict(schema)))
    described = {**one, "properties": keys}
    return {
        "description": written["description"],
        "type": written["type"],
        "additionalProperties": described,
        "items": described,
    }


def _object_document() -> Schema:
    """One node, one definition, or several definitions."""
    definition = _if(_has_any((*STACK, *KINDS)), _ref("definition"), _ref("several"))
    return _if({"required": ["function"]}, _ref("node"), definition)


def _several() -> Schema:
    """Definitions under their names; what carries no stack is configuration."""
    one = _if(_has_any((*STACK, *KINDS)), _ref("definition"), {})
    value = _if({"type": "object"}, _if({"required": ["function"]}, _ref("node"), one), {})
    stack = _if({"type": "array", "contains": {"type": "object", "required": ["function"]}}, _ref("stack"), value)
    return {"type": "object", "additionalProperties": stack}
