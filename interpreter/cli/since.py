"""A time or a length of time, as people write it, becomes seconds."""

from __future__ import annotations

import time
from typing import Any

import click


class When(click.ParamType):  # type: ignore[type-arg]
    """A time: ISO 8601, UTC where no offset stands, or how long ago (``90s``, ``2h``, ``3 days``)."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from interpreter.values import Moment
        from interpreter.values.durations import parse_duration

        moment = Moment.parse(str(value).strip().replace(" ", "T", 1)) if "-" in str(value) else None
        if moment is not None:
            return float(moment.seconds)
        ago = parse_duration(value)
        if ago is None or ago < 0:
            self.fail(
                f'"{value}" is no time: write 2026-11-21, 2026-11-21T15:30, or how long ago, such as 2h', param, ctx
            )
        return time.time() - ago


class Length(click.ParamType):  # type: ignore[type-arg]
    """A length of time in seconds, or with units (``30 days``, ``1h 30m``)."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from interpreter.values.durations import parse_duration

        seconds = parse_duration(value)
        if seconds is None or seconds < 0:
            self.fail(f'"{value}" is no length of time: write seconds, or units, such as 30d', param, ctx)
        return seconds
