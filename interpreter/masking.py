"""A text becomes the same text without the secrets of a run: for messages, logs, traces and records.

Secret is what stands under ``env`` (but for what ``env_public`` names) and every input that is declared so. What a
stack computes and answers is data and stays as it is; only what is said *about* a run is masked.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from interpreter.diagnostic import Fault

HIDDEN = "***"
SHORTEST = 4
"""Letters of the shortest text that is hidden: shorter ones are everywhere."""
SHORTEST_ENCODED = 6
CUT = "…"
"""How a preview ends that was cut: perhaps in the middle of a secret."""
SECRET_NAMES = re.compile(
    r"pass(word|wd|phrase)|secret|token|api_?key|authorization|credential|private_?key|cookie", re.I
)
"""Names under which a secret stands, whatever it says."""
_NO_SECRETS = frozenset(("true", "false", "null", "none"))


class Secrets:
    """The secrets of one run; asked for rarely, so what they look like is worked out when it first is."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._values: set[str] = set()
        self._forms: list[str] | None = None
        self.add(values)

    def add(self, values: Iterable[Any]) -> None:
        """More values that must not be said; lists and objects of them too."""
        found = {text for value in values for text in texts(value)}
        if not found <= self._values:
            self._values |= found
            self._forms = None

    @property
    def forms(self) -> list[str]:
        """Every secret in every spelling, the longest first."""
        if self._forms is None:
            self._forms = sorted({form for value in self._values for form in _forms(value)}, key=len, reverse=True)
        return self._forms

    def said_in(self, text: str) -> list[str]:
        """Those that a text says, in any spelling."""
        return [value for value in self._values if any(form in text for form in _forms(value))]

    def are_in(self, text: str) -> bool:
        """Whether a text says one of them, in any spelling."""
        return any(form in text for form in self.forms)

    def hidden(self, text: str) -> str:
        """The text with every secret in it replaced, plain or encoded, whole or cut off by a preview."""
        for form in self.forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return self._without_beginnings(text) if CUT in text else text

    def _without_beginnings(self, text: str) -> str:
        """Where a text was cut, what stands before the cut may be the beginning of a secret."""
        parts = text.split(CUT)
        for number, part in enumerate(parts[:-1]):
            for form in self.forms:
                length = next((n for n in range(len(form) - 1, SHORTEST - 1, -1) if part.endswith(form[:n])), 0)
                if length:
                    parts[number] = part[:-length] + HIDDEN
                    break
        return CUT.join(parts)

    def hidden_in(self, value: Any) -> Any:
        """A value of lists, objects and texts, with every text in it hidden; a copy."""
        if not self._values:
            return value
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, list):
            return [self.hidden_in(each) for each in value]
        if isinstance(value, dict):
            return {self.hidden_in(key): self.hidden_in(each) for key, each in value.items()}
        if isinstance(value, (int, float)) and str(value) in self._values:
            return HIDDEN
        return value

    def hide_in_fault(self, fault: Fault) -> None:
        """Mask what a fault says, and what the errors say that led to it, in place."""
        if not self._values:
            return
        fault.message = self.hidden(fault.message)
        fault.hint = fault.hint and self.hidden(fault.hint)
        fault.details = self.hidden_in(fault.details)
        fault.response = self.hidden_in(fault.response)
        fault.headers = self.hidden_in(fault.headers)
        fault.error_code = self.hidden_in(fault.error_code)
        raised: BaseException | None = fault
        while raised is not None:
            raised.args = tuple(self.hidden(each) if isinstance(each, str) else each for each in raised.args)
            raised = raised.__cause__ or raised.__context__


def masked_by_name(value: Any) -> Any:
    """A JSON value in which what stands under the name of a secret is hidden."""
    if isinstance(value, dict):
        return {
            key: HIDDEN if SECRET_NAMES.search(key) and each else masked_by_name(each) for key, each in value.items()
        }
    return [masked_by_name(each) for each in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    """The texts in a value that are long enough to be a secret; numbers as they are written."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from texts(each)
        return
    text = value if isinstance(value, str) else str(value) if type(value) in (int, float) else ""
    text = text.strip()
    if len(text) >= SHORTEST and text.lower() not in _NO_SECRETS:
        yield text


@lru_cache(maxsize=1000)
def _forms(secret: str) -> frozenset[str]:
    """A secret as it may stand in a text: plain, in JSON, in a URL, in HTML, in hexadecimal, in base64."""
    return frozenset(_spellings(secret))


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    if len(secret) < SHORTEST_ENCODED:
        return
    data = secret.encode("utf-8", "replace")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    yield from (data.hex(), data.hex().upper())
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(data).decode()
        for before in range(3):
            yield _inside(encode(b"\0" * before + data).decode(), before, len(data))


def _inside(encoded: str, before: int, length: int) -> str:
    """The letters of a base64 text that bytes alone decide, whatever stands before and behind them."""
    return encoded[(before * 8 + 5) // 6 : (before + length) * 8 // 6]
