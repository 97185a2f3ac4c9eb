"""A cold start: a small kept stack and ``--help``, beside a Python that does nothing, byte code present.

A start waits for nothing, so that the processor time of the whole process is what the clock shows on a quiet machine.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.clock import difference, middle
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


class Spent(NamedTuple):
    """Seconds of one process from its start to its end."""

    wall: float
    processor: float


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
            _spent(command)  # writes the byte code and keeps the program
            _spent(command)
        taken: dict[str, list[Spent]] = {name: [] for name in commands}
        for _ in range(starts):
            for name, command in commands.items():
                taken[name].append(_spent(command))
    return [
        _row("cold run of a small kept stack", taken["run"], taken["nothing"], 70),
        _row("--help", taken["help"], taken["nothing"], 50),
    ]


def _row(work: str, ours: list[Spent], nothing: list[Spent], goal: float) -> Row:
    more = difference([each.processor for each in ours], [each.processor for each in nothing]) * 1000
    return Row(work, _shown(ours), f"{_shown(nothing)}, python -c pass", more, goal, "ms more")


def _shown(spent: list[Spent]) -> str:
    wall, processor = (middle(list(each)) for each in zip(*spent))
    return f"{duration(processor)} ({duration(wall)} by the clock)"


def _spent(command: list[str]) -> Spent:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = _children(), time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return Spent(time.perf_counter() - began, _children() - before)


def _children() -> float:
    """Processor seconds of all processes that this one has started and that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
