"""What ended a command becomes words on stderr and an exit code: the one table of exit codes.

0 fine · 1 the stack ended in an error · 2 wrong usage · 3 document invalid · 4 input invalid · 5 timed out or
cancelled · 6 bus or database unreachable · 70 a defect of ours, with traceback · 130 interrupted · 141 the reader
of our output went away. The same in every output mode.

Errors go to stderr in every mode too; with ``-o json`` as one line of JSON, the last of stderr, traceback included.
"""

from __future__ import annotations

import os
import sys

import click

from interpreter.cli.render import draw_failure, draw_report, paint_for
from interpreter.diagnostic import Diagnostic, Fault, Halt, Rejected
from interpreter.values import encode

FINE = 0
FAILED = 1
WRONG_USAGE = 2
INVALID_DOCUMENT = 3
INVALID_INPUT = 4
TIMED_OUT = 5
UNREACHABLE = 6
DEFECT = 70
INTERRUPTED = 130
READER_GONE = 141

_BY_CODE = {
    "run/internal": DEFECT,
    "run/interrupted": INTERRUPTED,
    "background/bus-unavailable": UNREACHABLE,
    "background/database-unavailable": UNREACHABLE,
    "background/no-server": UNREACHABLE,
    "run/cache-unavailable": UNREACHABLE,
    "run/realtime-unavailable": UNREACHABLE,
    "background/port-unavailable": UNREACHABLE,
    "workspace/state-unwritable": UNREACHABLE,
    "background/unknown-execution": WRONG_USAGE,
    "background/bad-id": WRONG_USAGE,
    "background/cannot-run-again": WRONG_USAGE,
}
_HALTS = {"run/timeout": TIMED_OUT, "run/cancelled": TIMED_OUT}


def exit_code(raised: BaseException) -> int:
    """The exit code of what ended a command."""
    match raised:
        case Rejected():
            first = raised.diagnostics[0].code
            return _BY_CODE.get(first) or (INVALID_INPUT if first.startswith("input/") else INVALID_DOCUMENT)
        case Fault():
            return _BY_CODE.get(raised.code, FAILED)
        case Halt():
            return _BY_CODE.get(raised.code) or _HALTS.get(raised.code, FAILED)
        case click.ClickException():
            return WRONG_USAGE
        case KeyboardInterrupt() | click.Abort():
            return INTERRUPTED
        case BrokenPipeError():
            return READER_GONE
        case _:
            return DEFECT


def report(raised: BaseException, as_json: bool = False, python_traceback: bool = False) -> int:
    """Say on stderr what ended the command, and give its exit code."""
    code = exit_code(raised)
    if code == READER_GONE:
        _silence_stdout()
    elif isinstance(raised, click.ClickException):
        _show_usage(raised)
    elif isinstance(raised, (KeyboardInterrupt, click.Abort)):
        _show(Halt("run/interrupted", "the command was interrupted"), as_json)
    else:
        traceback = _traceback(raised) if python_traceback or code == DEFECT else ""
        _show(_as_ours(raised), as_json, traceback)
    return code


def _as_ours(raised: BaseException) -> Rejected | Fault | Halt:
    if isinstance(raised, (Rejected, Fault, Halt)):
        return raised
    hint = "this is a defect of the interpreter; please report it with the traceback"
    return Fault("run/internal", f"{type(raised).__name__}: {raised}", hint)


def _show(failure: Rejected | Fault | Halt, as_json: bool, traceback: str = "") -> None:
    if as_json:
        shown = encode({**error_object(failure), "traceback": traceback} if traceback else error_object(failure))
    elif isinstance(failure, Rejected):
        shown = draw_report(failure.diagnostics, paint_for(sys.stderr))
    else:
        shown = draw_failure(failure.diagnostic, failure.trail, paint_for(sys.stderr))
    print(shown if as_json else traceback + shown, file=sys.stderr)


def error_object(failure: Rejected | Fault | Halt) -> dict[str, object]:
    """``{"error": {diagnostic…, "trail"}}`` of a run that failed, ``{"diagnostics": […]}`` of what may not run."""
    if isinstance(failure, Rejected):
        return {"diagnostics": [diagnostic.as_dict() for diagnostic in failure.diagnostics]}
    diagnostic: Diagnostic = failure.diagnostic
    return {"error": {**diagnostic.as_dict(), "trail": [step._asdict() for step in failure.trail]}}


def _show_usage(raised: click.ClickException) -> None:
    if isinstance(raised, click.exceptions.NoArgsIsHelpError):
        print(raised.format_message(), file=sys.stderr)
        return
    context = getattr(raised, "ctx", None)
    if context is not None:
        print(f"{context.get_usage()}\n", file=sys.stderr)
    print(f"{paint_for(sys.stderr).error('error')}: {raised.format_message()}", file=sys.stderr)
    if context is not None:
        print(f"  = help: {context.command_path} --help", file=sys.stderr)


def _traceback(raised: BaseException) -> str:
    from traceback import format_exception

    return "".join(format_exception(raised))


def _silence_stdout() -> None:
    """Python flushes stdout once more at its end; give it somewhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
