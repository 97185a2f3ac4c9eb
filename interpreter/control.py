"""What flow nodes need at run time: the errors they raise and the few values they compute."""

from __future__ import annotations

import re
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import absent, integer, plain_value, preview, text

PULSE = 256
"""Turns of a loop between two looks at the clock and the budget."""

MAX_TURNS = 1_000_000
"""Turns of a while_loop that sets no max_iterations."""


def thrown(message: Any, code: Any, status: Any, details: Any) -> Fault:
    """The fault of a throw_error node; a text code is also its type."""
    said = text(message) or "an error was thrown"
    kind = text(code) if isinstance(code, str) and code else None
    return Fault(
        "run/thrown",
        said,
        type=kind or "error",
        error_code=None if absent(code) else code,
        status=None if absent(status) else integer(status, "status"),
        details=plain_value(details),
    )


PRECONDITION_STATUS = {
    "standard": 400,
    "inputerror": 400,
    "badrequest": 400,
    "unauthorized": 401,
    "accessdenied": 403,
    "forbidden": 403,
    "notfound": 404,
    "toomanyrequests": 429,
}
"""Xano's error types of a precondition, and their HTTP status."""


def unmet(error_type: Any, message: Any, payload: Any) -> Fault:
    """The fault of a precondition that does not hold."""
    kind = text(error_type) or "standard"
    status = PRECONDITION_STATUS.get(kind.lower().replace("_", "").replace("-", ""), 400)
    said = text(message) or "the precondition does not hold"
    return Fault("run/precondition", said, type=kind, status=status, details=plain_value(payload))


def too_many_turns(most: Any) -> Fault:
    """The fault of a while_loop that does not end."""
    return Fault(
        "run/too-many-iterations",
        f"the loop has made {most:,} turns and its condition still holds",
        "mend the condition, or raise max_iterations",
    )


def turns(most: Any) -> int:
    """max_iterations as a whole number; absent, MAX_TURNS."""
    return MAX_TURNS if absent(most) else integer(most, "max_iterations")


def count(value: Any) -> range:
    """What a for_loop runs over."""
    number = integer(value, "count")
    if number < 0:
        raise Fault("run/wrong-value", f"a loop cannot run {preview(value)} times")
    return range(number)


def set_header(headers: dict[str, str], name: Any, value: Any) -> None:
    """Set a header of an answer, whatever case it was set in before; a fault where HTTP could not carry it."""
    written, content = text(name), text(value)
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", written):
        message = f"{preview(written)} is no name of a header"
        raise Fault("run/wrong-value", message, "write letters, digits and -, such as X-Request-Id")
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", content):
        message = f'the header "{written}" would hold a line end or another control character'
        raise Fault("run/wrong-value", message, "remove it from the value, or encode the value")
    for known in [each for each in headers if each != written and each.lower() == written.lower()]:
        del headers[known]
    headers[written] = content


def case_label(value: Any) -> str:
    """A switch's value as the text that its cases are labelled with."""
    if absent(value):
        return "null"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text(value)


def loop_object(index: int, items: Any, parent: Any) -> dict[str, Any]:
    """``loop`` as a whole; the compiler writes its fields in place where it can."""
    return {
        "index": index + 1,
        "index0": index,
        "first": index == 0,
        "last": index == len(items) - 1,
        "length": len(items),
        "parent": parent,
    }


def lookup(variables: dict[str, Any], inputs: dict[str, Any], name: str) -> Any:
    """A name in a stack whose variables have computed names: a variable, else an input."""
    from interpreter.values import Missing

    return variables[name] if name in variables else inputs.get(name, Missing(name))
