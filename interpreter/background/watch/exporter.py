"""Metrics become a page that Prometheus reads, served by a process of its own.

Not by the worker: a thread in its parent could hold a lock while a child is forked, and while the bus is away the
parent has other things to do.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from interpreter.background.watch.metrics import CONTENT_TYPE, metrics
from interpreter.database import Database
from interpreter.diagnostic import Fault
from interpreter.settings import Settings

PATHS = ("/metrics", "/")
_SLOW_SECONDS = 5.0


class Exporter:
    """The process that serves a worker's metrics; it ends with the worker, however that ends."""

    def __init__(self, host: str, port: int, root: Path) -> None:
        listener = listen(host, port)
        with listener:
            command = [sys.executable, "-m", "interpreter", "metrics", "--workspace", str(root)]
            command += ["--listener", str(listener.fileno())]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(listener.fileno(),))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; Fault background/port-unavailable."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Fault("background/port-unavailable", f"cannot listen on {host}, port {port}: {reason}") from None


def serve(listener: socket.socket, database: Database, settings: Settings, *, with_parent: bool) -> None:
    """Answer every scrape until stopped; ``with_parent``: until stdin is closed, too."""

    class Page(BaseHTTPRequestHandler):
        timeout = _SLOW_SECONDS

        def do_GET(self) -> None:
            if self.path.partition("?")[0] not in PATHS:
                self.send_error(404)
                return
            try:
                page = metrics(database, settings).encode()
            except Fault as fault:
                self.send_error(503, explain=fault.message)
                return
            self.send_response(200)
            self.send_header("content-type", CONTENT_TYPE)
            self.send_header("content-length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(listener.getsockname()[:2], Page, bind_and_activate=False) as server:
        server.socket.close()
        server.socket = listener
        if with_parent:
            threading.Thread(target=_end_with_parent, daemon=True).start()
        server.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)
