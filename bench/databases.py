"""What is installed becomes the databases to measure on: SQLite always, PostgreSQL where its programs are."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interpreter.background.store import schema
from interpreter.database import Database
from tests.engines.conftest import Postgresql, programs_of_postgresql


@contextmanager
def databases() -> Iterator[dict[str, Database]]:
    """Each by its name, with our tables in it, on a disk that is synchronised as it would be in earnest."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    opened = {"SQLite": Database(None, folder)}
    programs = programs_of_postgresql()
    server = None
    if programs:
        (folder / "server").mkdir()
        folder.chmod(0o755)
        server = Postgresql(programs, folder / "server", synchronous=True)
        opened["PostgreSQL"] = Database(server.url, folder)
    try:
        for database in opened.values():
            schema.prepare(database)
        yield opened
    finally:
        for database in opened.values():
            database.close()
        if server:
            server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)
