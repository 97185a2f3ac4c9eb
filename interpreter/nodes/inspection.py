"""Nodes that look at the run and the machine around it."""

from __future__ import annotations

import time
from typing import Any

from interpreter import tree
from interpreter.catalog import action, flow, flow_with_result
from interpreter.context import Context
from interpreter.diagnostic import Fault
from interpreter.nodes.emitter import Emitter, Statements, parameter


@flow_with_result
def get_all_inputs(emit: Emitter, node: tree.Node) -> Statements:
    """All inputs of the stack as one object."""
    at = emit.at(node)
    return emit.result(node, at.call("_dict", at.attribute(at.name("_context"), "inputs")))


@flow
def set_progress(emit: Emitter, node: tree.Node) -> Statements:
    """Say how far the run is."""
    at = emit.at(node)
    before, (value, total, message) = emit.values(*(parameter(node, name) for name in ("value", "total", "message")))
    return [*before, *emit.result(node, at.context("report", value, total, message))]


@action("get_environment_variable", recorded=False, touches=False)
def get_environment_variable(context: Context, name: str, default: Any = None) -> Any:
    """An environment variable that stacks may read. It may be a secret, so that no journal keeps it."""
    if name in context.env:
        return context.env[name]
    if default is not None:
        return default
    raise Fault(
        "run/environment",
        f'the environment variable "{name}" is not set, or stacks may not read it',
        "set it in .env or --env-file, or list it under env_allow in interpreter.toml",
    )


@action("system_metrics", touches=False)
def get_system_metrics(context: Context, metrics: list[str] | None = None) -> dict[str, Any]:
    """Measures of the machine and the engine: percentages, bytes, counts, seconds."""
    known = _METRICS
    wanted = list(known) if metrics is None else metrics
    unknown = [name for name in wanted if name not in known]
    if unknown:
        from interpreter.catalog import did_you_mean

        raise Fault("run/wrong-value", f'"{unknown[0]}" is no metric', did_you_mean(unknown[0], known))
    return {name: known[name](context) for name in wanted}


def _cpu_usage(_: Context) -> float:
    import psutil

    return float(psutil.cpu_percent(interval=0.05))


def _memory(field: str) -> Any:
    def read(_: Context) -> Any:
        import psutil

        return getattr(psutil.virtual_memory(), field)

    return read


def _disk_usage(context: Context) -> float:
    import psutil

    return float(psutil.disk_usage(context.workspace_root).percent)


def _cpu_count(_: Context) -> int:
    import os

    return os.cpu_count() or 1


def _load_average(_: Context) -> float:
    import psutil

    return float(psutil.getloadavg()[0])


def _uptime(_: Context) -> float:
    import psutil

    return time.time() - psutil.boot_time()


def _active_tasks(context: Context) -> int:
    return context.executions.active()


_METRICS: dict[str, Any] = {
    "cpu_usage": _cpu_usage,
    "cpu_count": _cpu_count,
    "memory_usage": _memory("percent"),
    "memory_total": _memory("total"),
    "memory_available": _memory("available"),
    "disk_usage": _disk_usage,
    "load_average": _load_average,
    "uptime": _uptime,
    "active_tasks": _active_tasks,
}
