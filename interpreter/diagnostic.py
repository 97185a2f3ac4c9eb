"""What went wrong becomes a Diagnostic: one way of speaking for every room.

``Rejected`` says that a document may not run and carries everything that is wrong with it.
``Fault`` says that a run failed and carries the one reason, and the trail of stacks that led there.
``Halt`` ends a run from outside (deadline, cancel, budget); it is no ``Exception`` so that a
``try_catch`` in a stack cannot swallow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.codes import CODES

if TYPE_CHECKING:
    from interpreter.source import Span

ERROR = "error"
WARNING = "warning"


class Related(NamedTuple):
    """Another place that belongs to the story, and a sentence about it."""

    message: str
    span: Span


class Diagnostic:
    """One cause: its code, one sentence, its place, and the mend.

    ``message`` quotes the culprit, says what is, then what was expected. ``hint`` is the mend.
    ``pointer`` is the RFC 6901 JSON pointer of the value inside its document, where one is known.
    """

    __slots__ = ("code", "hint", "message", "pointer", "related", "severity", "span")

    def __init__(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        hint: str | None = None,
        severity: str = ERROR,
        related: tuple[Related, ...] = (),
        pointer: str | None = None,
    ) -> None:
        assert code in CODES, f"undeclared diagnostic code {code!r}: add it to codes.py"
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint
        self.severity = severity
        self.related = related
        self.pointer = pointer

    @property
    def sort_key(self) -> tuple[str, int, str]:
        return (self.span.file, self.span.start, self.code) if self.span else ("", -1, self.code)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that ``-o json`` prints (DESIGN: command line)."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            **_place(self.span),
            "pointer": self.pointer,
            "related": [{"message": note.message, **_place(note.span)} for note in self.related],
        }

    def __repr__(self) -> str:
        return f"{self.span or '-'}: {self.code}: {self.message}"


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    begins, ends = span.begins, span.ends
    return {
        "file": span.file,
        "line": begins.line,
        "column": begins.column,
        "end_line": ends.line,
        "end_column": ends.column,
    }


class Rejected(Exception):
    """A document may not run; ``diagnostics`` holds every reason, sorted by place."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)
        super().__init__("\n".join(map(repr, self.diagnostics)))


class Step(NamedTuple):
    """One entry of the trail: which node of which stack, and where it stands in its file."""

    stack: str
    node: str
    file: str
    line: int
    column: int


class Fault(Exception):
    """A run failed. Raised anywhere with code and sentence; ``run`` adds the place and the trail.

    ``type``, ``error_code``, ``status``, ``details``, ``response`` and ``headers`` are what an author reads from
    ``error`` in a catch block. ``type`` is the last word of the code with ``_`` (``division_by_zero``)
    unless the author chose one.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        *,
        type: str | None = None,
        error_code: Any = None,
        status: int | None = None,
        details: Any = None,
        response: Any = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        assert code in CODES, f"undeclared diagnostic code {code!r}: add it to codes.py"
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.type = type or code.rsplit("/", 1)[-1].replace("-", "_")
        self.error_code = error_code
        self.status = status
        self.details = details
        self.response = response
        self.headers = headers
        self.span: Span | None = None
        self.trail: tuple[Step, ...] = ()

    @property
    def diagnostic(self) -> Diagnostic:
        return Diagnostic(self.code, self.message, self.span, self.hint)


class Halt(BaseException):
    """A run is ended from outside; no stack can catch it. ``code`` names the reason."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        assert code in CODES, f"undeclared diagnostic code {code!r}: add it to codes.py"
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.span: Span | None = None
        self.trail: tuple[Step, ...] = ()

    @property
    def diagnostic(self) -> Diagnostic:
        return Diagnostic(self.code, self.message, self.span, self.hint)


class Diagnostics:
    """A list that a stage complains into, so that all is heard before it stops."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def error(
        self,
        code: str,
        message: str,
        span: Span | None,
        hint: str | None = None,
        related: tuple[Related, ...] = (),
        pointer: str | None = None,
    ) -> None:
        self.found.append(Diagnostic(code, message, span, hint, ERROR, related, pointer))

    def warning(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self.found.append(Diagnostic(code, message, span, hint, WARNING))

    @property
    def errors(self) -> list[Diagnostic]:
        return [diagnostic for diagnostic in self.found if diagnostic.severity == ERROR]
