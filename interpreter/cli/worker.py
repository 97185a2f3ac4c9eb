"""A workspace becomes a worker of its background executions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from interpreter.cli.command import Command, workspace_of, workspace_option


@click.command(cls=Command)
@workspace_option
@click.option("--concurrency", metavar="N", type=click.IntRange(min=1), help="Processes; else the setting, else cores.")
@click.option("--queues", metavar="NAMES", help="Only these queues, with commas between.")
@click.option(
    "--idle-exit", metavar="SECONDS", type=click.FloatRange(min=0), help="End after so long without anything to do."
)
@click.option("--reload", is_flag=True, help="Let a new worker take over when documents or settings change.")
@click.option("--log", metavar="FORM", type=click.Choice(["text", "json", "quiet"]), help="text, json or quiet.")
@click.option(
    "--metrics-port", metavar="N", type=click.IntRange(1, 65535), help="Serve metrics for Prometheus at /metrics."
)
def command(
    workspace: Path | None,
    concurrency: int | None,
    queues: str | None,
    idle_exit: float | None,
    reload: bool,
    log: str | None,
    metrics_port: int | None,
) -> int:
    """Run background executions until stopped.

    Ctrl-C or SIGTERM lets running executions end first. Where no broker_url is set, `interpreter run` starts a worker
    by itself. Each run reads the documents as they are when it begins: --reload is for settings, and for definitions
    that came or went.
    """
    here = workspace_of(None, workspace)
    if reload:
        from interpreter.cli.dev import is_valid
        from interpreter.cli.supervise import Documents, keep_worker

        words = [word for word in sys.argv[1:] if word != "--reload"]
        return keep_worker(words, Documents(here), lambda paths: is_valid(here, paths), lambda: None)
    from interpreter import worker

    names = [name.strip() for name in queues.split(",") if name.strip()] if queues else None
    return worker.main(
        here.root,
        concurrency=concurrency,
        queues=names,
        idle_exit=idle_exit,
        log=log,
        metrics_port=metrics_port,
    )
