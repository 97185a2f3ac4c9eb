"""Preparing a document, from its text to Python, with nothing kept: a usual one, and ever larger ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bench.clock import ROUNDS, middle, ratio, side_by_side
from bench.stacks import EmptyWorkspace
from bench.table import Row, duration
from interpreter import pipeline
from interpreter.source import Source


def document(nodes: int) -> str:
    """A stack of so many nodes with two expressions each, no two of them alike."""
    stack: list[dict[str, Any]] = []
    for number in range(nodes // 2):
        stack.append(
            {
                "function": "conditional",
                "condition": f"{{{{ input.count > {number} && input.name|length < {number + 9} }}}}",
                "true_branch": [
                    {
                        "function": "update_variable",
                        "name": f"total_{number % 50}",
                        "value": f"{{{{ total_{number % 50} + input.price * {number} }}}}",
                    }
                ],
            }
        )
    lines = (nodes, *(f"{{{{ input.name|upper ~ '{number}' }}}}" for number in range(nodes)))
    stack.append({"function": "return_value", "value": list(lines)})
    return json.dumps(stack, indent=2)


def preparing(nodes: int) -> Callable[[], object]:
    text, workspace = document(nodes), EmptyWorkspace()
    return lambda: pipeline.compiled(Source("bench.json", text), "bench.json", workspace)


def measure(rounds: int = ROUNDS, large: int = 10_000) -> list[Row]:
    small, medium = 100, 1_000
    usual = side_by_side({"small": preparing(small)}, rounds)["small"]
    ladder = side_by_side({"medium": preparing(medium), "large": preparing(large)}, max(7, rounds - 2))
    each = {"medium": middle(ladder["medium"]) / medium, "large": middle(ladder["large"]) / large}
    return [
        Row("preparing 100 nodes, 200 expressions", duration(middle(usual)), "", middle(usual) * 1000, 100, "ms"),
        Row(
            f"preparing {large:,} nodes, a node",
            duration(each["large"]),
            f"{duration(each['medium'])} at {medium:,}",
            ratio(ladder["large"], ladder["medium"]) * medium / large,
            1.3,
        ),
    ]
