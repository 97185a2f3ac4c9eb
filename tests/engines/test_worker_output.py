"""What a worker shows of its work: a log that machines read, and metrics that end with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from .conftest import Place, until

GREET = {"name": "greet", "function_stack": [{"function": "return_value", "value": "{{ 6 * 7 }}"}]}
BREAK = {"name": "break", "function_stack": [{"function": "throw_error", "message": "two words"}]}


@contextmanager
def worker(place: Place, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The real command, in a workspace of two functions."""
    for stack in (GREET, BREAK):
        (place.root / f"{stack['name']}.json").write_text(json.dumps(stack))
    command = [sys.executable, "-m", "interpreter", "worker", "--concurrency", "1", *words]
    with (place.root / "worker.log").open("w") as log:
        process = subprocess.Popen(command, cwd=place.root, stdout=log, stderr=log, start_new_session=True, text=True)
    try:
        yield process
    finally:
        process.poll() is None and os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def lines(place: Place) -> list[str]:
    return (place.root / "worker.log").read_text().splitlines()


def told_of(place: Place) -> list[str]:
    return [each for each in lines(place) if "execution_id=" in each]


def test_a_log_for_machines(embedded: Place) -> None:
    with worker(embedded, "--log", "json") as process:
        good, bad = embedded.run("greet"), embedded.run("break", retry_policy={"max_retries": 1, "initial_delay": 1})
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    told = [json.loads(line) for line in lines(embedded)]
    of = [[each for each in told if each.get("execution_id") == record["execution_id"]] for record in (good, bad)]
    ((done,), (first, last)) = of
    assert (done["function"], done["state"], done["attempt"], done["level"]) == ("greet", "completed", 1, "info")
    assert 0 < done["seconds"] < 30
    assert done["time"].endswith("Z")
    assert done["worker"].startswith(f"{process.pid}-")
    assert [(each["state"], each["attempt"], each["error"]) for each in (first, last)] == [
        ("retrying", 1, "run/thrown"),
        ("error", 2, "run/thrown"),
    ]


def test_a_log_for_people_and_a_quiet_one(embedded: Place) -> None:
    with worker(embedded):
        done = embedded.run("greet")["execution_id"]
        embedded.run("break")
        line, wrong = until(lambda: two if len(two := told_of(embedded)) == 2 else None)
        assert f"info: execution completed execution_id={done} function=greet state=completed attempt=1" in line
        assert 'error=run/thrown error_message="two words"' in wrong
    with worker(embedded, "--log", "quiet"):
        embedded.run("greet")
        embedded.run("break")
        (wrong,) = until(lambda: lines(embedded))
        assert "warning: execution error" in wrong


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_metrics_are_served_as_long_as_the_worker_lives(embedded: Place, ending: signal.Signals) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with worker(embedded, "--metrics-port", str(port)) as process:
        embedded.run("greet")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            text = page.read().decode()
            assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert 'interpreter_executions_ended_total{function="greet",kind="function",state="completed"} 1\n' in text
        printed = subprocess.run(
            [sys.executable, "-m", "interpreter", "metrics"],
            cwd=embedded.root,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "interpreter_workers 1\n" in printed.stdout
        os.kill(process.pid, ending)
        process.wait(30)
        until(lambda: not listens(port))


def test_a_port_that_is_taken(embedded: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with worker(embedded, "--metrics-port", str(taken.getsockname()[1])) as process:
            assert process.wait(30) == 6
        assert any("background/port-unavailable" in line for line in lines(embedded))


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_spans_where_the_standard_variables_ask_for_them(embedded: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a collector of OTLP over HTTP; what it is sent names the execution's own trace."""
    sent: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
        with worker(embedded) as process:
            record = embedded.run("break")
            until(lambda: sent)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        collector.shutdown()
        thread.join()
    path, body = sent[0]
    assert path == "/v1/traces"
    for part in (b"function break", b"shop", record["execution_id"].encode(), bytes.fromhex(record["trace_id"])):
        assert part in body
