"""Places to run executions in: a workspace with its own bus, and one with PostgreSQL and a server of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from interpreter.background.bus import server as bus
from interpreter.background.engine import Engine
from interpreter.settings import Settings, read_settings

STAND = Path(__file__).with_name("stand.py")
PATIENCE = 30.0
LENIENCE = 1.0 if os.environ.get("LONG_FAULTS") else 10.0
"""Figures of time hold in ``make faults``, on a machine with nothing else to do; elsewhere ten times as much."""


class Place:
    """A workspace in a temporary folder, its engine, and the workers that a test starts in it."""

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        self.root = root
        lines = [f"{name} = {value!r}" for name, value in settings.items()]
        (root / "interpreter.toml").write_text("\n".join(lines).replace("'", '"') + "\n")
        self.workers: list[subprocess.Popen[bytes]] = []
        self.server: Server | EmbeddedServer
        self.engine = self.new_engine()

    def set(self, **settings: Any) -> None:
        """Settings besides those that it began with; its engine reads them."""
        with (self.root / "interpreter.toml").open("a") as file:
            file.writelines(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
        self.engine.close()
        self.engine = self.new_engine()

    @property
    def settings(self) -> Settings:
        return read_settings(self.root, {})

    def new_engine(self) -> Engine:
        return Engine(self.settings, self.root, automatic=False)

    def start_worker(self, slots: int = 2, *, idle: float | None = None, ready: bool = True) -> subprocess.Popen[bytes]:
        """A worker of the stand: its functions are Python."""
        return self._start([str(STAND), str(self.root), str(slots), *([] if idle is None else [str(idle)])], ready)

    def start_interpreter(self, slots: int = 2, *options: str) -> subprocess.Popen[bytes]:
        """A worker as a user starts it: its functions are the workspace's stacks."""
        return self._start(
            ["-m", "interpreter", "worker", "--workspace", str(self.root), f"--concurrency={slots}", *options]
        )

    def run_until_ready(self) -> None:
        """Have a worker that has proved that it works."""
        self.start_worker(2)
        assert self.run("echo")["state"] == "completed"

    def write(self, name: str, stack: list[dict[str, Any]]) -> None:
        (self.root / f"{name}.json").write_text(json.dumps(stack))

    def schedule(self, **schedules: dict[str, Any]) -> None:
        """What the stand's workers run by themselves, by name."""
        (self.root / "schedules.json").write_text(json.dumps(schedules))

    def limit(self, **queues: dict[str, Any]) -> None:
        """Add queues to the settings."""
        with (self.root / "interpreter.toml").open("a") as file:
            for name, about in queues.items():
                file.write(f"[queues.{name}]\n" + "".join(f"{key} = {value}\n" for key, value in about.items()))
        self.engine.close()
        self.engine = self.new_engine()

    def _start(self, arguments: list[str], ready: bool = True) -> subprocess.Popen[bytes]:
        command = [sys.executable, *arguments]
        with (self.root / "worker.log").open("ab") as log:
            worker = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self.workers.append(worker)
        if ready:
            before = f"%{worker.pid}-%"
            until(lambda: self.engine.records.database.run("SELECT 1 FROM _workers WHERE id LIKE ?", (before,)))
        return worker

    def run(self, function: str, inputs: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """Dispatch and wait: the record."""
        return self.finish(self.dispatch(function, inputs, **options))

    def dispatch(self, function: str, inputs: dict[str, Any] | None = None, **options: Any) -> str:
        return self.engine.dispatch(function, inputs or {}, options)

    def finish(self, execution_id: str) -> dict[str, Any]:
        record = self.engine.wait([execution_id], PATIENCE)[0]
        assert record["status"] != "running", f"{record}\n{self.log()}"
        return record

    def state(self, execution_id: str) -> str:
        return str(self.engine.get(execution_id)["state"])

    def witnessed(self) -> list[str]:
        file = self.root / "witness"
        return file.read_text().splitlines() if file.exists() else []

    def release(self) -> None:
        (self.root / "release").touch()

    def log(self) -> str:
        file = self.root / "worker.log"
        return file.read_text()[-3000:] if file.exists() else ""

    def close(self) -> None:
        for worker in self.workers:
            worker.poll() is None and os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self.engine.close()
        path = bus.socket_path(self.settings.state_dir)
        until(lambda: not bus.answers(path))


def until(condition: Callable[[], Any], patience: float = PATIENCE, every: float = 0.005) -> Any:
    """Wait for a condition to hold."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(every)
    return found


class Postgresql:
    """A PostgreSQL of our own, on a socket in a temporary folder. ``programs``: where its programs are.

    ``synchronous``: whether a commit waits for the disk.
    """

    def __init__(self, programs: Path, folder: Path, *, synchronous: bool = False) -> None:
        self._programs = programs
        self._words = [] if synchronous else ["-F"]
        self._folder = folder
        self._owner: dict[str, Any] = {"user": "postgres"} if os.getuid() == 0 else {}
        if self._owner:
            shutil.chown(folder, "postgres")
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self._run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N").wait()
        self.start()

    def start(self) -> None:
        self._server = self._run(
            "postgres", "-D", str(self._folder / "data"), "-k", str(self._folder), "-h", "", *self._words
        )
        until(lambda: _connects(self.url))

    def stop(self, how: int) -> None:
        """SIGINT ends its connections first, SIGQUIT ends it at once."""
        self._server.send_signal(how)
        self._server.wait()

    def _run(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self._folder}
        return subprocess.Popen([str(self._programs / program), *words], **quiet, **self._owner)


def programs_of_postgresql() -> Path | None:
    """The folder of its programs, where it is installed."""
    found = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return Path(found).parent if found else installed[-1] if installed else None


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Postgresql]:
    programs = programs_of_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: the engine is tested on SQLite only")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Postgresql(programs, folder)
    try:
        yield server
    finally:
        server.stop(signal.SIGQUIT)  # its data is thrown away
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql(postgresql_server: Postgresql) -> str:
    """The URL of a PostgreSQL of our own."""
    return postgresql_server.url


def _connects(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


class Server:
    """A Redis-protocol server of the test's own, which it may kill; started again at once, with nothing in it."""

    def __init__(self, folder: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder = folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = {"port": str(self.port), "bind": "127.0.0.1", "dir": self._folder, "save": ""}
        command = [bus.find_server(), *(word for name, value in words.items() for word in (f"--{name}", value))]
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(lambda: _listens(self.port))

    def process(self) -> int | None:
        return self._server.pid

    def kill(self) -> None:
        self.stop(signal.SIGKILL)
        self.start()

    def flush(self) -> None:
        _flush(self.url)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody listens, as after a crash."""
        self.stop(signal.SIGKILL)
        yield
        self.start()

    def stop(self, how: int = signal.SIGTERM) -> None:
        self._server.send_signal(signal.SIGCONT)
        self._server.send_signal(how)
        self._server.wait()


class EmbeddedServer:
    """The bus that a workspace has by itself; its keeper starts it again."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def process(self) -> int | None:
        path = bus.socket_path(self._place.settings.state_dir.resolve())
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if path in words[:3] or any(word.endswith(f"unixsocket:{path}") for word in words[:2]):
                return int(process.pid)
        return None

    def kill(self) -> None:
        process = self.process()
        if process is not None:
            os.kill(process, signal.SIGKILL)

    @contextmanager
    def away(self) -> Iterator[None]:
        """It stands still (its keeper would start a dead one again)."""
        process = self.process()
        assert process is not None
        os.kill(process, signal.SIGSTOP)
        yield
        os.kill(process, signal.SIGCONT)

    def flush(self) -> None:
        if bus.answers(bus.socket_path(self._place.settings.state_dir.resolve())):
            _flush(self._place.engine.bus.url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis-protocol server that nobody embedded."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        yield server.url
        server.stop()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


FAST = {"heartbeat": 0.2, "worker_lost_after": 1.5, "sweep_interval": 0.05}


UNLUCKY = {**FAST, "max_attempts": 50}


@pytest.fixture(params=["embedded", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The same tests on both kinds of ground."""
    settings: dict[str, Any] = dict(FAST)
    if request.param == "postgresql":
        settings["database_url"] = _emptied(request.getfixturevalue("postgresql"))
        settings["broker_url"] = request.getfixturevalue("redis_server")
    place = Place(tmp_path, settings)
    try:
        yield place
    finally:
        place.close()
        if request.param == "postgresql":
            _flush(settings["broker_url"])


@pytest.fixture(params=["embedded", "postgresql"])
def unlucky(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Both kinds of ground, with a bus that may be killed (``place.server``)."""
    if request.param == "postgresql":
        yield request.getfixturevalue("unlucky_on_postgresql")
        return
    place = Place(tmp_path, UNLUCKY)
    place.server = EmbeddedServer(place)
    try:
        yield place
    finally:
        place.close()


@pytest.fixture
def unlucky_on_postgresql(postgresql: str, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "bus").mkdir()
    server = Server(str(tmp_path / "bus"))
    place = Place(tmp_path, {**UNLUCKY, "database_url": _emptied(postgresql), "broker_url": server.url})
    place.server = server
    try:
        yield place
    finally:
        place.close()
        server.stop()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Place]:
    """A workspace in which nothing is configured."""
    place = Place(tmp_path, FAST)
    try:
        yield place
    finally:
        place.close()


def _emptied(url: str) -> str:
    """The database, without what the test before left in it."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


def _flush(url: str) -> None:
    from interpreter.bus import connect

    client = connect(url, 5)
    client.flushall()
    client.close()
