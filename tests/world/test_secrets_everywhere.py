"""Secrets are planted wherever a run can meet one; afterwards no byte of what it said or left behind shows them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from engines.conftest import Place, until
from engines.receiver import Receiver, receiving

from interpreter.background.bus.publish import connect
from interpreter.security.ciphers import encrypt
from interpreter.security.tokens import create_token

from .conftest import command

DATA_KEY = "00" * 32
ENV = {"SHOP_KEY": "sk-env/7f3a&öx+99", "JWT_KEY": "jwt-key-that-is-long-enough-for-it!", "DATA_KEY": DATA_KEY}
INPUTS = {"card": "4111-2222-3333-9876", "password": "correct horse & battery", "pin": 735192480461}
OPENED = "what was encrypted, Zoë"
SMTP = "smtp-pass/99"
TAX = "tax-number 12/345"
PEOPLE = {"columns": {"mail": "text", "tax": {"type": "text", "secret": True}, "login": "password"}}
"""A table whose columns are secret: they stand in its own rows, and nowhere else."""
PLANTED = {**ENV, **INPUTS, "opened": OPENED, "smtp": SMTP, "tax": TAX}
MADE = ("eyJhbGciOiJ", "$argon2id$")
"""How the secrets begin that the run makes itself: tokens and hashes."""

ENDING = "it ends badly: << env.SHOP_KEY >>, << input.card >>, << input.pin >>, << token >>"
SPELLINGS = (
    "<< env.SHOP_KEY|base64_encode >> << ('a' ~ env.SHOP_KEY ~ 'z')|base64_encode >> << input.card|url_encode >>"
    " << env.SHOP_KEY|url_encode >> << input.password|hex_encode >> << {'card': input.card}|json_encode >>"
    " << env.SHOP_KEY|json_encode >> << opened >> << input.password|url_encode >> << input.card|slice(0, 15) ~ '6' >>"
)


def caught(**node: Any) -> dict[str, Any]:
    """A node that fails, and a log of its error."""
    seen = {"function": "log", "message": "<< error.message >>", "data": "<< error >>"}
    return {"function": "try_catch", "try_block": [node], "catch_block": [seen]}


def stacks(service: str) -> dict[str, Any]:
    """The stack that meets every secret, and the one that it calls in the background."""
    bearer = {"Authorization": "Bearer << env.SHOP_KEY >>", "X-Card": "<< input.card >>"}
    secret = {"type": "text", "secret": True}
    inputs = {"card": secret, "password": "password", "pin": {"type": "int", "secret": True}, "token": "text"}
    inputs["tax"] = "text"  # nobody says that it is secret before it comes to its table
    person = {"mail": "a", "tax": "<< input.tax >>", "login": "<< input.password >>"}
    given = {name: f"<< input.{name} >>" for name in inputs}
    meets: list[dict[str, Any]] = [
        {"function": "add_record", "table": "people", "data": person},
        {"function": "query_all_records", "table": "people", "return_as": "found"},
        {"function": "log", "message": "<< people.tax >> << people.login >>", "data": "<< found >>"},
        caught(function="add_record", table="people", data={**person, "<< env.NONE ?? 'none' >>": "<< input.tax >>"}),
        {"function": "get_environment_variable", "name": "SHOP_KEY", "return_as": "key"},
        {"function": "hash_password", "password": "<< input.password >>", "return_as": "hash"},
        {"function": "generate_jwt_token", "payload": {"card": "<< input.card >>"}, "secret": "<< env.JWT_KEY >>"},
        {"function": "create_variable", "name": "made", "value": "<< generate_jwt_token >>"},
        {"function": "validate_jwt_token", "token": "<< made >>", "secret": "<< env.JWT_KEY >>", "return_as": "claims"},
        {
            "function": "decrypt",
            "value": "<< token >>",
            "key": "<< env.DATA_KEY >>",
            "return_as": "opened",
        },
        {"function": "log", "message": SPELLINGS, "data": ["<< key >>", "<< hash >>", "<< made >>", "<< claims >>"]},
        {"function": "log", "message": "<< input.pin >>", "data": {"<< env.SHOP_KEY >>": "<< input >>"}},
        {"function": "set_progress", "value": 10, "message": "with << env.SHOP_KEY >> and << input.card >>"},
        {"function": "wait", "duration": 0.3},
        {"function": "external_api_request", "url": f"{service}/paid", "headers": bearer, "body": "<< input >>"},
        caught(function="external_api_request", url=f"{service}/fail", headers=bearer, body={"of": "<< input.pin >>"}),
        caught(function="external_api_request", url="http://127.0.0.1:1/<< input.card >>?key=<< env.SHOP_KEY >>"),
        caught(function="send_email", to="a@shop.example", subject="<< input.card >>", body="<< env.SHOP_KEY >>"),
        caught(function="validate_jwt_token", token="<< env.SHOP_KEY >>", secret="<< hash >>"),
        caught(function="loop", array="<< input.card >>", operations=[]),
    ]
    calls: list[dict[str, Any]] = [
        {
            "function": "custom_function",
            "name": "child",
            "inputs": {**given, "key": "Bearer << env.SHOP_KEY >>"},
            "execution_mode": "async",
            "callback_url": f"{service}/told?key=<< env.SHOP_KEY|url_encode >>",
            "return_as": "one",
        },
        {
            "function": "verify_password",
            "password": "<< input.password >>",
            "hash": "<< hash >>",
            "execution_mode": "async",
            "return_as": "two",
        },
        {"function": "child", **given, "key": "fail", "execution_mode": "async", "return_as": "three"},
        {
            "function": "external_api_request",
            "url": f"{service}/fail?card=<< input.card >>",
            "headers": bearer,
            "body": {},
            "execution_mode": "async",
            "return_as": "four",
        },
        {
            "function": "async_function_await",
            "execution_ids": ["<< one >>", "<< two >>", "<< three >>", "<< four >>"],
            "timeout": 30,
            "return_as": "records",
        },
    ]
    raises = {"function": "throw_error", "message": ENDING, "details": {"of": "<< input >>"}}
    fails = {"function": "conditional", "condition": "<< input.key == 'fail' >>", "true_branch": [raises]}
    done = {"function": "return_value", "value": "done"}
    returns_records = {"function": "return_value", "value": "<< records|map('state') >>"}
    return {
        "child": {"name": "child", "inputs": {**inputs, "key": "text"}, "function_stack": [*meets, fails, done]},
        "parent": {"name": "parent", "inputs": inputs, "function_stack": [*meets, *calls, returns_records]},
        "failing": {"name": "failing", "inputs": inputs, "function_stack": [*meets, raises]},
    }


@pytest.fixture
def planted(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """A place with the stacks, its .env, and who is called back."""
    place = request.getfixturevalue("place" if "place" in request.fixturenames else "embedded")
    with receiving() as receiver:
        receiver.answer = lambda request: (500 if request.path.startswith("/fail") else 204, {})
        hosts = '["localhost", "127.0.0.1", "*"]'
        with (place.root / "interpreter.toml").open("a") as file:
            file.write(f"callback_hosts = {hosts}\nhttp_hosts = {hosts}\nmail_from = 'shop@shop.example'\n")
            file.write(f"smtp_url = 'smtp://shop:{quote(SMTP, safe='')}@127.0.0.1:1'\n")
        place.engine.close()
        place.engine = place.new_engine()
        (place.root / "tables").mkdir()
        (place.root / "tables" / "people.json").write_text(json.dumps(PEOPLE))
        (place.root / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in ENV.items()))
        for name, stack in stacks(receiver.url.rpartition("/")[0]).items():
            place.write(name, stack)
        (place.root / "inputs").write_text(json.dumps({**INPUTS, "tax": TAX, "token": encrypt(OPENED, DATA_KEY)}))
        yield receiver


@pytest.mark.parametrize(
    "options", [(), ("--trace", "-o", "json"), ("--full",), ("--python-traceback",), ("--dry-run",)]
)
def test_a_run_in_the_foreground(embedded: Place, planted: Receiver, options: tuple[str, ...]) -> None:
    embedded.start_interpreter(2)
    for name, code in (("parent", 0), ("failing", 1)):
        ended = command(embedded, "run", name, "--input", str(embedded.root / "inputs"), *options)
        assert ended.returncode == code, ended.stderr
        assert "***" in ended.stderr
        assert shown_in(f"{name} {options}", (ended.stdout + ended.stderr).encode()) == []
    assert left_behind(embedded) == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_run_in_the_background(place: Place, planted: Receiver, form: str) -> None:
    place.start_interpreter(2, "--log", form)
    given = json.loads((place.root / "inputs").read_text())
    ids = [place.engine.dispatch(name, given, {}, secret=()) for name in ("parent", "failing")]
    states = [place.finish(each)["state"] for each in ids]
    assert states == ["completed", "error"], place.log()
    calls = until(lambda: [told for told in planted.received if told.path.startswith("/told")])
    assert [each for told in calls for each in shown_in("callback", told.raw)] == []
    assert what_commands_tell(place) == []
    assert query(calls[0].path) == [("key", ENV["SHOP_KEY"])]
    bearers = {told.headers["authorization"] for told in planted.received if not told.path.startswith("/told")}
    assert [each.encode("latin-1").decode() for each in bearers] == [f"Bearer {ENV['SHOP_KEY']}"]
    assert left_behind(place) == []


def test_a_journal_goes_on_after_its_worker_died(embedded: Place, planted: Receiver) -> None:
    """What is sealed is opened again where the run is repeated."""
    worker = embedded.start_interpreter(1)
    given = {**json.loads((embedded.root / "inputs").read_text()), "key": "x"}
    execution_id = embedded.engine.dispatch("child", given, {}, secret=())
    done = "SELECT 1 FROM _steps WHERE name='decrypt' AND output IS NOT NULL"
    until(lambda: embedded.engine.records.database.run(done))
    os.killpg(worker.pid, 9)
    embedded.start_interpreter(1)
    assert embedded.finish(execution_id)["output"] == "done"


def test_another_key_opens_nothing(embedded: Place) -> None:
    embedded.write("child", stacks("http://localhost")["child"])
    given = {**INPUTS, "tax": TAX, "token": create_token({}, "k" * 32, 0), "key": "x"}
    execution_id = embedded.engine.dispatch("child", given, {}, secret=())
    (embedded.settings.state_dir / "secret.key").write_text("11" * 32)
    embedded.start_interpreter(1)
    record = embedded.finish(execution_id)
    assert (record["state"], record["error"]) == ("error", "background/sealed")


UNREACHABLE = """
database_url = "postgresql://shop:db-pass%2F1234@127.0.0.1:1/shop"
broker_url = "redis://:bus-pass-1234@127.0.0.1:1/0"
smtp_url = "smtp://shop:smtp-pass-1234@127.0.0.1:1"
http_proxy = "http://shop:proxy-pass-1234@127.0.0.1:1"
secret_key = "pass-1234"
"""


@pytest.mark.parametrize("words", ["run asks", "run asks --trace --python-traceback", "doctor", "executions list"])
def test_passwords_of_settings(tmp_path: Path, words: str) -> None:
    key = b64encode(b"pass-1234".ljust(32)).decode()
    (tmp_path / "interpreter.toml").write_text(UNREACHABLE.replace('"pass-1234"', f'"{key}"'))
    stack = [
        caught(function="external_api_request", url="http://example.com/"),
        caught(function="send_email", to="a@shop.example", subject="a", body="b", **{"from": "b@shop.example"}),
        caught(
            function="throw_error",
            message="<< ['smtp-pass-', 'db-pass/', 'db-pass%2F', 'bus-pass-']|map(x => x ~ 12 ~ 34)|join >>",
        ),
        {"function": "asks", "execution_mode": "async"},
    ]
    (tmp_path / "asks.json").write_text(json.dumps(stack))
    line = [sys.executable, "-m", "interpreter", *words.split()]
    ended = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    told = ended.stdout + ended.stderr
    assert ended.returncode
    assert "1234" not in told
    assert key not in told


def left_behind(place: Place) -> list[str]:
    """Where a secret stands in the state folder, the log, the database or the bus."""
    found = []
    for file in [*place.settings.state_dir.rglob("*"), place.root / "worker.log"]:
        if file.is_file() and file.name != "secret.key":
            found += shown_in(str(file.name), file.read_bytes(), but=("tax", MADE[1]) if ".db" in file.name else ())
    for table, rows in tables(place):
        found += shown_in(f"table {table}", repr(rows).encode(), but=("tax", MADE[1]) if table == "people" else ())
    return found + shown_in("bus", b"\n".join(on_the_bus(place)))


def what_commands_tell(place: Place) -> list[str]:
    """Where a secret stands in what the command line says of executions."""
    found = []
    ids = [record["execution_id"] for record in place.engine.newest(limit=100)]
    words = [("list",), *((word, each) for each in ids for word in ("show", "trace"))]
    for word in words:
        for form in ("text", "json"):
            told = command(place, "executions", *word, "-o", form)
            assert told.returncode == 0, told.stderr
            found += shown_in(f"executions {word[0]} {form}", (told.stdout + told.stderr).encode())
    for name in ("metrics", "doctor"):
        found += shown_in(name, command(place, name).stdout.encode())
    return found


def tables(place: Place) -> Iterator[tuple[str, list[Any]]]:
    database = place.engine.records.database
    names = (
        "SELECT name FROM sqlite_master WHERE type='table'"
        if database.is_sqlite
        else "SELECT tablename FROM pg_tables WHERE schemaname='public'"
    )
    for (name,) in database.run(names):
        yield name, database.run(f'SELECT * FROM "{name}"')


def on_the_bus(place: Place) -> Iterator[bytes]:
    """Every key of the server, and what it holds."""
    client = connect(place.engine.bus.url, 5)
    for key in client.scan_iter("*"):
        yield key
        match client.type(key):
            case b"string":
                yield client.get(key)
            case b"list":
                yield from client.lrange(key, 0, -1)
            case b"set":
                yield from client.smembers(key)
            case b"zset":
                yield from client.zrange(key, 0, -1)
            case b"hash":
                for field, value in client.hgetall(key).items():
                    yield field + b"=" + value
            case b"stream":
                yield repr(client.xrange(key)).encode()
    client.close()


def query(path: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl, urlsplit

    return parse_qsl(urlsplit(path).query)


def shown_in(where: str, data: bytes, but: tuple[str, ...] = ()) -> list[str]:
    """Which secrets some bytes show, in any spelling, ``but`` for those that may stand there."""
    planted = ((name, secret) for name, secret in PLANTED.items() if name not in but)
    found = [f"{name} in {where}" for name, secret in planted if any(each in data for each in spelt(str(secret)))]
    return found + [f"{begin} in {where}" for begin in MADE if begin not in but and begin.encode() in data]


def spelt(secret: str) -> Iterator[bytes]:
    """A secret as bytes: plain, escaped, encoded."""
    plain = secret.encode()
    escaped = (json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret), plain.hex())
    yield from (plain, plain.hex().upper().encode(), *(each.encode() for each in escaped))
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            yield encode(b"\0" * before + plain)[4 if before else 0 : (before + len(plain)) // 3 * 4]


def test_the_grep_finds_what_it_looks_for(tmp_path: Path) -> None:
    card = INPUTS["card"]
    for said in (f"x{card}y", b64encode(f"user:{card}".encode()).decode(), str(card).encode().hex()):
        assert shown_in("", said.encode()) == ["card in "]


def test_a_worker_knows_the_secrets_of_its_caller(embedded: Place) -> None:
    """A variable of --env-file, which no worker reads, is masked where it was sent to."""
    key = "sk-only-in-the-file-77"
    (embedded.root / "of_caller").write_text(f"CALLER_KEY={key}\n")
    url = "http://127.0.0.1:1/<< env.CALLER_KEY >>"
    raises = {"function": "throw_error", "message": "it is << input.key >>"}
    embedded.write("told", [raises])
    embedded.write(
        "asks",
        [
            {"function": "external_api_request", "url": url, "execution_mode": "async"},
            {"function": "told", "key": "<< env.CALLER_KEY|base64_encode >>", "execution_mode": "async"},
        ],
    )
    embedded.start_interpreter(1)
    ended = command(embedded, "run", "asks", "--env-file", str(embedded.root / "of_caller"))
    assert ended.returncode == 0, ended.stderr
    records = embedded.engine.newest(limit=10)
    assert {each["state"] for each in records} == {"error"}
    for data in (ended.stderr.encode(), repr(records).encode(), *map(_bytes, embedded.settings.state_dir.rglob("*"))):
        assert not [each for each in spelt(key) if each in data]


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() and file.name != "secret.key" else b""


NOTE = {"of": {"references": "people"}, "said": {"type": "text", "secret": True}}
FOUND = {
    "by a join": {
        "function": "query_all_records",
        "table": "people",
        "join": {"table": "notes", "as": "note", "on": {"id": "of"}},
    },
    "by what is included": {
        "function": "query_all_records",
        "table": "people",
        "includes": {"table": "notes", "as": "notes", "on": {"id": "of"}},
    },
    "by a reference": {"function": "get_record", "table": "replies", "record_id": 1, "includes": "note"},
    "as a result": {"function": "aggregate_query", "table": "notes", "aggregates": {"last": {"max": "said"}}},
    "as a group": {"function": "aggregate_query", "table": "notes", "group_by": "said", "aggregates": {"n": "count"}},
    "as a joined group": {
        "function": "aggregate_query",
        "table": "people",
        "join": {"table": "notes", "as": "note", "on": {"id": "of"}},
        "group_by": "note.said",
        "aggregates": {"n": "count"},
    },
    "by a filter": {
        "function": "edit_record",
        "table": "notes",
        "filter": {"said": "<< 'of-note ' ~ 4711 >>x"},
        "data": {},
    },
    "by what is expected": {
        "function": "edit_record",
        "table": "notes",
        "record_id": 1,
        "expected": {"said": "<< 'of-note ' ~ 4711 >>x"},
        "data": {"of": 1},
    },
}
"""How a secret column can be met besides in a record of its own table."""


@pytest.mark.parametrize("way", FOUND)
def test_a_secret_column_that_is_met(tmp_path: Path, way: str) -> None:
    (tmp_path / "tables").mkdir()
    notes = {"columns": NOTE, "records": [{"of": 1, "said": "of-note 4711"}]}
    replies = {"columns": {"note_id": {"references": "notes"}}, "records": [{"note_id": 1}]}
    people = {"columns": {"mail": "text"}, "records": [{"mail": "a"}]}
    for name, table in (("people", people), ("notes", notes), ("replies", replies)):
        (tmp_path / "tables" / f"{name}.json").write_text(json.dumps(table))
    seen = {"function": "log", "message": "met", "data": "<< met ?? error >>"}
    stack = [{"function": "try_catch", "try_block": [{**FOUND[way], "return_as": "met"}, seen], "catch_block": [seen]}]
    (tmp_path / "meets.json").write_text(json.dumps(stack))
    line = [sys.executable, "-m", "interpreter", "run", "meets", "--trace"]
    ended = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "met" in ended.stderr
    assert "4711" not in ended.stderr
