"""Every accepted spelling of a node, a parameter, a key or an input type becomes its canonical one: the one table.

Only ``normalize`` (which folds) and ``bundle`` (which tells editors) read it. The canonical parameters of a node are
the properties of its schema; a house test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

IGNORED = frozenset({"description", "purpose", "use_case", "step", "comment", "note", "$schema", "_comment"})
"""Keys that speak to people only, wherever they stand (a definition's description is kept for its callers)."""

DISABLED = "disabled"

RETURN_AS = ("return_as", "as", "output_variable", "return_variable", "result_as")

STACK = ("function_stack", "stack", "operations", "steps", "pattern")
"""Where a definition's stack may stand."""

FUNCTION, ENDPOINT, TASK, SCHEDULE = "function", "endpoint", "task", "schedule"

KINDS = {
    "scheduled_task": SCHEDULE,
    "endpoint": ENDPOINT,
    "api_endpoint": ENDPOINT,
    "task": TASK,
    "background_task": TASK,
}
"""The keys that say what a definition is, and hold its name."""

DEFINITION_OPTIONS: dict[str, tuple[str, ...]] = {
    "method": (),
    "schedule": ("cron",),
    "every": ("interval", "freq"),
    "timezone": ("time_zone",),
    "starts_on": ("starts_at", "start_date"),
    "ends_on": ("ends_at", "end_date"),
    "enabled": ("active",),
    "missed": ("misfire",),
    "overlap": (),
    "execution_mode": (),
    "timeout": (),
    "resource_limits": (),
    "retry_policy": (),
    "timeout_handling": (),
    "priority": (),
    "queue": (),
    "delay": (),
    "callback_url": (),
    "max_concurrent": (),
    "strict": (),
    "description": (),
    "response": (),
}

INPUTS = ("inputs", "input", "parameters")

INPUT_TYPES: dict[str, tuple[str, ...]] = {
    "any": ("mixed",),
    "text": ("string", "str", "varchar", "char"),
    "int": ("integer", "bigint"),
    "decimal": ("number", "float", "double", "numeric"),
    "bool": ("boolean",),
    "timestamp": ("datetime", "date_time", "timestamptz", "epochms"),
    "date": (),
    "json": ("jsonb",),
    "enum": (),
    "uuid": (),
    "email": (),
    "password": (),
    "list": ("array",),
    "object": ("dict", "map"),
    "file": ("image", "video", "audio", "attachment", "blob"),
}

INPUT_KEYS: dict[str, tuple[str, ...]] = {
    "name": (),
    "type": (),
    "required": (),
    "default": (),
    "values": ("enum", "options"),
    "items": ("item_type",),
    "secret": ("sensitive",),
}

BRANCH = ("branch", "then", "true_branch", "operations", "function_stack", "stack", "steps", "functions")
"""Where the block of one else_if or of one listed case may stand."""

CASE_LABEL = ("case", "label", "when", "value")

_BODY = ("function_stack", "steps", "stack", "inner_functions")
_CALL: dict[str, tuple[str, ...]] = {
    "timeout": (),
    "resource_limits": (),
    "retry_policy": (),
    "timeout_handling": (),
    "priority": (),
    "queue": (),
    "delay": (),
    "callback_url": (),
    "idempotency_key": (),
}
_TABLE: dict[str, tuple[str, ...]] = {"table": ("table_name",)}
_ONE: dict[str, tuple[str, ...]] = {"record_id": ("id",), "field_name": (), "field_value": (), "filter": ()}
_SHAPE: dict[str, tuple[str, ...]] = {"select": (), "join": (), "includes": ()}
_PAGE: dict[str, tuple[str, ...]] = {"sort": (), "limit": (), "offset": (), "page": ()}
_DATA: dict[str, tuple[str, ...]] = {"data": ()}
_FILE: dict[str, tuple[str, ...]] = {"path": ("file", "name")}
_PRIVATE: dict[str, tuple[str, ...]] = {"private": ()}
_KEY: dict[str, tuple[str, ...]] = {"key": ()}
_CONFLICT: dict[str, tuple[str, ...]] = {"on_conflict": ()}


class Spelling(NamedTuple):
    """How one node may be written: other names of it, and its parameters with theirs.

    ``blocks`` are the parameters that hold nodes, ``cases`` those that hold guarded blocks.
    """

    also: tuple[str, ...] = ()
    parameters: dict[str, tuple[str, ...]] = {}
    blocks: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


NODES: dict[str, Spelling] = {
    "create_variable": Spelling(("set_variable",), {"name": ("variable", "variable_name"), "value": ()}),
    "update_variable": Spelling((), {"name": ("variable", "variable_name"), "value": (), "operation": (), "key": ()}),
    "conditional": Spelling(
        ("if",),
        {
            "condition": (),
            "true_branch": ("true_stack", "true_steps", "true_functions", "then", "ifTrue"),
            "else_if": (),
            "false_branch": ("false_stack", "false_steps", "false_functions", "else", "ifFalse"),
        },
        blocks=("true_branch", "false_branch"),
        cases=("else_if",),
    ),
    "switch": Spelling(
        (),
        {"value": ("variable", "input", "expression"), "cases": (), "default": ()},
        blocks=("default",),
        cases=("cases",),
    ),
    "loop": Spelling(
        ("for_each_loop", "for_each", "foreach"),
        {
            "array": ("list", "items", "input_array"),
            "operations": _BODY,
            "item_variable": ("loop_item_variable",),
            "parallel": (),
            "max_concurrency": (),
        },
        blocks=("operations",),
    ),
    "while_loop": Spelling(
        ("while",), {"condition": (), "operations": _BODY, "max_iterations": ()}, blocks=("operations",)
    ),
    "for_loop": Spelling((), {"count": ("iterations", "times"), "operations": _BODY}, blocks=("operations",)),
    "break_loop": Spelling(("break",)),
    "continue_loop": Spelling(("continue",)),
    "try_catch": Spelling(
        (),
        {
            "try_block": ("try_stack", "try_steps", "try"),
            "catch_block": ("catch_stack", "catch_steps", "catch"),
            "finally_block": ("finally_stack", "finally_steps", "finally"),
        },
        blocks=("try_block", "catch_block", "finally_block"),
    ),
    "throw_error": Spelling((), {"message": (), "code": (), "status": (), "details": ()}),
    "precondition": Spelling((), {"condition": (), "error_type": (), "message": (), "payload": ()}),
    "group": Spelling((), {"operations": _BODY}, blocks=("operations",)),
    "custom_function": Spelling(
        ("run_custom_function", "run_function"),
        {"name": ("custom_function", "function_name"), "inputs": ("parameters", "input"), **_CALL},
    ),
    "async_function_await": Spelling(
        ("await",), {"execution_ids": ("ids",), "timeout": (), "mode": (), "on_timeout": ()}
    ),
    "background_task": Spelling(("run_task", "schedule_task"), {"task": ("name",), "data": ("inputs",), **_CALL}),
    "cancel_execution": Spelling(("async_function_cancel",), {"execution_ids": ("ids",)}),
    "return_response": Spelling(
        ("response",), {"status": ("status_code",), "body": ("data", "message"), "headers": ()}
    ),
    "return_value": Spelling(("return",), {"value": ()}),
    "set_response_header": Spelling((), {"name": (), "value": ()}),
    "add_record": Spelling((), {**_TABLE, **_DATA, **_CONFLICT, "includes": ()}),
    "get_record": Spelling((), {**_TABLE, **_ONE, "sort": (), **_SHAPE}),
    "query_single_record": Spelling((), {**_TABLE, **_ONE, "sort": (), **_SHAPE}),
    "query_all_records": Spelling(("get_records",), {**_TABLE, "filter": (), **_PAGE, "after": ("cursor",), **_SHAPE}),
    "edit_record": Spelling(("update_record",), {**_TABLE, **_ONE, **_DATA, "expected": ("if_unchanged",)}),
    "patch_record": Spelling((), {**_TABLE, **_ONE, **_DATA, "expected": ("if_unchanged",)}),
    "add_or_edit_record": Spelling((), {**_TABLE, **_ONE, **_DATA, **_CONFLICT}),
    "delete_record": Spelling((), {**_TABLE, **_ONE}),
    "count_records": Spelling((), {**_TABLE, "filter": ()}),
    "has_record": Spelling((), {**_TABLE, **_ONE}),
    "aggregate_query": Spelling(
        (), {**_TABLE, "filter": (), "group_by": (), "aggregates": ("aggregations",), "having": (), **_PAGE, "join": ()}
    ),
    "bulk_add_records": Spelling((), {**_TABLE, "data": ("records", "items"), **_CONFLICT}),
    "bulk_edit_records": Spelling(
        ("bulk_update_records",), {**_TABLE, "filter": (), "data": ("records", "items"), "all": ()}
    ),
    "bulk_delete_records": Spelling((), {**_TABLE, "filter": (), "record_ids": ("ids",), "all": ()}),
    "database_transaction": Spelling((), {"operations": _BODY}, blocks=("operations",)),
    "direct_database_query": Spelling((), {"query": ("sql",), "parameters": ("params", "args")}),
    "external_api_request": Spelling(
        ("api_request",),
        {
            "url": ("endpoint",),
            "method": (),
            "headers": (),
            "query": ("query_parameters", "params"),
            "body": ("data", "json", "payload"),
            "body_type": (),
            "form": ("form_data",),
            "files": (),
            "timeout": (),
            "retry_policy": (),
            "response_type": (),
            "save_as": (),
            "private": (),
            "follow_redirects": (),
            "raise_for_status": (),
            "verify_ssl": ("verify_peer",),
            "ca_certificate": (),
            "certificate": (),
            "private_key": (),
            "private_key_password": ("private_key_pass",),
        },
    ),
    "run_api_endpoint": Spelling(
        (),
        {
            "endpoint": ("path", "api_endpoint"),
            "method": (),
            "inputs": ("input", "body", "data", "parameters"),
            "headers": (),
            "raise_for_status": (),
        },
    ),
    "realtime_publish": Spelling(
        ("publish_realtime_message", "realtime_event"), {"channel": (), "event": (), "data": ()}
    ),
    "get_cache": Spelling(("cache_get", "redis_get"), {**_KEY, "default": ()}),
    "has_cache": Spelling(("cache_has", "redis_has"), _KEY),
    "set_cache": Spelling(("cache_set", "redis_set"), {**_KEY, "value": ("data",), "ttl": ()}),
    "delete_cache": Spelling(("cache_delete", "redis_del"), {"key": ("keys",), "pattern": ()}),
    "increment_cache": Spelling(("cache_increment", "redis_incr"), {**_KEY, "value": ("by", "amount"), "ttl": ()}),
    "decrement_cache": Spelling(("cache_decrement", "redis_decr"), {**_KEY, "value": ("by", "amount"), "ttl": ()}),
    "get_cache_ttl": Spelling(("cache_ttl", "redis_ttl"), _KEY),
    "push_cache": Spelling(("cache_push", "redis_push"), {**_KEY, "value": ("data",)}),
    "unshift_cache": Spelling(("cache_unshift", "redis_unshift"), {**_KEY, "value": ("data",)}),
    "pop_cache": Spelling(("cache_pop", "redis_pop"), _KEY),
    "shift_cache": Spelling(("cache_shift", "redis_shift"), _KEY),
    "count_cache": Spelling(("cache_count", "redis_count"), _KEY),
    "list_cache": Spelling(("cache_list", "cache_range", "redis_range"), {**_KEY, "start": (), "stop": ()}),
    "rate_limit": Spelling(
        ("redis_ratelimit",), {**_KEY, "limit": ("max",), "ttl": ("window",), "message": ("error",)}
    ),
    "write_file": Spelling(
        ("create_file", "store_file"),
        {**_FILE, "content": ("data", "value"), "encoding": (), **_PRIVATE, "unique": ()},
    ),
    "read_file": Spelling(("get_file",), {**_FILE, "encoding": (), **_PRIVATE, "signed": ()}),
    "delete_file": Spelling((), {**_FILE, **_PRIVATE}),
    "copy_file": Spelling((), {**_FILE, "to": ("target", "destination"), **_PRIVATE, "to_private": ()}),
    "list_files": Spelling((), {"folder": ("path",), **_PRIVATE, "recursive": (), "limit": (), "after": ()}),
    "sign_file": Spelling(("sign_private_file", "file_url"), {**_FILE, "expires_in": ("ttl",)}),
    "hash_password": Spelling((), {"password": ("value",)}),
    "verify_password": Spelling((), {"password": ("value",), "hash": ()}),
    "generate_jwt_token": Spelling(
        ("create_jwt_token",),
        {"payload": ("claims", "data"), "secret": ("key",), "algorithm": (), "expires_in": ("ttl",), "headers": ()},
    ),
    "validate_jwt_token": Spelling(
        ("verify_jwt_token",),
        {
            "token": (),
            "secret": ("key",),
            "algorithm": ("algorithms",),
            "audience": (),
            "issuer": (),
            "required": (),
            "leeway": (),
        },
    ),
    "create_signature": Spelling(
        (), {"payload": ("data", "message"), "secret": ("key",), "algorithm": (), "encoding": ()}
    ),
    "verify_signature": Spelling(
        (),
        {
            "payload": ("data", "message"),
            "signature": (),
            "secret": ("key",),
            "algorithm": (),
            "scheme": (),
            "message_id": (),
            "timestamp": (),
            "tolerance": (),
        },
    ),
    "encrypt": Spelling(
        (), {"value": ("data", "text"), "key": ("secret",), "algorithm": ("cipher",), "associated_data": ("aad",)}
    ),
    "decrypt": Spelling((), {"value": ("data", "text"), "key": ("secret",), "associated_data": ("aad",)}),
    "generate_uuid": Spelling(("create_uuid",)),
    "generate_random_number": Spelling(
        ("random_number", "create_random_number"), {"least": ("min",), "most": ("max",)}
    ),
    "generate_random_text": Spelling(
        ("random_text", "generate_random_string"), {"length": (), "alphabet": ("characters",)}
    ),
    "get_all_inputs": Spelling(),
    "get_environment_variable": Spelling((), {"name": ("variable", "key"), "default": ()}),
    "get_system_metrics": Spelling((), {"metrics": ()}),
    "template_engine": Spelling((), {"template": (), "data": ("context", "variables")}),
    "wait": Spelling((), {"duration": ("seconds",)}),
    "set_progress": Spelling(
        ("update_progress", "report_progress"),
        {"value": ("progress", "percent", "current"), "total": (), "message": ()},
    ),
    "log": Spelling(("debug_log",), {"message": ("value",), "level": (), "data": ()}),
    "send_email": Spelling(
        (),
        {
            "to": (),
            "subject": (),
            "body": ("text", "message"),
            "html": (),
            "from": ("sender",),
            "cc": (),
            "bcc": (),
            "reply_to": (),
            "attachments": ("attachment",),
        },
    ),
}
"""Every node of the language under its canonical name."""

NODE_NAMES: dict[str, str] = {written: name for name, spelling in NODES.items() for written in (name, *spelling.also)}
"""Every accepted name of a node, and the canonical one."""

CALL_OPTIONS = frozenset(NODES["custom_function"].parameters) - {"name", "inputs"}


def snake_case(written: str) -> str:
    """The visual builder's title as a name: ``For Each`` is ``for_each``."""
    return re.sub(r"[^a-z0-9]+", "_", written.lower()).strip("_")


def node_name(written: str) -> str | None:
    """The canonical name of a node, or None where it is a user function's."""
    return NODE_NAMES.get(written) or NODE_NAMES.get(snake_case(written))


def spellings(canonical: str, also: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each accepted spelling with the canonical one."""
    return ((written, canonical) for written in (canonical, *also))


def _node_keys(spelling: Spelling) -> dict[str, str]:
    keys = {**dict.fromkeys(RETURN_AS, "return_as"), "execution_mode": "execution_mode"}
    for canonical, also in spelling.parameters.items():
        keys.update(spellings(canonical, also))
    return keys


NODE_KEYS: dict[str, dict[str, str]] = {name: _node_keys(spelling) for name, spelling in NODES.items()}
"""For each node every accepted key (but function and the ignored ones), and the canonical one."""
