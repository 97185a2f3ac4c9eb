"""A cold start: a small kept stack and ``--help``, beside a Python that does nothing, byte code present."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import Row, duration

STARTS = 15
SMALL = [
    {"function": "create_variable", "name": "names", "value": ["ada", "grace"]},
    {
        "function": "loop",
        "array": "{{ names }}",
        "operations": [
            {
                "function": "update_variable",
                "name": "greetings",
                "operation": "append",
                "value": "Hello {{ item|capitalize }}",
            }
        ],
    },
    {"function": "return_value", "value": "{{ greetings }}"},
]


def measure(starts: int = STARTS) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "small.json"
        document.write_text(json.dumps(SMALL), encoding="utf-8")
        commands = {
            "nothing": [sys.executable, "-c", "pass"],
            "run": [sys.executable, "-m", "interpreter", "run", str(document)],
            "help": [sys.executable, "-m", "interpreter", "--help"],
        }
        for command in commands.values():
            _seconds(command)  # writes the byte code and keeps the program
            _seconds(command)
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(starts):
            for name, command in commands.items():
                taken[name].append(_seconds(command))
    middle = {name: statistics.median(each) for name, each in taken.items()}
    return [
        _row("cold run of a small kept stack", middle["run"], middle["nothing"], 70),
        _row("--help", middle["help"], middle["nothing"], 50),
    ]


def _row(work: str, ours: float, nothing: float, goal: float) -> Row:
    more = (ours - nothing) * 1000
    return Row(work, duration(ours), f"{duration(nothing)}, python -c pass", more, goal, "ms more")


def _seconds(command: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - began
