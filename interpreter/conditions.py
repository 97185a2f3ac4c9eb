"""A record filter becomes a list of conditions, in which an operator cannot be mistaken for a value.

A condition is ``[column, operator, value]``, or a pair: ``["$and", lists]``, ``["$or", lists]``, ``["$not", list]``,
``["$equal", object]`` (each key a column, each value a value) or ``["$filter", object]`` (read here as a filter). What
an author writes is turned into them before the run (``expression.record_filter``), so that what comes in as data stays
data: only ``$filter`` says that a value holds operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from interpreter.catalog import did_you_mean
from interpreter.diagnostic import Fault
from interpreter.values import absent, preview

Conditions = list[list[Any]]

OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$like", "$ilike", "$contains", "$exists")
"""What stands between a column and a value; ``$between`` and ``$not`` are made of them."""
SIGNS = {"=": "$eq", "==": "$eq", "!=": "$ne", "<>": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}
JOINING = ("$and", "$or")
WORDS = (*OPERATORS, "$between", "$not")
"""Every operator that a column may have."""
TOP_WORDS = (*JOINING, "$not", "$filter")
"""Every operator that may stand where a column may."""


def is_operator(key: str) -> bool:
    """Whether a key is written like an operator, known or not."""
    return key.startswith("$") or key in SIGNS


def unknown(key: str, words: tuple[str, ...]) -> tuple[str, str]:
    """The sentence and the hint about an operator that there is not."""
    return f'"{key}" is no operator of record filters', did_you_mean(key, words) or f"use one of {', '.join(words)}"


def equal_to(wanted: Any) -> Conditions:
    """The conditions of an object whose keys are columns and whose values are values, whatever they look like."""
    if not isinstance(wanted, dict):
        raise Fault("run/wrong-type", f"a filter must be an object, not {preview(wanted)}")
    for key in wanted:
        if key.startswith("$"):
            raise Fault(
                "run/unknown-operator",
                f'the filter came as data, in which "{key}" is no operator',
                'an operator counts where the document writes it; to read data as a filter, write {"$filter": …}',
            )
    return [[key, "$eq", value] for key, value in wanted.items()]


def read(wanted: Any) -> Conditions:
    """The conditions of a filter that is data: what ``$filter`` takes. Fault run/unknown-operator, run/wrong-type."""
    if absent(wanted):
        return []
    if not isinstance(wanted, dict):
        raise Fault("run/wrong-type", f"a filter must be an object, not {preview(wanted)}")
    return [condition for key, value in wanted.items() for condition in _read_key(key, value)]


def _read_key(key: str, value: Any) -> Iterator[list[Any]]:
    if key in JOINING:
        if not isinstance(value, list):
            raise Fault("run/wrong-type", f'"{key}" needs a list of filters, not {preview(value)}')
        yield [key, [read(each) for each in value]]
    elif key == "$not":
        yield [key, read(value)]
    elif is_operator(key):
        sentence, hint = unknown(key, (*JOINING, "$not"))
        raise Fault("run/unknown-operator", sentence, hint)
    elif isinstance(value, dict) and any(map(is_operator, value)):
        for operator, operand in value.items():
            yield from _read_operator(key, operator, operand)
    else:
        yield [key, "$eq", value]


def _read_operator(column: str, written: str, value: Any) -> Iterator[list[Any]]:
    operator = SIGNS.get(written, written)
    if operator == "$not":
        yield ["$not", list(_read_key(column, value))]
    elif operator in WORDS:
        yield [column, operator, value]
    else:
        sentence, hint = unknown(written, WORDS)
        raise Fault("run/unknown-operator", sentence, hint)
