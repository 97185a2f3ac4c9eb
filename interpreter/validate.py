"""Definitions are held against the schemas: each node against the one that its function names.

The schema is chosen, never guessed (no ``oneOf`` over nodes), so that a message is about the one parameter that is
wrong. A text with a template in it stands for a value of any type, except where a schema says ``x-literal``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter import schemafiles
from interpreter.addresses import parse_url
from interpreter.catalog import did_you_mean, nearest
from interpreter.diagnostic import Diagnostics
from interpreter.source import Span
from interpreter.timetable import NoTime, timetable
from interpreter.tree import Array, Block, Case, Definition, Literal, Node, Object, String, Value, plain, walk_nodes
from interpreter.values import LONGEST, parse_duration, preview

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TEMPLATE = re.compile(r"(?<!\\)(?:\{\{|<<)")
_VARIABLE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_COMMON = ("function", "return_as", "execution_mode")

_TYPE_WORDS = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def validate(definitions: list[Definition], diagnostics: Diagnostics) -> None:
    """Say of every node and definition what its schema finds wrong."""
    for definition in definitions:
        _check_definition(definition, diagnostics)
        for node in walk_nodes(definition.stack):
            _check_node(node, diagnostics)


def validate_object(value: Object, schema: str, label: str, diagnostics: Diagnostics) -> None:
    """Say what a schema finds wrong with a document that is one object, called ``label``."""
    shape = _shape(schema)
    names = {member.key.value: member.key.span for member in value}
    values = {member.key.value: member.value for member in value}
    start = Span(value.span.source, value.span.start, value.span.start + 1)
    subject = _Subject(label, value.span, start, "", names, values)
    if not shape.surely_fits(values):
        _Complaints(subject, shape, diagnostics).report({})


def _check_node(node: Node, diagnostics: Diagnostics) -> None:
    shape = _shape(f"nodes/{node.function}")
    subject = _Subject(_label(node), node.span, node.function_span, node.pointer, node.names, node.parameters)
    if node.return_as is not None:
        subject.values = {**subject.values, "return_as": node.return_as}
    if node.mode is not None:
        subject.values = {**subject.values, "execution_mode": node.mode}
    if not shape.surely_fits(subject.values):
        _Complaints(subject, shape, diagnostics).report({"function": node.function})
    _check_delay(subject, diagnostics)
    _check_callback(subject, diagnostics)


def _check_definition(definition: Definition, diagnostics: Diagnostics) -> None:
    shape = _shape("definition")
    name = definition.name_span
    if definition.kind == "schedule" and not {"schedule", "every"} & definition.options.keys():
        message = f'the schedule "{definition.name}" lacks "schedule"'
        hint = 'add when to run, such as "schedule": "0 6 * * *"'
        diagnostics.error("validate/missing-parameter", message, name, hint, pointer=definition.pointer)
        return
    before = len(diagnostics.found)
    label = f'the {definition.kind} "{definition.name}"'
    subject = _Subject(label, definition.span, name, definition.pointer, {}, definition.option_values)
    if not shape.surely_fits(definition.option_values):
        _Complaints(subject, shape, diagnostics).report({})
    _check_delay(subject, diagnostics)
    _check_callback(subject, diagnostics)
    if definition.kind == "schedule" and len(diagnostics.found) == before:
        _check_schedule(definition, diagnostics)


def _check_schedule(definition: Definition, diagnostics: Diagnostics) -> None:
    """What its schema finds right must mean a time that comes, and needs nobody to give it inputs."""
    try:
        timetable(definition.options)
    except NoTime as wrong:
        value = definition.option_values.get(wrong.key)
        span = definition.name_span if value is None else value.span
        diagnostics.error("validate/wrong-value", wrong.message, span, wrong.hint, pointer=definition.pointer)
    for each in definition.inputs or ():
        if each.required and each.default is None:
            message = f'the schedule "{definition.name}" requires the input "{each.name}", and nobody gives it one'
            hint = "give the input a default"
            diagnostics.error("validate/wrong-value", message, each.span, hint, pointer=definition.pointer)


def _check_delay(subject: _Subject, diagnostics: Diagnostics) -> None:
    """A delay that is written as a text without a template must be a length of time."""
    delay = subject.values.get("delay")
    if not isinstance(delay, String) or _TEMPLATE.search(delay.value):
        return
    seconds = parse_duration(delay.value)
    if seconds is None or not 0 <= seconds <= LONGEST:
        message = f'"delay" of {subject.label} is {preview(delay.value)}, expected 0 up to a year'
        hint = "write seconds, or a text such as 15m or 14 days"
        diagnostics.error("validate/wrong-value", message, delay.span, hint, pointer=f"{subject.pointer}/delay")


def _check_callback(subject: _Subject, diagnostics: Diagnostics) -> None:
    """A callback_url without a template must be a URL that can be called."""
    url = subject.values.get("callback_url")
    if not isinstance(url, String) or not url.value or _TEMPLATE.search(url.value):
        return
    try:
        parse_url(url.value)
    except ValueError as wrong:
        message = f'"callback_url" of {subject.label} {wrong}'
        hint = "write an absolute URL, such as https://hooks.example.com/done"
        diagnostics.error("validate/wrong-value", message, url.span, hint, pointer=f"{subject.pointer}/callback_url")


def _label(node: Node) -> str:
    return node.function_span.text.strip('"') if node.is_call else node.function


class _Subject:
    """What is held against a schema: a node, or the options of a definition."""

    def __init__(
        self,
        label: str,
        span: Span,
        name_span: Span,
        pointer: str,
        names: dict[str, Span],
        values: Mapping[str, Any],
    ) -> None:
        self.label = label
        self.span = span
        self.name_span = name_span
        self.pointer = pointer
        self.names = names
        self.values = values


# --- the schema of one node ---------------------------------------------------------------------------


@cache
def _shape(schema: str) -> _Shape:
    return _Shape(schemafiles.filled(schema))


class _Shape:
    """One schema, as a quick look that clears nearly every node, and as a jsonschema validator for the rest.

    The quick look knows few keywords and says yes only where it is sure; so a document without mistakes does not
    even import jsonschema.
    """

    def __init__(self, schema: schemafiles.Schema) -> None:
        self.schema = schema
        self.properties: dict[str, schemafiles.Schema] = schema["properties"]
        self.required = tuple(key for key in schema.get("required", ()) if key != "function")
        self.conditional = "if" in schema
        self.alternatives = tuple(tuple(each["required"]) for each in schema.get("anyOf", ()))

    @cached_property
    def validator(self) -> Validator:
        return _validator_class()(self.schema)

    @property
    def takes(self) -> list[str]:
        return [key for key in self.properties if key not in _COMMON]

    def surely_fits(self, values: Mapping[str, Any]) -> bool:
        if any(key not in values for key in self.required):
            return False
        if self.conditional and not _says_nothing_of(self.schema["if"], values):
            return False
        if self.alternatives and not any(all(key in values for key in keys) for keys in self.alternatives):
            return False
        properties = self.properties
        for key, value in values.items():
            schema = properties.get(key)
            if schema is None or not (isinstance(value, Block | list) or _surely_valid(value, schema)):
                return False
        return True


def _says_nothing_of(condition: schemafiles.Schema, values: Mapping[str, Any]) -> bool:
    """Whether an ``if`` of constants surely does not hold of some values, so that its ``then`` asks nothing of them."""
    wanted = ((key, each["const"]) for key, each in condition["properties"].items())
    return any(not isinstance(found := values.get(key), String) or found.value != const for key, const in wanted)


_QUICK = frozenset({"description", "type", "enum", "const", "pattern", "minLength", "minimum", "maximum", "x-literal"})


def _surely_valid(value: Value, schema: schemafiles.Schema) -> bool:
    """Whether a value fits a schema of the few keywords above; False also where that is not known."""
    if isinstance(value, String) and "x-literal" not in schema and _TEMPLATE.search(value.value):
        return True
    if not schema.keys() <= _QUICK or not _is_of_type(value, schema.get("type")):
        return False
    if isinstance(value, String):
        text = value.value
        return (
            ("enum" not in schema or text in schema["enum"])
            and ("const" not in schema or text == schema["const"])
            and ("pattern" not in schema or re.search(schema["pattern"], text) is not None)
            and len(text) >= schema.get("minLength", 0)
        )
    if "enum" in schema or "const" in schema:
        return False
    if not isinstance(value, Literal) or value.value is None or isinstance(value.value, bool):
        return True
    return bool(schema.get("minimum", value.value) <= value.value <= schema.get("maximum", value.value))


def _is_of_type(value: Value, types: str | list[str] | None) -> bool:
    if types is None:
        return True
    kind = _json_type(value)
    return kind in types or (kind == "integer" and "number" in types)


def _json_type(value: Value) -> str:
    match value:
        case String():
            return "string"
        case Array():
            return "array"
        case Object():
            return "object"
        case Literal(value=None):
            return "null"
        case Literal(value=bool()):
            return "boolean"
        case Literal(value=int()):
            return "integer"
        case _:
            return "number"


@cache
def _validator_class() -> type[Validator]:
    """Draft 2020-12, but that nothing is wrong with a text that has a template in it."""
    from jsonschema import validators

    extend: Any = validators.extend
    draft = validators.validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema"})

    def unless_template(check: Any) -> Any:
        def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            if isinstance(instance, str) and "x-literal" not in schema and _TEMPLATE.search(instance):
                return iter(())
            return check(validator, value, instance, schema) or iter(())

        return checked

    checks = {keyword: unless_template(check) for keyword, check in draft.VALIDATORS.items()}
    extended: type[Validator] = extend(draft, validators=checks)
    return extended


# --- what the schema says, in our words -----------------------------------------------------------------


class _Error(NamedTuple):
    """What jsonschema finds, without its optional parts: the keyword that fails, and what at which path."""

    keyword: str
    expected: Any
    instance: Any
    schema: schemafiles.Schema
    path: tuple[Any, ...]


class _Complaints:
    """The errors of one subject, one for each cause, at the exact key or value."""

    def __init__(self, subject: _Subject, shape: _Shape, diagnostics: Diagnostics) -> None:
        self.subject = subject
        self.shape = shape
        self.diagnostics = diagnostics
        self.said: set[tuple[Any, ...]] = set()

    def report(self, head: dict[str, Any]) -> None:
        values = self.subject.values.items()
        instance = {**head, **{key: [] if isinstance(value, Block | list) else plain(value) for key, value in values}}
        found: list[Any] = list(self.shape.validator.iter_errors(instance))
        errors = [
            _Error(each.validator, each.validator_value, each.instance, each.schema, tuple(each.absolute_path))
            for each in found
        ]
        unknown = [key for error in errors if error.keyword == "additionalProperties" for key in _extra(error)]
        for error in errors:
            if error.keyword == "additionalProperties":
                self._unknown(error)
            elif error.keyword == "required":
                self._missing(error, unknown)
            elif error.keyword == "anyOf" and not error.path:
                self._none_of(unknown)
            else:
                self._wrong(error)

    def _unknown(self, error: _Error) -> None:
        path = error.path
        takes = [key for key in error.schema["properties"] if path or key not in _COMMON]
        listed = f"it takes {', '.join(takes)}" if takes else "it takes no parameters"
        for key in _extra(error):
            what = f'"{self._path(path)}" of {self.subject.label}' if path else self.subject.label
            hint = did_you_mean(key, [*takes, *(() if path else _COMMON)])
            message = f'unknown parameter "{key}" of {what}; {listed}'
            self._say("validate/unknown-parameter", message, self._key_span((*path, key)), hint, (*path, key))

    def _missing(self, error: _Error, unknown: list[str]) -> None:
        """Parameters that are required and absent; not those that an unknown key seems to mean."""
        path = error.path
        for key in error.expected:
            if key not in error.instance and not _seems_meant(key, unknown):
                what = f'"{self._path(path)}" of {self.subject.label}' if path else self.subject.label
                properties = error.schema.get("properties", self.shape.properties)
                hint = properties[key].get("description")
                span = self._value_span(path) if path else self.subject.name_span
                self._say("validate/missing-parameter", f'{what} lacks "{key}"', span, hint, path, key)

    def _none_of(self, unknown: list[str]) -> None:
        ways = self.shape.alternatives
        if any(_seems_meant(key, unknown) for keys in ways for key in keys):
            return
        *first, last = (" with ".join(f'"{key}"' for key in keys) for keys in ways)
        listed = f"{', '.join(first)} or {last}"
        message = f"{self.subject.label} does not say which record, expected {listed}"
        self._say("validate/missing-parameter", message, self.subject.name_span, None, ())

    def _wrong(self, error: _Error) -> None:
        path = error.path
        code = "validate/wrong-type" if error.keyword == "type" else "validate/wrong-value"
        what = f'"{self._path(path)}" of {self.subject.label}'
        message = f"{what} is {preview(error.instance)}, expected {_expected(error)}"
        self._say(code, message, self._value_span(path), _hint(error), path)

    def _say(
        self, code: str, message: str, span: Span, hint: str | None, path: tuple[Any, ...], missing: str = ""
    ) -> None:
        if (code, path, missing) in self.said:
            return
        self.said.add((code, path, missing))
        written = [str(part).replace("~", "~0").replace("/", "~1") for part in self._as_written(path)]
        pointer = "/".join([self.subject.pointer, *written])
        self.diagnostics.error(code, message, span, hint, pointer=pointer)

    # --- places ---------------------------------------------------------------------------------------

    def _as_written(self, path: tuple[Any, ...]) -> tuple[Any, ...]:
        """A path that begins with the key under its author's spelling."""
        if path and path[0] in self.subject.names:
            return (self.subject.names[path[0]].text[1:-1], *path[1:])
        return path

    def _path(self, path: tuple[Any, ...]) -> str:
        first, *others = self._as_written(path)
        return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in others)

    def _value(self, path: tuple[Any, ...]) -> Value | Block | list[Case] | None:
        value = self.subject.values.get(path[0])
        for part in path[1:]:
            if isinstance(value, Object):
                value = value.get(part)
            elif isinstance(value, Array):
                value = value.items[part]
        return value

    def _value_span(self, path: tuple[Any, ...]) -> Span:
        value = self._value(path)
        if value is None or isinstance(value, list):
            return self.subject.names.get(path[0], self.subject.name_span)
        return value.span

    def _key_span(self, path: tuple[Any, ...]) -> Span:
        if len(path) == 1:
            return self.subject.names.get(path[0], self.subject.name_span)
        holder = self._value(path[:-1])
        keys = holder.members if isinstance(holder, Object) else ()
        return next((each.key.span for each in keys if each.key.value == path[-1]), self._value_span(path[:-1]))


def _seems_meant(key: str, unknown: list[str]) -> bool:
    """Whether one of the unknown keys may stand for this one: then its absence is no second cause."""
    return any(nearest(each, [key], near=0.6) for each in unknown)


def _extra(error: _Error) -> list[str]:
    return [key for key in error.instance if key not in error.schema["properties"]]


def _expected(error: _Error) -> str:
    """What would be right, in words."""
    value = error.expected
    match error.keyword:
        case "type":
            words = [_TYPE_WORDS[each] for each in ([value] if isinstance(value, str) else value) if each != "null"]
            return " or ".join(dict.fromkeys(words))
        case "enum":
            return f"one of {', '.join(map(str, value))}"
        case "const":
            return f'"{value}"'
        case "minimum":
            return f"at least {value}"
        case "maximum":
            return f"at most {value}"
        case "exclusiveMinimum":
            return f"more than {value}"
        case "minLength" | "minItems":
            return "something in it"
        case "pattern" if error.instance and "[.]" in value:
            return "a variable's name, or a path into it such as order.items.0"
        case "pattern" if error.instance:
            return _PATTERN_WORDS.get(error.path[-1], "a name of letters, digits and _")
        case "pattern":
            return "something in it"
    description: str = error.schema.get("description", "another value")
    return description[:1].lower() + description[1:].rstrip(".")


_PATTERN_WORDS: dict[str | int, str] = {
    "method": "a method such as GET or POST",
    "schedule": "the five or six fields of a cron expression",
}


def _hint(error: _Error) -> str | None:
    if error.keyword == "enum" and isinstance(error.instance, str):
        return did_you_mean(error.instance, [each for each in error.expected if isinstance(each, str)])
    if error.keyword == "const":
        return str(error.schema["description"])
    written = error.keyword == "type" and isinstance(error.instance, str) and "x-literal" not in error.schema
    if written and _VARIABLE.fullmatch(error.instance):
        return f'a variable is written "{{{{ {error.instance} }}}}"'
    return None
