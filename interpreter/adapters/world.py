"""Settings become the world of a run: each adapter is imported and opened when a node first asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from interpreter.settings import Settings

if TYPE_CHECKING:
    from interpreter.adapters.tables.tables import Tables as WorkspaceTables
    from interpreter.adapters.tables.watched import Fire, Watched
    from interpreter.context import Cache, Files, Http, Mail, Realtime
    from interpreter.database import Database


class World:
    """The adapters of one workspace (``context.World``).

    One for all runs of a process. ``database`` and ``bus_url`` are asked for late: they may start a server.
    """

    def __init__(
        self,
        settings: Settings,
        root: Path,
        *,
        database: Callable[[], Database],
        bus_url: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.root = root
        self._database = database
        self._bus_url = bus_url

    @cached_property
    def tables(self) -> WorkspaceTables:
        from interpreter.adapters.tables.tables import Tables

        return Tables(self.settings, self.root, self._database())

    @cached_property
    def http(self) -> Http:
        from interpreter.adapters.http.client import Client

        return Client(self.settings, self.root, lambda: self.files)

    @cached_property
    def cache(self) -> Cache:
        from interpreter.adapters.cache import cache_of

        return cache_of(self.settings, self._bus_url)

    @cached_property
    def realtime(self) -> Realtime:
        from interpreter.adapters.realtime import realtime_of

        return realtime_of(self.settings, self._bus_url)

    @cached_property
    def mail(self) -> Mail:
        from interpreter.adapters.mail.mail import Mail

        return Mail(self.settings, lambda: self.files)

    @cached_property
    def files(self) -> Files:
        from interpreter.adapters.files.files import Files

        return Files(self.settings, self.root)

    def close(self) -> None:
        """Let go of the lines to the bus; connections of HTTP are the process's, the database its opener's."""
        for name in ("cache", "realtime"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()


class WatchedWorld:
    """The same world for one run, whose changes of records are told to ``fire``."""

    def __init__(self, world: World, fire: Fire) -> None:
        self._world = world
        self._fire = fire

    @cached_property
    def tables(self) -> Watched:
        from interpreter.adapters.tables.watched import Watched

        return Watched(self._world.tables, self._fire)

    @property
    def http(self) -> Http:
        return self._world.http

    @property
    def cache(self) -> Cache:
        return self._world.cache

    @property
    def realtime(self) -> Realtime:
        return self._world.realtime

    @property
    def mail(self) -> Mail:
        return self._world.mail

    @property
    def files(self) -> Files:
        return self._world.files
