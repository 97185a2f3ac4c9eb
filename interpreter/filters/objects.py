"""From objects to objects: reading, setting and removing at a path, choosing keys, merging, taking apart."""

from __future__ import annotations

from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, List, Object, Text, filter
from interpreter.diagnostic import Fault
from interpreter.filters.fields import By, empty, follow, has_path, many, order_key, reader
from interpreter.values import MAX_ITEMS, absent, preview

# --- at a path --------------------------------------------------------------------------------------


@filter("attr", "dig", "pluck_path")
def get(value: Any, path: Any, default: Any = None) -> Any:
    """What stands at a dotted path of an object or list; the default where nothing does.

    {user: {name: 'Ada'}}|get('user.name')  →  "Ada"
    {a: 1}|get('b', 0)  →  0
    [5, 6]|get(1)  →  6
    """
    found = follow(value, path)
    if found is None and not has_path(value, path):
        return default
    return found


@filter("has_key", "key_exists", "array_key_exists")
def has(value: Any, path: Any) -> Boolean:
    """Whether something, be it null, stands at a dotted path of an object or list.

    {user: {name: null}}|has('user.name')  →  true
    {a: 1}|has('b')  →  false
    """
    return has_path(value, path)


@filter("set_key")
def set_(value: Any, path: Any, new: Any) -> Any:
    """The object (or list) with a value set at a dotted path; what is lacking on the way is made.

    {a: 1}|set('b', 2)  →  {"a": 1, "b": 2}
    {}|set('user.name', 'Ada')  →  {"user": {"name": "Ada"}}
    [1, 2]|set('0', 9)  →  [9, 2]
    """
    return _replaced(value, values.text(path).split("."), new)


def _replaced(value: Any, path: list[str], new: Any) -> Any:
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(value, list):
        place = _place(value, key)
        below = _replaced(value[place] if place < len(value) else None, rest, new)
        return [*value[:place], below, *value[place + 1 :]]
    if isinstance(value, dict):
        return {**value, key: _replaced(value.get(key), rest, new)}
    if absent(value):
        return {key: _replaced(None, rest, new)}
    raise Fault("run/wrong-type", f"{preview(key)} cannot be set in {values.kind(value)} ({preview(value)})")


def _place(items: list[Any], key: str) -> int:
    """The index that a path's part names; one past the end adds an item."""
    number = values.parse_number(key)
    if not isinstance(number, int) or not -len(items) <= number <= len(items):
        raise Fault("run/wrong-value", f"{values.preview(key)} is no place in a list of {len(items)} items")
    return number + len(items) if number < 0 else number


@filter("set_if_notempty", "set_if_not_empty")
def set_ifnotempty(value: Any, path: Any, new: Any) -> Any:
    """``set``, unless the new value is empty (null, false, 0, "", "0", [], {}).

    {a: 1}|set_ifnotempty('b', '')  →  {"a": 1}
    {a: 1}|set_ifnotempty('b', 2)  →  {"a": 1, "b": 2}
    """
    return value if empty(new) else set_(value, path, new)


@filter("set_if_notnull", "set_if_not_null")
def set_ifnotnull(value: Any, path: Any, new: Any) -> Any:
    """``set``, unless the new value is null.

    {a: 1}|set_ifnotnull('a', null)  →  {"a": 1}
    """
    return value if absent(new) else set_(value, path, new)


@filter("set_if")
def set_conditional(value: Any, path: Any, new: Any, condition: Any) -> Any:
    """``set``, if the condition holds.

    {a: 1}|set_conditional('b', 2, 1 < 2)  →  {"a": 1, "b": 2}
    """
    return set_(value, path, new) if condition else value


@filter("delete_key", "forget")
def unset(value: Any, path: Any) -> Any:
    """The object (or list) without what stands at a dotted path.

    {a: 1, b: 2}|unset('b')  →  {"a": 1}
    {user: {name: 'Ada', age: 36}}|unset('user.age')  →  {"user": {"name": "Ada"}}
    """
    written = values.text(path)
    return _without(value, written.split(".")) if has_path(value, written) else value


def _without(value: Any, path: list[str]) -> Any:
    key, rest = path[0], path[1:]
    if isinstance(value, str):
        raise Fault("run/wrong-type", f"nothing can be removed from a text ({values.preview(value)}) by a path")
    if isinstance(value, list):
        place = _place(value, key)
        return [*value[:place], *([_without(value[place], rest)] if rest else []), *value[place + 1 :]]
    if rest and key in value:
        return {**value, key: _without(value[key], rest)}
    whole = ".".join(path)
    return {name: each for name, each in value.items() if name not in (key if not rest else whole, whole)}


# --- keys -------------------------------------------------------------------------------------------


def _names(keys: tuple[Any, ...]) -> list[str]:
    """Keys as authors give them: one by one, in lists, or in a text with commas."""
    named: list[str] = []
    for key in keys:
        if isinstance(key, list):
            named += map(values.text, key)
        else:
            named += [part.strip() for part in values.text(key).split(",")]
    return named


@filter("only")
def pick(value: Object | List, *keys: Any) -> List | Object:
    """The object with only these keys; of a list, every object so.

    {a: 1, b: 2, c: 3}|pick('a', 'c')  →  {"a": 1, "c": 3}
    {a: 1, b: 2, c: 3}|pick(['a', 'b'])  →  {"a": 1, "b": 2}
    [{a: 1, b: 2}]|pick('b')  →  [{"b": 2}]
    """
    names = _names(keys)
    if isinstance(value, list):
        return [pick(each, names) if isinstance(each, dict) else each for each in value]
    return {name: follow(value, name) for name in names if has_path(value, name)}


@filter("omit", "except")
def unpick(value: Object | List, *keys: Any) -> List | Object:
    """The object without these keys; of a list, every object so.

    {a: 1, b: 2, c: 3}|unpick('a', 'c')  →  {"b": 2}
    """
    names = _names(keys)
    if isinstance(value, list):
        return [unpick(each, names) if isinstance(each, dict) else each for each in value]
    unwanted = set(names)
    return {key: each for key, each in value.items() if key not in unwanted}


@filter("array_keys")
def keys(value: Object | List) -> List:
    """The keys of an object, or the indexes of a list.

    {a: 1, b: 2}|keys  →  ["a", "b"]
    """
    return list(value) if isinstance(value, dict) else list(range(len(value)))


@filter("array_values")
def values_(value: Object | List) -> List:
    """The values of an object, or the items of a list.

    {a: 1, b: 2}|values  →  [1, 2]
    """
    return list(value.values()) if isinstance(value, dict) else value


@filter("array_entries", "to_entries", "to_pairs")
def entries(value: Object | List) -> List:
    """The keys and values of an object as a list of {key, value}.

    {a: 1, b: 2}|entries  →  [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    """
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return [{"key": key, "value": each} for key, each in pairs]


@filter()
def items(value: Object) -> List:
    """The keys and values of an object as a list of pairs.

    {a: 1}|items  →  [["a", 1]]
    """
    return [[key, each] for key, each in value.items()]


@filter()
def dictsort(value: Object, case_sensitive: Boolean = False, by: Text = "key", reverse: Boolean = False) -> List:
    """The keys and values of an object as a list of pairs, in order of the keys or (``by='value'``) the values.

    {b: 1, a: 2}|dictsort  →  [["a", 2], ["b", 1]]
    {b: 1, a: 2}|dictsort(by='value')  →  [["b", 1], ["a", 2]]
    """
    if by not in ("key", "value"):
        raise Fault("run/wrong-value", f'an object is sorted by "key" or "value", not {values.preview(by)}')
    place = 0 if by == "key" else 1
    pairs = [[key, each] for key, each in value.items()]
    key = order_key([pair[place] for pair in pairs], case_sensitive)
    return sorted(pairs, key=lambda pair: key(pair[place]), reverse=reverse)


@filter("ksort")
def sort_keys(value: Object) -> Object:
    """The object with its keys in order.

    {b: 1, a: 2}|sort_keys  →  {"a": 2, "b": 1}
    """
    return {key: value[key] for key in sorted(value)}


@filter("array_flip")
def flip(value: Object) -> Object:
    """The object with keys and values changed about.

    {a: 'x', b: 'y'}|flip  →  {"x": "a", "y": "b"}
    """
    return {values.text(each): key for key, each in value.items()}


@filter()
def rename_keys(value: Object, names: Object) -> Object:
    """The object with keys renamed, old to new.

    {a: 1, b: 2}|rename_keys({a: 'id'})  →  {"id": 1, "b": 2}
    """
    return {values.text(names.get(key, key)): each for key, each in value.items()}


@filter()
def map_values(value: Object, function: By) -> Object:
    """The object with the function's result (or the field) of every value.

    {a: 1, b: 2}|map_values(x => x * 10)  →  {"a": 10, "b": 20}
    """
    return dict(zip(value, map(reader(function), value.values())))


@filter()
def map_keys(value: Object, function: By) -> Object:
    """The object with the function's result of every key.

    {a: 1}|map_keys(k => k|upper)  →  {"A": 1}
    """
    return dict(zip(map(values.text, map(reader(function), value)), value.values()))


# --- together ---------------------------------------------------------------------------------------


@filter("to_list", "to_array", "wrap")
def safe_array(value: Any) -> List:
    """A list itself, anything else as a list of one; nothing for null.

    12|safe_array  →  [12]
    [1, 2]|safe_array  →  [1, 2]
    """
    if isinstance(value, list):
        return value
    return [] if absent(value) else [value]


@filter("array_merge", "assign", "combine")
def merge(value: Object | List, *others: Any) -> List | Object:
    """Objects as one, the later key winning; lists one after the other.

    {a: 1, b: 2}|merge({b: 3})  →  {"a": 1, "b": 3}
    [1, 2]|merge(['a'])  →  [1, 2, "a"]
    """
    merged = value
    for other in others:
        if isinstance(merged, list):
            merged = values.sized_list(merged + safe_array(other))
        elif isinstance(other, dict):
            merged = {**merged, **other}
        elif isinstance(other, list) and not merged:
            merged = other
        elif not absent(other):
            raise Fault("run/wrong-type", f"an object merges with an object, not with {values.kind(other)}")
    return merged


@filter("array_merge_recursive", "deep_merge")
def merge_recursive(value: Object | List, *others: Any) -> List | Object:
    """Objects as one, all the way down: objects inside are merged, lists joined, the later of other values wins.

    {a: {b: [1]}}|merge_recursive({a: {b: [2], c: 3}})  →  {"a": {"b": [1, 2], "c": 3}}
    """
    merged: Any = value
    for other in others:
        merged = _deeply(merged, other)
    return merged  # type: ignore[no-any-return]


def _deeply(first: Any, second: Any) -> Any:
    if isinstance(first, list) and isinstance(second, list):
        return values.sized_list(first + second)
    if not isinstance(first, dict) or not isinstance(second, dict):
        return first if absent(second) else second
    merged = dict(first)
    for key, each in second.items():
        merged[key] = _deeply(first[key], each) if key in first else each
    return merged


@filter("defaults_to")
def defaults(value: Object, fallback: Object) -> Object:
    """The object with what it lacks (or holds as null) taken from another.

    {a: 1, b: null}|defaults({a: 9, b: 2})  →  {"a": 1, "b": 2}
    """
    return {**value, **{key: each for key, each in fallback.items() if absent(value.get(key))}}


@filter("array_combine", "zip_object")
def create_object(value: List, contents: List) -> Object:
    """An object of keys and the values that belong to them.

    ['a', 'b']|create_object([1, 2])  →  {"a": 1, "b": 2}
    """
    return {values.text(key): each for key, each in zip(value, contents)}


@filter("from_entries", "object_from_entries", "from_pairs")
def create_object_from_entries(value: List) -> Object:
    """An object of {key, value} objects or of [key, value] pairs: the opposite of ``entries``.

    [{key: 'a', value: 1}, ['b', 2]]|create_object_from_entries  →  {"a": 1, "b": 2}
    """
    made = {}
    for entry in value:
        if isinstance(entry, dict) and "key" in entry:
            made[values.text(entry["key"])] = entry.get("value")
        elif isinstance(entry, list) and len(entry) == 2:
            made[values.text(entry[0])] = entry[1]
        else:
            raise Fault("run/wrong-type", f"an entry is {{key, value}} or [key, value], not {values.preview(entry)}")
    return made


@filter("array_fill_keys")
def fill_keys(value: Any, keys: List) -> Object:
    """An object with the value under every one of the keys.

    0|fill_keys(['a', 'b'])  →  {"a": 0, "b": 0}
    """
    return {values.text(key): value for key in keys}


@filter("flatten_keys", "dot")
def flatten_object(value: Object, separator: Text = ".") -> Object:
    """An object of objects as one with dotted keys.

    {a: {b: 1, c: {d: 2}}}|flatten_object  →  {"a.b": 1, "a.c.d": 2}
    """
    flat: dict[str, Any] = {}
    waiting = [("", value)]
    while waiting:
        prefix, inner = waiting.pop()
        for key, each in inner.items():
            if isinstance(each, dict) and each:
                waiting.append((f"{prefix}{key}{separator}", each))
            else:
                flat[f"{prefix}{key}"] = each
        many(len(flat), most=MAX_ITEMS)
    return flat
