"""References become records: tables that are joined in one query, and records that are included after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from interpreter.adapters.tables.access import Access
from interpreter.adapters.tables.model import ID, Column, Table, check_name
from interpreter.adapters.tables.shapes import Shape, Source, unknown_column
from interpreter.catalog import did_you_mean
from interpreter.conditions import Conditions
from interpreter.diagnostic import Fault
from interpreter.values import absent, preview, text

_ALIKE = {
    **dict.fromkeys(("enum", "email", "password", "file"), "text"),
    **dict.fromkeys(("int", "float"), "decimal"),
}
"""Types of columns that can be compared with another type."""
MOST = 1000
"""Values that one query for included records asks for."""
_JOIN_KEYS = ("table", "as", "type", "on")
_INCLUDE_KEYS = ("table", "as", "on", "many", "select", "filter", "sort")


# --- joins --------------------------------------------------------------------------------------------


def joined(access: Access, table: Table, join: Any) -> tuple[list[Source], tuple[Shape, ...]]:
    """The sources of a query with joins, and for each joined one how and on what: {table, as?, type?, on?}."""
    sources = [Source(table.name, table)]
    shapes: list[Shape] = []
    for each in join if isinstance(join, list) else [join]:
        wanted = _checked({"table": each} if isinstance(each, str) else each, _JOIN_KEYS, "join")
        other = _table(access, wanted["table"])
        how = text(wanted.get("type") or "inner").lower()
        if how not in ("inner", "left"):
            raise Fault(
                "run/wrong-value", f'a join is {preview(wanted["type"])}, expected "inner" or "left"', status=400
            )
        sources.append(Source(_alias(sources, wanted.get("as"), other), other))
        shapes.append((how, tuple(_pairs(sources, wanted.get("on")))))
    return sources, tuple(shapes)


def _alias(sources: list[Source], written: Any, other: Table) -> str:
    """What a joined table is called in the query; databases do not tell upper from lower case there."""
    alias = check_name("joined table", text(written or other.name))
    if any(alias.lower() == each.alias.lower() for each in sources):
        message = f'two tables of the query are named "{alias}"'
        raise Fault("run/wrong-name", message, 'give the joined one a name of its own with "as"', status=400)
    return alias


def _pairs(sources: list[Source], on: Any) -> list[tuple[str, int, str]]:
    """``{"customer_id": "id"}``: a column of what is there already, and the joined table's; absent, its reference."""
    *_, new = sources
    if absent(on):
        for at, source in enumerate(sources[:-1]):
            for column in source.table.references():
                if column.references and column.references[0] == new.table.name:
                    return [(column.references[1], at, column.name)]
        raise Fault(
            "run/wrong-value", f'the join of "{new.alias}" does not say on what', 'such as "on": {"customer_id": "id"}'
        )
    if not isinstance(on, dict) or not on:
        raise Fault("run/wrong-type", f'"on" of a join must be an object of columns, not {preview(on)}', status=400)
    return [_pair(sources, ours, theirs) for ours, theirs in on.items()]


def _pair(sources: list[Source], ours: str, theirs: Any) -> tuple[str, int, str]:
    """Two columns that can be the same; Fault run/wrong-type where their types never are."""
    new = sources[-1].table
    at, own = _source(sources, ours)
    other = _known(new, theirs)
    types = sources[at].table.columns[own].type, new.columns[other].type
    if "json" in types or len({_ALIKE.get(each, each) for each in types}) > 1:
        message = f'"{ours}" ({types[0]}) and "{theirs}" ({types[1]}) cannot be joined'
        raise Fault("run/wrong-type", message, status=400)
    return other, at, own


def _source(sources: list[Source], written: str) -> tuple[int, str]:
    alias, dot, name = written.partition(".")
    for at, source in enumerate(sources[:-1]):
        if dot and source.alias == alias:
            return at, _known(source.table, name)
    return 0, _known(sources[0].table, written)


def _known(table: Table, name: Any) -> str:
    if name not in table.stored:
        raise unknown_column(table, text(name))
    return str(name)


def _table(access: Access, name: Any) -> Table:
    found = access.catalogue.find(name)
    if found is None:
        hint = did_you_mean(text(name), access.catalogue.names())
        raise Fault("run/unknown-table", f'no table is named "{name}"', hint, details={"table": name})
    return found


def _checked(wanted: Any, keys: tuple[str, ...], what: str) -> dict[str, Any]:
    if not isinstance(wanted, dict) or "table" not in wanted:
        raise Fault("run/wrong-type", f"each {what} must be a table's name or an object with it, not {preview(wanted)}")
    for key in wanted:
        if key not in keys:
            hint = did_you_mean(key, keys) or f"it takes {', '.join(keys)}"
            raise Fault("run/wrong-value", f'"{key}" means nothing in {what}', hint, status=400)
    return wanted


# --- secrets ------------------------------------------------------------------------------------------


def secrets(access: Access, table: Table, query: dict[str, Any]) -> tuple[str, ...]:
    """The paths to secret columns in what a query finds: its own, ``customer.pin`` of others, results of them."""
    found = list(table.secrets)
    if not absent(query.get("join")):
        sources, _ = joined(access, table, query["join"])
        found += [f"{each.alias}.{name}" for each in sources[1:] for name in each.table.secrets]
    if not absent(query.get("includes")):
        found += [f"{at}.{name}" for at, other in _included(access, table, query["includes"]) for name in other.secrets]
    if found and isinstance(aggregates := query.get("aggregates"), dict):
        found += [name for name, of in aggregates.items() if isinstance(of, dict) and set(of.values()) & set(found)]
        found += [name.rpartition(".")[2] for name in found if "." in name]
    return tuple(found)


def _included(access: Access, table: Table, includes: Any) -> Iterator[tuple[str, Table]]:
    """The tables of a query's includes, and under what name their records stand."""
    for each in includes if isinstance(includes, list) else [includes]:
        if isinstance(each, str):
            for name in map(str.strip, each.split(",")):
                yield name, _reference(access, table, name)[1]
        else:
            other = _table(access, each["table"])
            yield text(each.get("as") or other.name), other


# --- includes -----------------------------------------------------------------------------------------


Find = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""What gives the records of a table's query."""


def include(access: Access, table: Table, records: list[dict[str, Any]], includes: Any, find: Find) -> None:
    """Put related records into records, in place: ``customer`` through ``customer_id``, or {table, as, on, many}."""
    for each in includes if isinstance(includes, list) else [includes]:
        if isinstance(each, str):
            for name in each.split(","):
                column, other = _reference(access, table, name.strip())
                _put(find, records, name.strip(), other, column.name, (column.references or ("", ID))[1], {})
        else:
            _include_as_told(access, find, table, records, _checked(each, _INCLUDE_KEYS, "includes"))


def _include_as_told(
    access: Access, find: Find, table: Table, records: list[dict[str, Any]], wanted: dict[str, Any]
) -> None:
    other = _table(access, wanted["table"])
    on = wanted.get("on")
    if absent(on):
        own, theirs, many = _by_reference(table, other)
    elif isinstance(on, dict) and len(on) == 1:
        ((own, theirs),) = on.items()
        many = theirs != ID
    else:
        raise Fault(
            "run/wrong-value",
            f'"on" of includes is {preview(on)}, expected one column each, such as {{"id": "order_id"}}',
        )
    if not absent(wanted.get("many")):
        many = bool(wanted["many"])
    _known(table, own)
    _known(other, theirs)
    name = text(wanted.get("as") or other.name)
    if name in table.columns:
        message = f'the included "{other.name}" would take the place of the column "{name}"'
        raise Fault("run/wrong-value", message, 'give it another name with "as"', status=400)
    _put(find, records, name, other, own, theirs, {**wanted, "many": many})


def _by_reference(table: Table, other: Table) -> tuple[str, str, bool]:
    for column in table.references():
        if column.references and column.references[0] == other.name:
            return column.name, column.references[1], False
    for column in other.references():
        if column.references and column.references[0] == table.name:
            return column.references[1], column.name, True
    raise Fault(
        "run/wrong-value", f'no reference joins "{table.name}" and "{other.name}"', 'say "on": {"id": "order_id"}'
    )


def _reference(access: Access, table: Table, name: str) -> tuple[Column, Table]:
    """The column that refers to what is to be included under a name."""
    for written in (name, f"{name}_id"):
        column = table.columns.get(written)
        if column is not None and column.references:
            return column, _table(access, column.references[0])
    for column in table.references():
        if column.references and column.references[0] == name:
            return column, _table(access, name)
    column = table.columns.get(f"{name}_id")
    known = set(access.catalogue.names())
    other = next((each for each in (f"{name}s", name, f"{name}es", f"{name[:-1]}ies") if each in known), None)
    if column is not None and other is not None:
        return column, _table(access, other)
    references = [each.name for each in table.references()]
    hint = did_you_mean(name, references) or 'say {"table": …, "as": …, "on": {…}}'
    raise Fault("run/unknown-column", f'"{table.name}" refers to nothing named "{name}"', hint, status=400)


def _put(
    find: Find,
    records: list[dict[str, Any]],
    name: str,
    other: Table,
    own: str,
    theirs: str,
    wanted: dict[str, Any],
) -> None:
    values = list(dict.fromkeys(text(value) for each in records if not absent(value := each.get(own))))
    by_value: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(values), MOST):
        conditions: Conditions = [[theirs, "$in", values[start : start + MOST]]]
        if not absent(wanted.get("filter")):
            conditions.append(["$equal", wanted["filter"]])
        query = {"filter": conditions, "sort": wanted.get("sort"), "select": _selected(wanted.get("select"), theirs)}
        for found in find(other.name, query):
            by_value.setdefault(text(found[theirs]), []).append(found)
    for record in records:
        there = [] if absent(record.get(own)) else by_value.get(text(record[own]), [])
        record[name] = there if wanted.get("many") else there[0] if there else None


def _selected(select: Any, theirs: str) -> Any:
    """The columns that are asked for, and the one by which they are told apart."""
    if absent(select):
        return None
    names = select.split(",") if isinstance(select, str) else list(select)
    return names if theirs in names else [*names, theirs]
