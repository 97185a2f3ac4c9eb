"""Words on a command line become calls of the pipeline; each command lives in a module of its own name.

``interpreter --help`` imports none of them, nor click: it is the table below.
"""

from __future__ import annotations

import sys

COMMANDS = {
    "run": "Run a stack and print its answer.",
    "validate": "Check documents without running them.",
    "explain": "Say what a filter, test, node or diagnostic code means.",
    "python": "Print the Python that a stack becomes.",
    "schema": "Print the JSON Schema of documents, or of one node.",
    "init": "Make a workspace that runs at once.",
    "worker": "Run background executions until stopped.",
    "dev": "Run bus, worker, sweeper and schedules in one terminal, with a line for each change of an execution.",
    "executions": "List, show, trace, await, cancel, retry, resume and prune background executions.",
    "metrics": "Print the metrics of background executions as Prometheus reads them.",
    "doctor": "Check everything that background work needs, and say what to do.",
    "schedules": "List schedules and run one now.",
    "tables": "List, show, compare, migrate, import and export the workspace's tables.",
    "realtime": "Print the events of a channel as they come.",
    "completion": "Print the completion script of a shell.",
}
"""Every command, in the order of the help, with the first sentence of its own help."""

_OVERVIEW = """\
Usage: interpreter [OPTIONS] COMMAND [ARGS]...

  Function stacks: backend logic as JSON documents, run here or in the
  background.

Options:
  -V, --version  Show the version and exit.
  -h, --help     Show this message and exit.

Commands:
"""


def overview() -> str:
    """The help of ``interpreter`` itself."""
    width = max(map(len, COMMANDS))
    return _OVERVIEW + "\n".join(f"  {name:{width}}  {what}" for name, what in COMMANDS.items())


def start(arguments: list[str]) -> int:
    """Run one command line; its exit code (``cli/failure.py`` has the table)."""
    for stream in (sys.stdout, sys.stderr):
        # What cannot be encoded is written as the escape that JSON knows too.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BaseException as raised:
        if isinstance(raised, SystemExit):
            raise
        from interpreter.cli.failure import report

        return report(raised)


def _run(arguments: list[str]) -> int:
    if arguments in (["-h"], ["--help"]):
        print(overview())
        return 0
    from interpreter.cli.commands import commands

    return commands.main(arguments, prog_name="interpreter", standalone_mode=False) or 0
