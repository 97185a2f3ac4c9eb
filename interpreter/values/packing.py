"""Values become JSON text from which they come back as they were: moments and missing values too."""

from __future__ import annotations

import json
from typing import Any

from interpreter.values.beside import alone, beside, put_beside
from interpreter.values.missing import Missing
from interpreter.values.moments import Moment
from interpreter.values.showing import check_weight

_MARK = "\x01"
"""How the key begins of an object that stands for something else; an author's own key that begins so gets another."""
_WRITTEN_MARK = '"\\u0001'
_MOMENT = f"{_MARK}moment"
_MISSING = f"{_MARK}missing"
_BESIDE, _VALUE = f"{_MARK}beside", f"{_MARK}value"
_WRITTEN_BESIDE, _WRITTEN_VALUE = json.dumps(_BESIDE), json.dumps(_VALUE)


def pack(value: Any) -> str:
    """A value as compact JSON. Raises TypeError or ValueError where it is none, Fault where it is too large."""
    around = beside(value)
    if around is not None:
        return f"{{{_WRITTEN_BESIDE}:{pack(around)},{_WRITTEN_VALUE}:{pack(alone(value))}}}"
    marks = 0

    def unusual(value: Any) -> dict[str, Any]:
        nonlocal marks
        marks += 1
        return _marked(value)

    try:
        check_weight(value)
        written = _dumps(value, unusual)
        return written if written.count(_WRITTEN_MARK) == marks else _dumps(_guarded(value), _marked)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def unpack(written: str | bytes) -> Any:
    """The value of a text that ``pack`` wrote."""
    mark: Any = _WRITTEN_MARK if isinstance(written, str) else _WRITTEN_MARK.encode()
    return json.loads(written, object_hook=_as_it_was) if mark in written else json.loads(written)


def _dumps(value: Any, unusual: Any) -> str:
    return json.dumps(value, default=unusual, ensure_ascii=False, separators=(",", ":"))


def _marked(value: Any) -> dict[str, Any]:
    if isinstance(value, Moment):
        return {_MOMENT: value.microseconds}
    if isinstance(value, Missing):
        return {_MISSING: value.path}
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _guarded(value: Any) -> Any:
    """A copy whose keys cannot be taken for marks."""
    if isinstance(value, list):
        return [_guarded(each) for each in value]
    if isinstance(value, dict):
        return {_MARK + key if str(key).startswith(_MARK) else key: _guarded(each) for key, each in value.items()}
    return value


def _as_it_was(found: dict[str, Any]) -> Any:
    if _MOMENT in found:
        return Moment(microseconds=found[_MOMENT])
    if _MISSING in found:
        return Missing(found[_MISSING])
    if _BESIDE in found:
        return put_beside(found[_VALUE], found[_BESIDE])
    return {key[1:] if key.startswith(_MARK) else key: each for key, each in found.items()}
