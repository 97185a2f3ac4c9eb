"""The ``inputs`` of a definition, in any of its forms, become a list of declared inputs."""

from __future__ import annotations

import re
from typing import NamedTuple

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Diagnostics, Related
from interpreter.inputs import declared_as, problem_of_default
from interpreter.normalize.nodes import pointer_to, shown
from interpreter.source import Span
from interpreter.spellings import IGNORED, INPUT_KEYS, INPUT_TYPES, spellings
from interpreter.tree import Array, Input, Literal, Member, Object, String, Value, plain

_TYPES = {written: name for name, also in INPUT_TYPES.items() for written, name in spellings(name, also)}
_KEYS = {written: name for name, also in INPUT_KEYS.items() for written, name in spellings(name, also)}
_LIST_OF = re.compile(r"(?:list|array)\s*[\[<(]\s*(.+?)\s*[\])>]|(.+?)\s*\[\s*\]")


class _Type(NamedTuple):
    """A type as written: its canonical name, its item type, and whether a ``?`` made it optional."""

    name: str
    items: str | None = None
    optional: bool = False


def declared_inputs(value: Value, diagnostics: Diagnostics, pointer: str) -> list[Input]:
    """What ``inputs`` declares, as an object {name: type or details} or as a list of {name, type, …}."""
    reader = _Declarations(diagnostics)
    if isinstance(value, Object):
        for member in value.members:
            reader.declare(member.key, member.value, pointer_to(pointer, member.key.value))
    elif isinstance(value, Array):
        for place, item in enumerate(value.items):
            reader.declare_item(item, f"{pointer}/{place}")
    elif not (isinstance(value, Literal) and value.value is None):
        message = f'"inputs" is {shown(value)}, expected an object of names and types, or a list'
        diagnostics.error("validate/wrong-type", message, value.span, pointer=pointer)
    return reader.found


class _Declarations:
    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.found: list[Input] = []

    def declare_item(self, item: Value, pointer: str) -> None:
        """An item of the list form: an object with its name in it, or a name alone."""
        if isinstance(item, String):
            self._add(Input(item.value, "any", True, None, item.span), pointer)
            return
        name = item.get("name") if isinstance(item, Object) else None
        if isinstance(name, String):
            self.declare(name, item, pointer)
            return
        message = f'{shown(item)} declares no input, expected {{"name": …, "type": …}}'
        self.diagnostics.error("validate/missing-parameter", message, item.span, pointer=pointer)

    def declare(self, name: String, value: Value, pointer: str) -> None:
        declared = Input(name.value, "any", True, None, name.span)
        if isinstance(value, String):
            self._set_type(declared, value, pointer)
            self._check_values(declared, pointer)
        elif isinstance(value, Object):
            self._read_details(declared, value, pointer)
        else:
            message = f'the input "{name.value}" is {shown(value)}, expected a type or an object with "type"'
            self.diagnostics.error("validate/wrong-type", message, value.span, pointer=pointer)
        self._add(declared, pointer)

    def _add(self, declared: Input, pointer: str) -> None:
        first = next((each for each in self.found if each.name == declared.name), None)
        if first is None:
            self.found.append(declared)
            return
        self.diagnostics.error(
            "validate/wrong-value",
            f'the input "{declared.name}" is declared twice',
            declared.span,
            related=(Related("declared here first", first.span),),
            pointer=pointer,
        )

    def _read_details(self, declared: Input, value: Object, pointer: str) -> None:
        details: dict[str, Value] = {}
        for member in value.members:
            self._read_detail(declared, details, member, pointer)
        if "values" in details:
            declared.type = "enum" if "type" not in details else declared.type
            self._set_values(declared, details["values"], pointer)
        else:
            self._check_values(declared, pointer)
        if "default" in details:
            declared.default = plain(details["default"])
            declared.required = False
            self._check_default(declared, details["default"].span, pointer)

    def _read_detail(self, declared: Input, details: dict[str, Value], member: Member, pointer: str) -> None:
        written, value = member.key.value, member.value
        if written == "description":
            declared.description = str(plain(value))
        elif written in IGNORED:
            return
        elif written not in _KEYS:
            hint = did_you_mean(written, _KEYS) or f"an input has {', '.join(INPUT_KEYS)}, description"
            message = f'unknown key "{written}" of the input "{declared.name}"'
            self.diagnostics.error("validate/unknown-parameter", message, member.key.span, hint, pointer=pointer)
        elif _KEYS[written] == "type":
            details["type"] = value
            self._set_type(declared, value, pointer)
        elif _KEYS[written] == "items":
            inner = value.get("type") if isinstance(value, Object) else value
            found = self._type(inner or value, pointer)
            declared.items = found.name if found else None
        elif _KEYS[written] in ("required", "secret"):
            if isinstance(value, Literal) and isinstance(value.value, bool):
                setattr(declared, _KEYS[written], value.value)
            else:
                message = f'"{written}" of the input "{declared.name}" is {shown(value)}, expected true or false'
                self.diagnostics.error("validate/wrong-type", message, value.span, pointer=pointer)
        else:
            details[_KEYS[written]] = value

    def _check_values(self, declared: Input, pointer: str) -> None:
        if declared.type == "enum":
            message = f'the input "{declared.name}" of type enum lacks its "values"'
            hint = 'write {"type": "enum", "values": ["a", "b"]}'
            self.diagnostics.error("validate/missing-parameter", message, declared.span, hint, pointer=pointer)

    def _check_default(self, declared: Input, span: Span, pointer: str) -> None:
        lacks_values = declared.type == "enum" and declared.values is None
        problem = None if lacks_values else problem_of_default(declared_as(declared))
        if problem:
            self.diagnostics.error("validate/wrong-value", problem, span, pointer=f"{pointer}/default")

    def _set_values(self, declared: Input, value: Value, pointer: str) -> None:
        if isinstance(value, Array) and value.items:
            declared.values = tuple(plain(value))
            return
        message = f'"values" of the input "{declared.name}" is {shown(value)}, expected a list of the allowed values'
        self.diagnostics.error("validate/wrong-type", message, value.span, pointer=pointer)

    def _set_type(self, declared: Input, value: Value, pointer: str) -> None:
        found = self._type(value, pointer)
        if found is not None:
            declared.type = found.name
            declared.items = found.items or declared.items
            declared.required = declared.required and not found.optional

    def _type(self, value: Value, pointer: str) -> _Type | None:
        """``text``, ``text?``, ``text!``, ``list[int]``, ``int[]``, in any accepted spelling."""
        if not isinstance(value, String):
            message = f"{shown(value)} is no input type, expected a name such as text or int"
            self.diagnostics.error("validate/wrong-type", message, value.span, pointer=pointer)
            return None
        written = value.value.strip().lower()
        bare = written.rstrip("?!").strip()
        optional = "?" in written[len(bare) :]
        of = _LIST_OF.fullmatch(bare)
        item = (of[1] or of[2]) if of else None
        name = _TYPES.get(item or bare)
        if name is None:
            self._unknown_type(value.value, value.span, pointer)
            return None
        return _Type("list", name, optional) if of else _Type(name, None, optional)

    def _unknown_type(self, written: str, span: Span, pointer: str) -> None:
        hint = did_you_mean(written, _TYPES) or f"the types are {', '.join(INPUT_TYPES)}"
        self.diagnostics.error("validate/wrong-value", f'"{written}" is no input type', span, hint, pointer=pointer)
