"""The .env files of a workspace and what is allowed of the environment become what stacks may read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from interpreter.diagnostic import Diagnostics, Rejected
from interpreter.settings.declared import Settings
from interpreter.settings.refusing import reason, rejected
from interpreter.source import Source, Span, shown


def stack_environment(
    settings: Settings, root: Path, environment: Mapping[str, str], env_file: Path | None = None
) -> dict[str, str]:
    """What stacks may read under ``env``: the workspace's .env, over it ``env_file``, over both what is allowed."""
    found: dict[str, str] = {}
    for file in (root / ".env", env_file):
        if file is not None and (file is env_file or file.is_file()):
            found.update(_read_env_file(file))
    if settings.env_allow:
        from fnmatch import fnmatchcase

        for name, value in environment.items():
            if any(fnmatchcase(name, pattern) for pattern in settings.env_allow):
                found[name] = value
    return found


def _read_env_file(file: Path) -> dict[str, str]:
    from io import StringIO

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise rejected("load/unreadable", f'the environment file "{file}" cannot be read: {reason(error)}') from None
    from dotenv.parser import parse_stream

    diagnostics = Diagnostics()
    found: dict[str, str] = {}
    source = Source(shown(file), text)
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            start = source.starts[binding.original.line - 1]
            span = Span(source, start, start + len(binding.original.string.rstrip()))
            diagnostics.error(
                "workspace/env-file", "the line sets no variable", span, 'write NAME=value or NAME="a text"'
            )
        elif binding.key is not None:
            found[binding.key] = binding.value or ""
    if diagnostics.found:
        raise Rejected(diagnostics.found)
    return found
