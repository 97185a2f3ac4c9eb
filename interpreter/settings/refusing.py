"""What is wrong outside of any document becomes one error."""

from __future__ import annotations

from interpreter.diagnostic import Diagnostics, Rejected


def rejected(code: str, message: str) -> Rejected:
    diagnostics = Diagnostics()
    diagnostics.error(code, message, None)
    return Rejected(diagnostics.found)


def reason(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else (error.strerror or str(error)).lower()
