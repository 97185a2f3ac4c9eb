"""The cache on an embedded bus and on a given server: shared, counted exactly, and no hindrance where it is away."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.conftest import LENIENCE, Place, until

from interpreter.adapters.cache import Cache
from interpreter.adapters.line import Line, namespace_of
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
from interpreter.values import Moment

from .conftest import RunStack, command, given

CROWD = """
import sys
from interpreter.adapters.cache import Cache
from interpreter.adapters.line import Line
cache = Cache(Line(lambda: sys.argv[1], "run/cache-unavailable", "the cache"), "crowd", 1000)
sys.stdin.read()  # all of them start when they are let go
print(sum(cache.rate("door", 100, 600)["allowed"] for _ in range(60)))
for _ in range(60):
    cache.increment("visits", 1)
    cache.push("names", sys.argv[2])
"""

FORK = """
import os, sys
from interpreter.adapters.cache import Cache
from interpreter.adapters.line import Line
cache = Cache(Line(lambda: sys.argv[1], "run/cache-unavailable", "the cache"), "fork", 1000)
cache.set("before", "here")
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0
print("parent:" if child else "child:", cache.get("before"), cache.increment("count", 1), flush=True)
"""


def cache_of(place: Place, most: int = 1000) -> Cache:
    return Cache(Line(lambda: place.engine.bus.url, "run/cache-unavailable", "the cache"), "test", most)


@pytest.fixture
def cache(place: Place) -> Iterator[Cache]:
    return cache_of(place)


def test_every_node_of_the_cache(place: Place, run_stack: RunStack) -> None:
    stack = [
        {
            "function": "set_cache",
            "key": "user:{{ input.id }}",
            "value": {"name": "Ada", "seen": "{{ now }}"},
            "ttl": 60,
        },
        {"function": "get_cache", "key": "user:{{ input.id }}", "return_as": "user"},
        {"function": "increment_cache", "key": "visits", "value": 2, "return_as": "visits"},
        {"function": "push_cache", "key": "queue", "value": "{{ user.name }}"},
        {"function": "shift_cache", "key": "queue", "return_as": "first"},
        {"function": "rate_limit", "key": "door", "limit": 1, "ttl": 600},
        {
            "function": "try_catch",
            "try": [{"function": "rate_limit", "key": "door", "limit": 1, "ttl": 600}],
            "catch": [{"function": "create_variable", "name": "refused", "value": "{{ error }}"}],
        },
        {"function": "delete_cache", "pattern": "user:*", "return_as": "forgotten"},
        {
            "function": "return_value",
            "value": {
                "known": "{{ user.name }}",
                "since": "{{ now - user.seen < 60 }}",
                "visits": "{{ visits }}",
                "first": "{{ first }}",
                "forgotten": "{{ forgotten }}",
                "refused": ["{{ refused.type }}", "{{ refused.status }}", "{{ refused.details.limit }}"],
                "said": "{{ refused.message }}",
            },
        },
    ]
    answer = run_stack(place, stack, {"id": 7})
    said = answer.pop("said")
    assert said.startswith('"door" may be used 1 time in 600 seconds; try again in ')
    assert answer == {
        "known": "Ada",
        "since": True,
        "visits": 2,
        "first": "Ada",
        "forgotten": 1,
        "refused": ["rate_limited", 429, 1],
    }


def test_a_crowd_of_processes_is_counted_exactly(place: Place, cache: Cache) -> None:
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, place.engine.bus.url, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]
    for each in crowd:
        assert each.stdin
        each.stdin.close()
        each.stdin = None
    allowed = [int(each.communicate()[0]) for each in crowd]
    assert sum(allowed) == 100
    shared = Cache(Line(lambda: place.engine.bus.url, "run/cache-unavailable", "the cache"), "crowd", 1000)
    assert shared.get("visits") == 360
    assert shared.count("names") == 360
    assert sorted(set(shared.items("names"))) == [str(number) for number in range(6)]
    assert shared.get("door") == 100


def test_what_is_kept_ends_with_its_time(cache: Cache) -> None:
    cache.set("short", "here", 0.02)
    until(lambda: cache.get("short") is None)
    assert cache.increment("counter", 1, 0.02) == 1
    until(lambda: not cache.has("counter"))
    assert cache.rate("door", 1, 0.02)["allowed"]
    until(lambda: cache.rate("door", 1, 0.02)["allowed"])


def test_a_rate_limit_without_an_end_gets_one(cache: Cache) -> None:
    cache.set("door", 1)
    assert cache.rate("door", 1, 60) == {
        "allowed": False,
        "limit": 1,
        "remaining": 0,
        "retry_after": 60,
        "reset_after": 60,
    }


def test_values_come_back_as_they_were(cache: Cache) -> None:
    at = Moment(microseconds=1_700_000_000_123_456)
    cache.set("value", {"at": at, "ümlaut": [1, 2.5, None, True, 2**70]})
    back = cache.get("value")
    assert back == {"at": at, "ümlaut": [1, 2.5, None, True, 2**70]}
    assert back["at"].microseconds == at.microseconds
    cache.set("list:1", 1)
    assert cache.delete(["value", "list:1", "nothing"]) == 2


def test_a_thousand_and_more_keys_are_forgotten_by_their_pattern(place: Place, cache: Cache) -> None:
    other = Cache(cache._line, "another", 1000)
    other.set("many:0", "stays")
    for number in range(2500):
        cache.set(f"many:{number}", number)
    cache.set("few", 1)
    assert cache.delete_like("many:*") == 2500
    assert cache.get("few") == 1
    assert other.get("many:0") == "stays"


def test_workspaces_do_not_mix_on_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, crm = Settings(database_url="postgresql://me:secret@db/shop"), Settings(database_url="postgresql://db/crm")
    assert namespace_of(shop) == namespace_of(Settings(database_url="postgresql://me:renewed@db/shop"))
    monkeypatch.chdir(tmp_path)
    file, state = Settings(database_url="sqlite:///shop.db"), Settings(state_dir=tmp_path)
    named = [namespace_of(each) for each in (shop, crm, file, state)]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert len({*named, namespace_of(file)}) == 5
    assert namespace_of(state) == named[3]


def test_a_child_process_opens_a_connection_of_its_own(place: Place) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORK, place.engine.bus.url], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["child:", "here", "1", "parent:", "here", "2"]


def test_a_bus_that_is_away_says_so_at_once_and_is_found_again(unlucky: Place) -> None:
    cache = cache_of(unlucky)
    cache.set("key", "kept")
    with unlucky.server.away():
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(Fault, match="the cache cannot be reached") as raised:
                cache.get("key")
            assert raised.value.type == "cache_unavailable"
            assert raised.value.status == 503
            assert time.monotonic() - began < 1.5 * LENIENCE
    until(lambda: reached(cache))
    cache.set("key", "again")
    assert cache.get("key") == "again"


def reached(cache: Cache) -> bool:
    try:
        cache.has("key")
    except Fault:
        return False
    return True


def test_a_bus_that_was_restarted_is_found_again_without_a_word(unlucky_on_postgresql: Place) -> None:
    cache = cache_of(unlucky_on_postgresql)
    cache.set("key", "kept")
    unlucky_on_postgresql.server.kill()
    cache.set("key", "again")
    assert cache.get("key") == "again"


def test_a_stack_can_do_without_its_cache(embedded: Place) -> None:
    broken = [{"function": "get_cache", "key": "user", "default": "none"}]
    catching = [
        {
            "function": "try_catch",
            "try": broken,
            "catch": [{"function": "return_value", "value": ["{{ error.type }}", "{{ error.status }}"]}],
        }
    ]
    away = {"broker_url": "redis://127.0.0.1:1/0"}
    began = time.monotonic()
    caught = command(embedded, "run", *given(embedded, catching, None), **away)
    assert (caught.returncode, json.loads(caught.stdout)) == (0, ["cache_unavailable", 503])
    failed = command(embedded, "run", *given(embedded, broken, None), **away)
    assert failed.returncode == 6
    assert "run/cache-unavailable" in failed.stderr
    assert time.monotonic() - began < 3 * LENIENCE
