"""What an author wrote under a name becomes answers: values, errors, several in order, some for certain parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from interpreter.diagnostic import Fault

ERROR_FIELDS = ("message", "type", "status", "code", "details", "response")
WRAPPED = ("answer", "error", "when")
"""The keys of an object that says how to answer; any other object is the answer itself."""


class Answer(NamedTuple):
    """One answer: a value, or an error's fields; only for calls whose parameters hold all of ``when``."""

    value: Any = None
    error: dict[str, Any] | None = None
    when: dict[str, Any] | None = None

    def given(self) -> Any:
        """The value; the Fault run/mocked where it is an error."""
        if self.error is None:
            return self.value
        told = self.error
        raise Fault(
            "run/mocked",
            str(told.get("message", "a mock answers with an error")),
            type=told.get("type"),
            error_code=told.get("code"),
            status=told.get("status"),
            details=told.get("details"),
            response=told.get("response"),
        )


def answers_of(written: Any) -> list[Answer]:
    """A value of the mock file as answers; a list is several, one after the other."""
    return [_answer(each) for each in written] if isinstance(written, list) else [_answer(written)]


def is_wrapped(written: Any) -> bool:
    """Whether an object says how to answer instead of being the answer."""
    if not isinstance(written, dict) or not written or not written.keys() <= set(WRAPPED):
        return False
    return "answer" in written or isinstance(written.get("error"), dict)


def _answer(written: Any) -> Answer:
    if not is_wrapped(written):
        return Answer(written)
    return Answer(written.get("answer"), written.get("error"), written.get("when"))


class Mocks:
    """The answers of a run, under the keys that its actions are known by."""

    def __init__(self, answers: dict[str, list[Answer]] | None = None) -> None:
        self._answers = answers or {}
        self._spent: set[int] = set()

    def find(self, keys: Iterable[str], parameters: Any) -> Answer | None:
        """The answer to an action, by the first of its keys that has one: each once, the last again and again."""
        for key in keys:
            fitting = [each for each in self._answers.get(key, ()) if each.when is None or holds(parameters, each.when)]
            if fitting:
                answer = next((each for each in fitting if id(each) not in self._spent), fitting[-1])
                self._spent.add(id(answer))
                return answer
        return None


def holds(value: Any, wanted: Any) -> bool:
    """Whether a value has all that is wanted of it: of objects the named keys, anything else as it is."""
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(key in value and holds(value[key], each) for key, each in wanted.items())
    if isinstance(wanted, list):
        return isinstance(value, list) and len(value) == len(wanted) and all(map(holds, value, wanted))
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)
