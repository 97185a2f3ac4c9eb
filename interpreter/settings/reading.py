"""A folder and an environment become Settings: ``interpreter.toml`` first, ``INTERPRETER_*`` variables over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Diagnostics, Rejected
from interpreter.settings.declared import Settings
from interpreter.settings.kinds import READERS, UNTOLD
from interpreter.settings.refusing import reason, rejected
from interpreter.source import Source, Span, shown
from interpreter.values import preview

FILE_NAME = "interpreter.toml"
PREFIX = "INTERPRETER_"


def find_root(start: Path, explicit: Path | None = None) -> Path:
    """The workspace's folder: the explicit one, else the nearest upward from ``start`` with an interpreter.toml.

    ``start`` is a file or folder; without an interpreter.toml it is that folder, or the file's own. Raises
    Rejected where the explicit one is no folder.
    """
    if explicit is not None:
        if not explicit.is_dir():
            raise rejected("workspace/not-a-folder", f'the workspace "{explicit}" is not a folder')
        return explicit.resolve()
    own = start.resolve()
    if not own.is_dir():
        own = own.parent
    for folder in (own, *own.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    return own


def read_settings(root: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the workspace at ``root``; Rejected with everything that is wrong with them."""
    diagnostics = Diagnostics()
    found = _from_file(root / FILE_NAME, diagnostics)
    found.update(_from_environment(environment, diagnostics))
    if diagnostics.found:
        raise Rejected(diagnostics.found)
    settings = Settings(**found)
    storage = settings.storage_dir and root / settings.storage_dir.expanduser()
    return settings._replace(state_dir=root / settings.state_dir.expanduser(), storage_dir=storage)


def _from_file(file: Path, diagnostics: Diagnostics) -> dict[str, Any]:
    try:
        text = file.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        diagnostics.error("workspace/settings", f'"{file}" cannot be read: {reason(error)}', None)
        return {}
    source = Source(shown(file), text)
    found: dict[str, Any] = {}
    for key, value in _parse_toml(source, diagnostics).items():
        if key not in Settings._fields:
            hint = did_you_mean(key, Settings._fields) or f"the settings are {', '.join(Settings._fields)}"
            diagnostics.error("workspace/settings", f'"{key}" is not a setting', _key_span(source, key), hint)
            continue
        try:
            found[key] = _reader(key)(value)
        except ValueError as error:
            message = f'"{key}" is {_told(key, value)}, expected {error}'
            diagnostics.error("workspace/settings", message, _key_span(source, key))
    return found


def _parse_toml(source: Source, diagnostics: Diagnostics) -> dict[str, Any]:
    import re
    import tomllib

    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
        start = len(source.text)
        if at:
            message = message[: at.start()]
            if at[1]:
                start = source.starts[int(at[1]) - 1] + int(at[2]) - 1
        span = Span(source, start, start)
        diagnostics.error("workspace/settings", f"the settings are not TOML: {message[:1].lower()}{message[1:]}", span)
        return {}


def _key_span(source: Source, key: str) -> Span | None:
    """Where a top-level key (or table) of that name stands; tomllib itself gives no places."""
    import re

    found = re.search(rf'^[ \t]*\[*[ \t]*(["\']?{re.escape(key)}["\']?)[ \t]*[.=\]]', source.text, re.MULTILINE)
    return Span(source, found.start(1), found.end(1)) if found else None


def _from_environment(environment: Mapping[str, str], diagnostics: Diagnostics) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, written in environment.items():
        if not variable.startswith(PREFIX):
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key in Settings._fields:
            try:
                found[key] = _reader(key)(written)
            except ValueError as error:
                message = f'the environment variable "{variable}" is {_told(key, written)}, expected {error}'
                diagnostics.error("workspace/settings", message, None)
        elif near := _slip_of(key):
            message = f'the environment variable "{variable}" is not a setting'
            diagnostics.error("workspace/settings", message, None, f'did you mean "{PREFIX}{near[0].upper()}"?')
    return found


def _slip_of(key: str) -> list[str]:
    """The setting that a variable surely means; other programs may have variables with our prefix too."""
    from difflib import get_close_matches

    return get_close_matches(key, Settings._fields, n=1, cutoff=0.85)


def _told(key: str, value: Any) -> str:
    """A value as a complaint shows it."""
    hidden = _reader(key) in UNTOLD
    return "what is not shown here" if hidden else preview(value)


def _reader(key: str) -> Callable[[Any], Any]:
    return READERS[Settings.__annotations__[key]]
