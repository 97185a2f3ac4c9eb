"""The workspace's tables become lines, statements and files, and files become their records."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from interpreter.cli import rows
from interpreter.cli.command import CommandGroup, output_option, workspace_of, workspace_option
from interpreter.cli.failure import FAILED, FINE, INVALID_INPUT
from interpreter.cli.render import draw_report, paint_for
from interpreter.diagnostic import Diagnostic, Rejected
from interpreter.values import encode

if TYPE_CHECKING:
    from interpreter.adapters.tables.differences import Difference
    from interpreter.adapters.tables.model import Column, Table
    from interpreter.adapters.tables.tables import Tables
    from interpreter.execution import Session


@click.group(cls=CommandGroup)
def command() -> None:
    """List, show, compare, migrate, import and export the workspace's tables."""


@command.command("list")
@output_option
@workspace_option
def list_tables(output: str | None, workspace: Path | None) -> None:
    """List the tables, declared and open, with how many records and columns each has."""
    with _session(workspace) as session:
        tables = session.world.tables
        found = [_overview(tables, name) for name in tables.catalogue.names()]
    if output == "json":
        print(encode(found))
    elif not found:
        print(f"no tables in {workspace_of(None, workspace).root}")
    else:
        print(rows.draw(found, paint_for(sys.stdout)))


@command.command("show")
@click.argument("name", metavar="TABLE")
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=0), default=10, show_default=True, help="Records at most."
)
@click.option("--filter", "wanted", metavar="JSON", help='Only records that a filter finds: {"status": "open"}.')
@click.option("--sort", metavar="COLUMNS", default="-id", show_default=True, help="In this order.")
@output_option
@workspace_option
def show_table(
    name: str, limit: int, wanted: str | None, sort: str, output: str | None, workspace: Path | None
) -> None:
    """Show a table's columns, indexes and triggers, and its newest records; what is secret is masked."""
    with _session(workspace) as session:
        table = _table(session, name)
        query = {"filter": _filter(wanted), "sort": sort, "limit": limit}
        records = [rows.masked(each, table.secrets) for each in session.world.tables.find(name, query)]
    about = _about(table)
    if output == "json":
        print(encode({**about, "records": records}))
    else:
        print(rows.draw_table(about, records, paint_for(sys.stdout)))


@command.command("diff")
@click.option("--sql", "as_sql", is_flag=True, help="As the statements of a migration.")
@click.option("--allow-drop", is_flag=True, help="With --sql: also those that drop what is not declared.")
@output_option
@workspace_option
def show_differences(as_sql: bool, allow_drop: bool, output: str | None, workspace: Path | None) -> int:
    """Say how the declared tables differ from the database. Exit code 1 where they do."""
    from interpreter.adapters.tables import migration

    with _session(workspace) as session:
        catalogue = session.world.tables.catalogue
        found = migration.differences(catalogue)
        statements = migration.plan(catalogue, drop=allow_drop).statements if as_sql else []
    if as_sql:
        print("".join(f"{rows.plain_sql(each)};\n" for each in statements), end="")
    elif output == "json":
        print(encode([_told(each) for each in found]))
    else:
        print("\n".join(map(str, found)) or "the database has the tables as they are declared")
    return FAILED if found else FINE


@command.command("migrate")
@click.option(
    "--allow-drop", is_flag=True, help="Also drop what is not declared, and values that a column cannot keep."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@output_option
@workspace_option
def migrate_tables(allow_drop: bool, dry_run: bool, output: str | None, workspace: Path | None) -> None:
    """Give the database the tables, columns and indexes that are declared, all or nothing.

    Nothing is dropped without --allow-drop; columns that are declared no more stay, and may be empty.
    """
    from interpreter.adapters.tables import migration

    with _session(workspace) as session:
        catalogue = session.world.tables.catalogue
        found = (migration.plan if dry_run else migration.apply)(catalogue, drop=allow_drop)
    if output == "json":
        told = {"done": list(map(_told, found.ended)), "left": list(map(_told, found.left)), "sql": found.statements}
        print(encode({"dry_run": dry_run, **told}))
        return
    print("\n".join(map(str, found.ended)) or "the database has the tables as they are declared")
    if found.ended and dry_run:
        print("nothing was changed: this was a dry run", file=sys.stderr)
    for each in found.left:
        print(f"left as it is: {each} (--allow-drop drops it)", file=sys.stderr)


FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}


@command.command("import")
@click.argument("name", metavar="TABLE")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--format", "form", metavar="jsonl|csv", type=click.Choice(["jsonl", "csv"]), help="Else by the suffix.")
@click.option(
    "--on-conflict",
    metavar="ignore|update",
    type=click.Choice(["ignore", "update"]),
    help="What becomes of a record that is there already; else it is an error.",
)
@click.option("--keep-going", is_flag=True, help="Leave out the rows that do not fit, instead of everything.")
@click.option("--triggers", is_flag=True, help="Start the table's triggers.")
@output_option
@workspace_option
def import_records(
    name: str,
    file: Path,
    form: str | None,
    on_conflict: str | None,
    keep_going: bool,
    triggers: bool,
    output: str | None,
    workspace: Path | None,
) -> int:
    """Write the records of a file (- is stdin) into a table, all or none of them.

    JSON Lines or CSV, whose first line names the columns and whose empty cells are null. The first bad rows are told.
    """
    from interpreter import execution
    from interpreter.adapters.tables import transfer

    form = form or _format_of(file)
    here = workspace_of(None, workspace)
    with _session(workspace) as session:
        if name in session.world.tables.catalogue.declared() or not here.settings.open_tables:
            _table(session, name)
        tables = execution.tables_with_triggers(here, session) if triggers else session.world.tables
        with _reading(file) as source:
            done = transfer.load(tables, name, source, form, on_conflict=on_conflict, keep_going=keep_going)
    if output == "json":
        print(encode({"table": name, "imported": done.records, "bad": done.bad}))
    else:
        print(f"{_counted(done.records)} imported into {name}")
    if done.bad:
        print(draw_report(done.diagnostics, paint_for(sys.stderr)), file=sys.stderr)
    return INVALID_INPUT if done.bad else FINE


@command.command("export")
@click.argument("name", metavar="TABLE")
@click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), default="-")
@click.option("--format", "form", metavar="jsonl|csv", type=click.Choice(["jsonl", "csv"]), help="Else by the suffix.")
@click.option("--filter", "wanted", metavar="JSON", help='Only records that a filter finds: {"status": "open"}.')
@workspace_option
def export_records(name: str, file: Path, form: str | None, wanted: str | None, workspace: Path | None) -> None:
    """Write a table's records, but for passwords, to a file (- is stdout) as JSON Lines or CSV."""
    from interpreter.adapters.tables import transfer

    form = form or ("jsonl" if str(file) == "-" else _format_of(file))
    with _session(workspace) as session, _writing(file) as target:
        count = transfer.save(session.world.tables, _table(session, name), target, form, _filter(wanted))
    print(f"{_counted(count)} of {name} exported", file=sys.stderr)


def _counted(records: int) -> str:
    return f"{records:,} record{'' if records == 1 else 's'}"


def _format_of(file: Path) -> str:
    if file.suffix.lower() not in FORMATS:
        raise click.BadParameter(f'"{file}" does not say whether it is JSON Lines or CSV', param_hint="--format")
    return FORMATS[file.suffix.lower()]


@contextmanager
def _reading(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", newline="")  # type: ignore[union-attr]
        yield sys.stdin
        return
    try:
        opened = file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        message = f'"{file}" cannot be read: {(error.strerror or str(error)).lower()}'
        raise Rejected([Diagnostic("load/unreadable", message, None)]) from None
    with opened:
        yield opened


@contextmanager
def _writing(file: Path) -> Iterator[TextIO]:
    """A file that is there whole, or not at all."""
    if str(file) == "-":
        yield sys.stdout
        return
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as opened:
            yield opened
        part.replace(file)
    except OSError as error:
        raise click.BadParameter(f'"{file}" cannot be written: {error.strerror}', param_hint="FILE") from None
    finally:
        part.unlink(missing_ok=True)


# --- what is told -------------------------------------------------------------------------------------


@contextmanager
def _session(explicit: Path | None) -> Iterator[Session]:
    from interpreter import execution

    with closing(execution.Session(workspace_of(None, explicit))) as session:
        yield session


def _table(session: Session, name: str) -> Table:
    """A table that there is; Rejected where there is none."""
    from interpreter.catalog import did_you_mean

    catalogue = session.world.tables.catalogue
    known = catalogue.names()
    found = catalogue.find(name) if name in known else None
    if found is None:
        hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else None)
        message = f'the workspace has no table named "{name}"'
        raise Rejected([Diagnostic("workspace/unknown-definition", message, None, hint)])
    return found


def _overview(tables: Tables, name: str) -> dict[str, Any]:
    """One line of the list; a declared table that was not used yet has no records."""
    catalogue = tables.catalogue
    kinds, declared = catalogue.kinds(), catalogue.declared()
    records = tables.database.run(f'SELECT count(*) FROM "{name}"')[0][0] if name in kinds else 0
    table = declared[name] if name in declared else catalogue.find(name)
    columns = list(table.columns) if table else []
    kind = "declared" if name in declared else "open"
    return {"table": name, "kind": kind, "records": records, "columns": columns}


def _about(table: Table) -> dict[str, Any]:
    return {
        "table": table.name,
        "kind": "open" if table.is_open else "declared",
        "description": table.description,
        "columns": [_of_column(each) for each in table.columns.values()],
        "indexes": [{"columns": list(each.columns), "unique": each.unique} for each in table.indexes],
        "triggers": list(table.triggers),
    }


def _of_column(column: Column) -> dict[str, Any]:
    told = {
        "required": column.required,
        "unique": column.unique,
        "default": None if column.is_secret else column.default,
        "values": list(column.values),
        "references": ".".join(column.references) if column.references else None,
        "secret": column.is_secret,
        "description": column.description,
    }
    return {"name": column.name, "type": column.type, **{key: value for key, value in told.items() if value}}


def _told(each: Difference) -> dict[str, Any]:
    return {"table": each.table, "what": each.what, "kind": each.kind, "name": each.name, "message": str(each)}


def _filter(written: str | None) -> Any:
    from interpreter.conditions import read

    if written is None:
        return []
    try:
        return read(json.loads(written))
    except ValueError:
        raise click.BadParameter('expected JSON such as {"status": "open"}', param_hint="--filter") from None
