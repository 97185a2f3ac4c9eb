"""A thousand requests to a service on this machine: by external_api_request, and by urllib3's pool by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.clock import middle, ratio, side_by_side
from bench.table import Row, duration

REQUESTS = 1_000
GOAL = 1.2
_ANSWER = {"id": 7, "status": "paid", "items": [{"sku": f"A-{each}", "qty": each, "price": 9.5} for each in range(8)]}
_BODY = {"order": 7, "customer": "ada@example.com"}
_SERVICE = """
import socketserver, sys
content = sys.argv[1].encode()
head = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(content)
class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    def handle(self):
        while line := self.rfile.readline():
            length = 0
            while (line := self.rfile.readline()) not in (b"\\r\\n", b""):
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            self.rfile.read(length)
            self.wfile.write(head + content)
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextmanager
def service() -> Iterator[str]:
    """A service in a process of its own, which answers every request with the same JSON; its URL."""
    command = [sys.executable, "-c", _SERVICE, json.dumps(_ANSWER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://localhost:{process.stdout.readline().strip()}/orders"
        finally:
            process.terminate()


def by_stack(folder: Path, url: str, requests: int) -> Callable[[], Any]:
    """A loop of a stack, run in the foreground as ``interpreter run`` does."""
    from interpreter import execution, finding, pipeline

    request = {"function": "external_api_request", "url": url, "body": _BODY, "return_as": "answer"}
    loop = {"function": "for_loop", "count": requests, "operations": [request]}
    document = folder / "requests.json"
    document.write_text(json.dumps([loop, {"function": "return_value", "value": "{{ answer }}"}]))
    (folder / "interpreter.toml").write_text('http_hosts = ["localhost"]\n')
    workspace = pipeline.open_workspace(document, None, os.environ)
    program = finding.find(workspace, str(document))
    return lambda: execution.execute(workspace, program, {}).response.body


def by_hand(url: str, requests: int) -> Callable[[], Any]:
    import urllib3

    pool = urllib3.PoolManager()

    def work() -> Any:
        for _ in range(requests):
            answer = pool.request("POST", url, json=_BODY, timeout=30.0)
            if answer.status >= 400:
                raise RuntimeError(answer.status)
            found = answer.json()
        return found

    return work


def measure(rounds: int = 7, requests: int = REQUESTS) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench") as folder, service() as url:
        works = {"stack": by_stack(Path(folder), url, requests), "hand": by_hand(url, requests)}
        assert works["stack"]() == works["hand"]() == _ANSWER
        taken = side_by_side(works, rounds)
    ours, others = (f"{duration(middle(taken[way]) / requests)} a request" for way in ("stack", "hand"))
    name = f"{requests:,} external requests, beside urllib3's pool by hand"
    return [Row(name, ours, others, ratio(taken["stack"], taken["hand"]), GOAL)]
