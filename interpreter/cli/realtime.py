"""A channel becomes lines: each event as it comes."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interpreter.cli.command import CommandGroup, output_option, workspace_of, workspace_option
from interpreter.cli.render import paint_for, visible
from interpreter.cli.since import When
from interpreter.values import Moment, encode

if TYPE_CHECKING:
    from interpreter.adapters.realtime import Event
    from interpreter.background.engine import Engine
    from interpreter.diagnostic import Fault


class Beginning(click.ParamType):  # type: ignore[type-arg]
    """Where events begin: ``all``, the id of one, or a time."""

    name = "beginning"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from interpreter.adapters.realtime import BEFORE_ALL, is_id

        if value == "all":
            return BEFORE_ALL
        return str(value) if is_id(str(value)) else f"{round(When().convert(value, param, ctx) * 1000)}-0"


@click.group(cls=CommandGroup)
def command() -> None:
    """Print the events of a channel as they come."""


@command.command()
@click.argument("channel", metavar="CHANNEL")
@click.option(
    "--since", metavar="ID|TIME|all", type=Beginning(), help="Begin with what is kept: after this event, or this time."
)
@output_option
@workspace_option
def tail(channel: str, since: str | None, output: str | None, workspace: Path | None) -> None:
    """Print each event of a channel as it comes, until Ctrl-C.

    With -o json each is one line of JSON. A bus that goes away is waited for; what is kept of the time between comes
    late, and nothing twice.
    """
    from interpreter import execution
    from interpreter.adapters.realtime import realtime_of

    here = workspace_of(None, workspace)
    with closing(execution.engine(here)) as engine:
        realtime = realtime_of(here.settings, lambda: engine.bus.url)
        try:
            for event in realtime.follow(channel, since, lambda fault: _tell(engine, fault)):
                print(encode(event) if output == "json" else _line(event), flush=True)
        except KeyboardInterrupt:
            return


def _line(event: Event) -> str:
    paint = paint_for(sys.stdout)
    at = Moment(int(event["id"].partition("-")[0]) / 1000)
    return f"{paint.faint(str(at))}  {paint.strong(visible(event['event']))}  {visible(encode(event['data']))}"


def _tell(engine: Engine, fault: Fault | None) -> None:
    """Say what happened to the bus; an embedded one is looked after."""
    if fault is None:
        print("the bus is back", file=sys.stderr)
        return
    print(f"{fault.message}; waiting for the bus", file=sys.stderr)
    if "bus" in vars(engine):
        engine.bus.tend()
