"""The beginning of a word becomes the names that it may be: what a shell completes besides commands and options."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from interpreter.cli.command import workspace_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from interpreter.workspace import Workspace

Suggest = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]
NEWEST = 50
"""So many executions are offered."""


def _quietly(find: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Suggest:
    """Names and what is said of them, as click wants them; nothing, where they cannot be had."""

    def suggest(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            found = list(find(ctx))
        except Exception:  # a person presses Tab: whatever is wrong, the command itself will say it
            return []
        return [CompletionItem(name, help=told or None) for name, told in found if name.startswith(begun)]

    return suggest


def _workspace(ctx: click.Context) -> Workspace:
    return workspace_of(None, ctx.params.get("workspace"))


@_quietly
def definitions(ctx: click.Context) -> Iterable[tuple[str, str]]:
    found = _workspace(ctx).definitions()
    return ((name, ", ".join(each.kind for each in found[name])) for name in sorted(found))


def documents(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The workspace's names, or files where no name begins so."""
    from click.shell_completion import CompletionItem

    return definitions(ctx, parameter, begun) or [CompletionItem(begun, type="file")]


@_quietly
def nodes(_ctx: click.Context) -> Iterable[tuple[str, str]]:
    from interpreter.spellings import NODES

    return ((name, "") for name in NODES)


@_quietly
def explained(_ctx: click.Context) -> Iterable[tuple[str, str]]:
    from interpreter.cli import entries

    return ((entry["name"], entry["meaning"]) for entry in entries.all_entries())


@_quietly
def executions(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from interpreter import execution

    with closing(execution.engine(_workspace(ctx))) as engine:
        records = engine.newest(limit=NEWEST)
    return ((record["execution_id"], f"{record['state']} {record['function_name']}") for record in records)
