"""A workspace's executions become metrics: printed, or served for Prometheus."""

from __future__ import annotations

import signal
import socket
from contextlib import closing
from pathlib import Path

import click

from interpreter.cli.command import Command, workspace_of, workspace_option


@click.command(cls=Command)
@click.option("--port", metavar="N", type=click.IntRange(0, 65535), help="Serve them at /metrics until stopped.")
@click.option(
    "--listener", type=int, hidden=True, help="Serve them on this inherited socket, as long as stdin is open."
)
@workspace_option
def command(port: int | None, listener: int | None, workspace: Path | None) -> int:
    """Print the metrics of background executions as Prometheus reads them.

    With --port they are served at the address of the setting metrics_host. A worker serves them too:
    `interpreter worker --metrics-port N`.
    """
    from interpreter import execution
    from interpreter.background.watch import exporter
    from interpreter.background.watch.metrics import metrics

    here = workspace_of(None, workspace)
    with closing(execution.engine(here)) as engine:
        database = engine.records.database
        if listener is not None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, whose end is ours
            exporter.serve(socket.socket(fileno=listener), database, here.settings, with_parent=True)
        elif port is not None:
            with exporter.listen(here.settings.metrics_host, port) as listening:
                print(
                    f"metrics at http://{here.settings.metrics_host}:{listening.getsockname()[1]}/metrics", flush=True
                )
                exporter.serve(listening, database, here.settings, with_parent=False)
        else:
            print(metrics(database, here.settings), end="")
    return 0
