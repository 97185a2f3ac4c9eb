"""A Python traceback becomes a place in a document and the trail of stacks that led there.

Generated code carries the positions of the JSON it came from, so the innermost frame of a document's file *is* the
failing expression. Nothing is recorded while a stack runs.
"""

from __future__ import annotations

from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from interpreter.diagnostic import Fault, Halt, Rejected, Step
from interpreter.program import STACK, Place, Program
from interpreter.source import Source, Span

PROGRAM = "__program__"
"""The global of generated code that holds its Program."""


PLACES = "__places__"
"""The global that remembers what was found for its code positions: a failure in a deep recursion meets the same ones
again and again."""


class Hit(NamedTuple):
    """A frame of generated code: where in its document it is, and that as a step of the trail."""

    program: Program
    is_stack: bool
    line: int
    column: int
    end_line: int
    end_column: int
    step: Step


def locate(failure: Fault | Halt, traceback: TracebackType | None, outer: FrameType | None = None) -> None:
    """Give a failure its span and trail, unless it has them already."""
    if failure.span is not None:
        return
    hits = [*_outer_hits(outer), *_inner_hits(traceback)]
    if hits:
        failure.span = _span(hits[-1])
        failure.trail = tuple(_steps(hits))


def _inner_hits(traceback: TracebackType | None) -> list[Hit]:
    found = []
    while traceback is not None:
        hit = _hit(traceback.tb_frame, traceback.tb_lasti)
        if hit:
            found.append(hit)
        traceback = traceback.tb_next
    return found


def _outer_hits(frame: FrameType | None) -> list[Hit]:
    found = []
    while frame is not None:
        hit = _hit(frame, frame.f_lasti)
        if hit:
            found.append(hit)
        frame = frame.f_back
    return found[::-1]


def _hit(frame: FrameType, instruction: int) -> Hit | None:
    program = frame.f_globals.get(PROGRAM)
    if program is None:
        return None
    code = frame.f_code
    known = frame.f_globals.setdefault(PLACES, {})
    hit: Hit | None = known.get((id(code), instruction))  # the namespace's code lives as long as it does
    if hit is None:
        position = _position(code, instruction)
        hit = Hit(program, code.co_name == STACK, *position, _step(program, *position[:2]))
        known[id(code), instruction] = hit
    return hit


def _position(code: CodeType, instruction: int) -> tuple[int, int, int, int]:
    """Line, byte column, end line, end byte column; the whole first line without Python's column tables."""
    line, end_line, column, end_column = next(islice(code.co_positions(), instruction // 2, None))
    line = line or code.co_firstlineno
    if column is None or end_column is None:
        return line, 0, line, 0
    return line, column, end_line or line, end_column


def _span(hit: Hit) -> Span:
    source = hit.program.source
    start = source.offset(hit.line, hit.column)
    end = source.offset(hit.end_line, hit.end_column)
    return Span(source, start, max(start, end))


def _steps(hits: list[Hit]) -> list[Step]:
    """One step for each stack on the way; lambdas and split-off blocks belong to the stack around them."""
    steps: list[Step] = []
    for hit in hits:
        if hit.is_stack or not steps:
            steps.append(hit.step)
        else:
            steps[-1] = hit.step
    return steps


def _step(program: Program, line: int, column: int) -> Step:
    place = node_at(program, line, column)
    begins = (place.line, place.column) if place else (line, column + 1)
    return Step(program.name, place.node if place else "", program.shown, *begins)


def node_at(program: Program, line: int, byte_column: int) -> Place | None:
    """The innermost node around a code position."""
    source: Source = program.source
    at = (line, source.offset(line, byte_column) - source.offset(line, 0) + 1)
    best = None
    for place in program.places:
        around = (place.line, place.column) <= at < (place.end_line, place.end_column)
        if around and (best is None or (place.line, place.column) >= (best.line, best.column)):
            best = place
    return best


def as_fault(raised: Exception) -> Fault:
    """Any exception as a Fault; what is none of ours is a defect of ours, and says so."""
    if isinstance(raised, Fault):
        return raised
    if isinstance(raised, RecursionError):
        return Fault("run/recursion", "the stacks and expressions are nested more deeply than Python allows")
    if isinstance(raised, MemoryError):
        return Fault("run/out-of-memory", "there is not enough memory for the result")
    if isinstance(raised, UnicodeEncodeError):
        return Fault("run/wrong-value", "a text holds half of a character (a lone surrogate), which nothing can write")
    if isinstance(raised, Rejected):
        first = raised.diagnostics[0]
        return Fault(first.code, first.message, first.hint)
    return Fault("run/internal", f"{type(raised).__name__}: {raised}")


def error_object(fault: Fault) -> dict[str, Any]:
    """What an author reads as ``error`` in a catch block (LANGUAGE: errors)."""
    return {
        "message": fault.message,
        "type": fault.type,
        "name": fault.type,
        "code": fault.code if fault.error_code is None else fault.error_code,
        "status": fault.status,
        "status_code": fault.status,
        "details": fault.details,
        "response": fault.response,
        "headers": fault.headers,
        "node": fault.trail[-1].node if fault.trail else None,
        "stack": [step._asdict() for step in fault.trail],
    }
