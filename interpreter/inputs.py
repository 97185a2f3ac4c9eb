"""What a caller gave becomes the inputs that a definition declares: defaults filled in, types coerced, all checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.catalog import did_you_mean, misspelt
from interpreter.diagnostic import Diagnostic, Rejected
from interpreter.source import Source, Span
from interpreter.values import Moment, decode, kind, parse_number, plain_value, preview, text

if TYPE_CHECKING:
    from interpreter import tree


class Declared(NamedTuple):
    """One declared input in a form that a cached program keeps: the fields of ``tree.Input`` without its place."""

    name: str
    type: str
    required: bool = True
    default: Any = None
    description: str | None = None
    values: tuple[Any, ...] | None = None
    """The allowed values of an enum."""
    items: str | None = None
    """The item type of a list."""
    secret: bool = False

    @property
    def is_secret(self) -> bool:
        """Whether no message may say its value."""
        return self.secret or "password" in (self.type, self.items)


def coerce(declared: Iterable[Declared] | None, given: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a run. ``declared`` is None where the definition declares none: then all that is given passes.

    Raises one Rejected with an ``input/invalid`` for every bad field. Null, where an input is not required, stands
    for its default.
    """
    if declared is None:
        return dict(given)
    inputs: dict[str, Any] = {}
    bad: list[Diagnostic] = []
    declared = list(declared)
    names = [each.name for each in declared]
    unknown = [name for name in given if name not in names]
    meant = misspelt(unknown, names) if unknown else ()
    for each in declared:
        value = given.get(each.name)
        if value is None and not each.required:
            value = plain_value(each.default)
        if value is None and not each.required:
            inputs[each.name] = None
        elif value is None and each.name not in given:
            if each.name in meant:
                continue
            bad.append(_invalid(each.name, f'the input "{each.name}" is missing, expected {_expected(each)}'))
        else:
            try:
                inputs[each.name] = _coerce_one(each, value)
            except Unfit as unfit:
                bad.append(_invalid(each.name, _sentence(each, value, unfit), unfit.path))
    bad += [_unknown(name, names) for name in unknown]
    if bad:
        raise Rejected(bad)
    return inputs


def declared_as(declared: tree.Input) -> Declared:
    """A declaration without its place."""
    return Declared(*(getattr(declared, field) for field in Declared._fields))


def problem_of_default(declared: Declared) -> str | None:
    """Why its default is no value of an input, as one sentence; None where it is one, or null."""
    try:
        if declared.default is not None:
            _coerce_one(declared, declared.default)
    except Unfit as unfit:
        return f"the default of {_sentence(declared, declared.default, unfit)}"
    return None


class Unfit(Exception):
    """A value is not what its type asks for: what was expected instead, and where inside the value."""

    def __init__(self, expected: str, path: tuple[str, ...] = (), value: Any = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.path = path
        self.value = value


def _coerce_one(declared: Declared, value: Any) -> Any:
    if declared.type == "enum":
        return _enum(declared.values or (), value)
    if declared.type == "list" and declared.items:
        return [_item(declared.items, position, item) for position, item in enumerate(_list(value))]
    return TYPES[declared.type].read(value)


def _item(type: str, position: int, item: Any) -> Any:
    try:
        return TYPES[type].read(item)
    except Unfit as unfit:
        raise Unfit(unfit.expected, (str(position),), item) from None


def _sentence(declared: Declared, value: Any, unfit: Unfit) -> str:
    name = declared.name + "".join(f"[{step}]" for step in unfit.path)
    found = unfit.value if unfit.path else value
    shown = kind(found) if declared.is_secret and found is not None else preview(found)
    return f'the input "{name}" is {shown}, expected {unfit.expected}'


def _expected(declared: Declared) -> str:
    if declared.type == "enum":
        return _one_of(declared.values or ())
    return TYPES[declared.type].expected


def _invalid(name: str, message: str, path: tuple[str, ...] = (), hint: str | None = None) -> Diagnostic:
    steps = (name.replace("~", "~0").replace("/", "~1"), *path)
    return Diagnostic("input/invalid", message, hint=hint, pointer="".join(f"/{step}" for step in steps))


def _unknown(name: str, names: list[str]) -> Diagnostic:
    takes = f"the inputs are {', '.join(names)}" if names else "it takes no inputs"
    return _invalid(name, f'the input "{name}" is not declared', hint=did_you_mean(name, names) or takes)


# --- the types ---------------------------------------------------------------------------------------

# Texts, not compiled patterns: most runs need none of them, and re keeps those that are used.
_EMAIL = r"[^\s@<>(),;:\"\\\[\]]+@[^\s@<>(),;:\"\\\[\].]+(\.[^\s@<>(),;:\"\\\[\].]+)+"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_WHOLE = r"[+-]?[0-9]{1,4000}"
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_MILLISECONDS = 1e11
"""A time written as a number is in seconds; from here on (the year 5138) it can only be meant in milliseconds."""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float, Moment)) and not isinstance(value, bool):
        return text(value)
    raise Unfit(TYPES["text"].expected)


def _int(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(_WHOLE, value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unfit(TYPES["int"].expected)


def _decimal(value: Any) -> int | float:
    if isinstance(value, str):
        value = parse_number(value.strip())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise Unfit(TYPES["decimal"].expected)


def _bool(value: Any) -> bool:
    if isinstance(value, str):
        value = _BOOLEANS.get(value.strip().lower())
    elif isinstance(value, int) and value in (0, 1):
        value = bool(value)
    if isinstance(value, bool):
        return value
    raise Unfit(TYPES["bool"].expected)


def _timestamp(value: Any) -> Moment:
    if isinstance(value, Moment):
        return value
    found = None
    if isinstance(value, str):
        found = Moment.parse(value.strip())
        value = parse_number(value.strip()) if found is None else None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15:
        found = Moment(value / 1000 if abs(value) >= _MILLISECONDS else value)
    if found is None:
        raise Unfit(TYPES["timestamp"].expected)
    return found


def _date(value: Any) -> str:
    if isinstance(value, Moment):
        value = str(value)[:10]
    if isinstance(value, str) and len(value.strip()) == 10 and Moment.parse(value.strip()):
        return value.strip()
    raise Unfit(TYPES["date"].expected)


def _matching(type: str, pattern: str, lower: bool) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        found = value.strip() if isinstance(value, str) else ""
        found = found.lower() if lower else found
        if not re.fullmatch(pattern, found):
            raise Unfit(TYPES[type].expected)
        return found

    return read


def _password(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Unfit(TYPES["password"].expected)


def _list(value: Any) -> list[Any]:
    found = _parsed(value, "[")
    if isinstance(found, list):
        return found
    raise Unfit(TYPES["list"].expected)


def _object(value: Any) -> dict[str, Any]:
    found = _parsed(value, "{")
    if isinstance(found, dict):
        return found
    raise Unfit(TYPES["object"].expected)


def _parsed(value: Any, *openings: str) -> Any:
    """A text that is a JSON list or object as that value: what ``-i tags='["a"]'`` means. Else the value itself."""
    if isinstance(value, str) and value.lstrip().startswith(openings):
        try:
            return decode(value)
        except (ValueError, RecursionError):
            return value
    return value


def _file(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, dict) and "name" in value):
        return value
    raise Unfit(TYPES["file"].expected)


def _enum(values: tuple[Any, ...], value: Any) -> Any:
    for allowed in values:
        if value is allowed or (text(value) == text(allowed) and not isinstance(value, (list, dict))):
            return allowed
    raise Unfit(_one_of(values))


def _one_of(values: tuple[Any, ...]) -> str:
    return f"one of {', '.join(preview(value) for value in values)}"


class Type(NamedTuple):
    """An input type: what its values are called in messages, and how a given value is read."""

    expected: str
    read: Callable[[Any], Any]


TYPES: dict[str, Type] = {
    "any": Type("a value", lambda value: value),
    "text": Type("a text", _text),
    "int": Type("a whole number", _int),
    "decimal": Type("a number", _decimal),
    "bool": Type("true or false", _bool),
    "timestamp": Type("an ISO 8601 time, or seconds since 1970", _timestamp),
    "date": Type("a date such as 2026-01-31", _date),
    "json": Type("a JSON value", lambda value: _parsed(value, "{", "[")),
    "enum": Type("one of its values", lambda value: value),
    "uuid": Type("a UUID", _matching("uuid", _UUID, lower=True)),
    "email": Type("an email address", _matching("email", _EMAIL, lower=False)),
    "password": Type("a text", _password),
    "list": Type("a list", _list),
    "object": Type("an object", _object),
    "file": Type("a file: its text, or an object with its name", _file),
}
"""Every input type by its canonical name."""


# --- as a command line gives them --------------------------------------------------------------------


def parse_argument(argument: str) -> tuple[str, Any]:
    """``name=text``, ``name:=json``, ``name=@file`` (its text) or ``name:=@file`` (its JSON) as name and value.

    Raises Rejected (``input/syntax``).
    """
    found = re.match(r"([^=]+?)(:?=)(@?)", argument)
    if not found:
        raise _unreadable(f'the input "{argument}" has no value, expected name=text, name:=json or name=@file')
    name, sign, is_file = found.groups()
    rest = argument[found.end() :]
    written = read_text(Path(rest)) if is_file else rest
    return name, parse_json(written, rest if is_file else f"-i {name}") if sign == ":=" else written


def parse_inputs(written: str, place: str) -> dict[str, Any]:
    """A JSON object of inputs; ``place`` is the file it comes from. Raises Rejected (``input/syntax``)."""
    found = parse_json(written, place)
    if not isinstance(found, dict):
        raise _unreadable(f"the inputs are {kind(found)}, expected an object", Span(Source(place, written), 0, 0))
    return found


def parse_json(written: str, place: str) -> Any:
    try:
        return decode(written)
    except json.JSONDecodeError as error:
        span = Span(Source(place, written), error.pos, error.pos)
        hint = "a text needs no JSON: name=text" if place.startswith("-i ") else None
        raise _unreadable(f"the input is not JSON: {error.msg[:1].lower()}{error.msg[1:]}", span, hint) from None
    except ValueError as error:
        raise _unreadable(f"the input is not JSON: {error}") from None
    except RecursionError:
        raise _unreadable("the input is nested too deeply") from None


def read_text(file: Path) -> str:
    """A file's text; Rejected (``input/syntax``) where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(f'the input file "{file}" is not UTF-8 text') from None
    except OSError as error:
        raise _unreadable(f'the input file "{file}" cannot be read: {(error.strerror or "").lower()}') from None


def _unreadable(message: str, span: Span | None = None, hint: str | None = None) -> Rejected:
    return Rejected([Diagnostic("input/syntax", message, span, hint)])
