"""An action that is not done becomes what it would plausibly have given: an echo of its parameters, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from interpreter.values import Moment, absent, put_beside, text
from interpreter.values import number as number_of

Parameters = dict[str, Any]


def plausible(node: str, parameters: Parameters, number: int) -> Any:
    """What the node would give; ``number`` counts the actions of the run, and stands for a new record's id."""
    answer = _ANSWERS.get(node)
    return None if answer is None else answer(parameters, number)


def _added(parameters: Parameters, number: int) -> Any:
    record = parameters.get("data")
    return {"id": number, "created_at": Moment(time.time()), **(record if isinstance(record, dict) else {})}


def _all_added(parameters: Parameters, number: int) -> Any:
    records = parameters.get("data")
    return [number + position for position in range(len(records))] if isinstance(records, list) else []


def _changed(parameters: Parameters, number: int) -> Any:
    found = _wanted(parameters)
    record = parameters.get("data")
    return {**found, **(record if isinstance(record, dict) else {})}


def _added_or_changed(parameters: Parameters, number: int) -> Any:
    return _added({"data": _changed(parameters, number)}, number)


def _wanted(parameters: Parameters) -> dict[str, Any]:
    """What is said of the record that is looked for, as its columns."""
    found = {}
    if not absent(parameters.get("record_id")):
        found["id"] = parameters["record_id"]
    if not absent(parameters.get("field_name")):
        found[str(parameters["field_name"])] = parameters.get("field_value")
    given = parameters.get("filter")
    conditions = given if isinstance(given, list) else []
    return {**found, **{each[0]: each[2] for each in conditions if len(each) == 3 and each[1] == "$eq"}}


def _nothing_found(parameters: Parameters, number: int) -> Any:
    if absent(parameters.get("page")):
        return []
    size = parameters.get("limit")
    told = {"items": [], "page": parameters["page"], "pages": 0, "per_page": size, "total": 0}
    return {**told, "next_page": None, "prev_page": None}


def _sent(parameters: Parameters, number: int) -> Any:
    to = parameters.get("to")
    return {"id": str(number), "accepted": to if isinstance(to, list) else [to], "refused": {}, "printed": False}


def _stored(parameters: Parameters, number: int) -> Any:
    path = text(parameters.get("to", parameters.get("path")))
    return {"path": path, "name": path.rpartition("/")[2], "private": parameters.get("private") is True}


def _published(parameters: Parameters, number: int) -> Any:
    return {"id": str(number), "channel": parameters.get("channel"), "event": parameters.get("event"), "receivers": 0}


def _allowed(parameters: Parameters, number: int) -> Any:
    limit = parameters.get("limit")
    return {"allowed": True, "limit": limit, "remaining": limit, "retry_after": 0}


def _replied(parameters: Parameters, number: int) -> Any:
    return put_beside(None, {"status_code": 200, "headers": {}, "ok": True})


_ANSWERS: dict[str, Callable[[Parameters, int], Any]] = {
    "add_record": _added,
    "bulk_add_records": _all_added,
    "edit_record": _changed,
    "patch_record": _changed,
    "add_or_edit_record": _added_or_changed,
    "query_all_records": _nothing_found,
    "bulk_edit_records": lambda parameters, number: 0,
    "bulk_delete_records": lambda parameters, number: 0,
    "aggregate_query": lambda parameters, number: [],
    "direct_database_query": lambda parameters, number: [],
    "count_records": lambda parameters, number: 0,
    "has_record": lambda parameters, number: False,
    "get_cache": lambda parameters, number: parameters.get("default"),
    "has_cache": lambda parameters, number: False,
    "increment_cache": lambda parameters, number: parameters.get("value", 1),
    "decrement_cache": lambda parameters, number: -number_of(parameters.get("value", 1)),
    "delete_cache": lambda parameters, number: 0,
    "push_cache": lambda parameters, number: 1,
    "unshift_cache": lambda parameters, number: 1,
    "count_cache": lambda parameters, number: 0,
    "list_cache": lambda parameters, number: [],
    "rate_limit": _allowed,
    "send_email": _sent,
    "external_api_request": _replied,
    "sign_file": lambda parameters, number: f"rehearsed-{number}",
    "realtime_publish": _published,
    "write_file": _stored,
    "copy_file": _stored,
    "delete_file": lambda parameters, number: False,
    "list_files": lambda parameters, number: [],
}
