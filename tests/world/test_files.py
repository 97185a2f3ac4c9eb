"""The storage: whole files only, no way out of it, and private ones by signed names."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from engines.conftest import Place
from hypothesis import given as drawn
from hypothesis import strategies as st

from interpreter.adapters.files import folder as folders
from interpreter.adapters.files.files import Files
from interpreter.adapters.files.names import parts_of
from interpreter.adapters.files.signing import Signer
from interpreter.diagnostic import Fault
from interpreter.settings import Settings

from .conftest import command, given, run_by_a_worker, run_here

KEEPER = """
import sys
from pathlib import Path
from interpreter.adapters.files.signing import Signer
sys.stdin.read()  # all of them start when they are let go
print(Signer(Path(sys.argv[1])).sign("a", 4_000_000_000))
"""
FULL = """
import resource, signal, sys
from pathlib import Path
from interpreter.adapters.files.files import Files
from interpreter.diagnostic import Fault
from interpreter.settings import Settings
files = Files(Settings(state_dir=Path(sys.argv[1]) / "state"), Path(sys.argv[1]))
files.write("a", b"before")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    files.write("a", bytes(5000))
except Fault as fault:
    print(fault.code)
print(files.read_bytes("a"))
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Settings(state_dir=tmp_path / "state"), tmp_path)


def public(tmp_path: Path) -> Path:
    return tmp_path / "state" / "storage" / "public"


def test_stacks_here_and_in_the_background_share_the_files(place: Place) -> None:
    write = [
        {
            "function": "write_file",
            "path": "bills/{{ input.id }}.txt",
            "content": "Bill {{ input.id }}",
            "private": True,
        },
        {
            "function": "write_file",
            "path": "photo.png",
            "content": "{{ input.id }}",
            "unique": True,
            "return_as": "photo",
        },
        {"function": "sign_file", "path": "bills/{{ input.id }}.txt", "expires_in": 60, "return_as": "link"},
        {"function": "return_value", "value": {"link": "{{ link }}", "photo": "{{ photo.path }}"}},
    ]
    read = [
        {"function": "read_file", "path": "{{ input.link }}", "signed": True, "return_as": "bill"},
        {"function": "read_file", "path": "{{ input.photo }}", "return_as": "photo"},
        {"function": "list_files", "private": True},
        {"function": "return_value", "value": ["{{ bill }}", "{{ photo }}", "{{ list_files|map('path') }}"]},
    ]
    written = run_by_a_worker(place, write, {"id": 7})
    assert run_here(place, read, written) == ["Bill 7", "7", ["bills/7.txt"]]
    written = run_here(place, write, {"id": 8})
    assert run_by_a_worker(place, read, written) == ["Bill 8", "8", ["bills/7.txt", "bills/8.txt"]]


def test_a_mail_takes_stored_files_along(embedded: Place) -> None:
    stack = [
        {"function": "write_file", "path": "bills/7.txt", "content": "Bill", "private": True},
        {
            "function": "send_email",
            "to": "ada@example.com",
            "subject": "Bill",
            "body": "Here it is.",
            "attachments": [{"file": "bills/7.txt", "private": True, "name": "bill.txt"}],
        },
    ]
    ended = command(embedded, "run", *given(embedded, stack, None))
    assert ended.stderr.splitlines()[-1] == "mail: attached: bill.txt (4 bytes)"


def test_a_repeated_step_writes_the_same_file(files: Files) -> None:
    names = {files.write("photo.png", b"x", unique_by=step)["path"] for step in ("a-1", "a-1", "a-2")}
    assert len(names) == 2
    assert len(files.list()) == 2


def test_no_link_is_followed(files: Files, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    files.write("inside/own.txt", b"own")
    place = public(tmp_path)
    (place / "out").symlink_to(outside)
    (place / "secret.txt").symlink_to(outside / "secret.txt")
    (place / "same.txt").symlink_to(place / "inside" / "own.txt")
    os.mkfifo(place / "pipe")
    for path in ("out/secret.txt", "secret.txt", "same.txt", "pipe"):
        for act in (files.read_bytes, files.describe, files.delete):
            with pytest.raises(Fault) as raised:
                act(path)
            assert raised.value.code == "run/bad-path"
    with pytest.raises(Fault, match="no plain file"):
        files.write("out/new.txt", b"x")
    with pytest.raises(Fault, match="no plain file"):
        files.list("out")
    assert [each["path"] for each in files.list()] == ["inside/own.txt"]
    files.write("secret.txt", b"mine")
    assert (outside / "secret.txt").read_text() == "secret"
    assert files.read_bytes("secret.txt") == b"mine"
    assert sorted(each.name for each in outside.iterdir()) == ["secret.txt"]


def test_a_folder_that_is_swapped_for_a_link_is_not_followed(files: Files, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    files.write("swapped/a", b"inside")
    place, over, told = public(tmp_path) / "swapped", threading.Event(), set()

    def swap() -> None:
        for number in iter(lambda: 0 if over.is_set() else time.monotonic_ns(), 0):
            with suppress(FileNotFoundError, FileExistsError):
                place.rename(tmp_path / f"aside-{number}")
                place.symlink_to(outside)
                place.unlink()

    swapper = threading.Thread(target=swap)
    swapper.start()
    for _ in range(300):
        try:
            files.write("swapped/a", b"inside")
            assert files.read_bytes("swapped/a") == b"inside"
        except Fault as fault:
            told.add(fault.code)
    over.set()
    swapper.join()
    assert told <= {"run/bad-path", "run/no-file"}
    assert list(outside.iterdir()) == []


@drawn(st.text(max_size=30) | st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\", "~", "é"])).map("/".join))
def test_any_text_is_a_name_inside_or_refused(path: str) -> None:
    try:
        parts = parts_of(path)
    except Fault as fault:
        parts = (fault.type,)
    assert Path("/storage", *parts).resolve().is_relative_to("/storage/")
    assert all(parts)


def test_a_reader_sees_a_whole_file(files: Files) -> None:
    contents = [bytes([number]) * 2_000_000 for number in range(4)]
    files.write("busy", contents[0])
    over = threading.Event()

    def go_on_writing(content: bytes) -> None:
        while not over.is_set():
            files.write("busy", content)

    writers = [threading.Thread(target=go_on_writing, args=(content,)) for content in contents]
    for each in writers:
        each.start()
    try:
        for _ in range(50):
            assert files.read_bytes("busy") in contents
    finally:
        over.set()
        for each in writers:
            each.join()


def test_what_cannot_be_written_whole_leaves_the_one_before(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["run/storage-unavailable", "b'before'"]
    assert list((tmp_path / "state" / "storage" / folders.PARTS).iterdir()) == []


def test_parts_of_processes_that_died_are_removed(tmp_path: Path) -> None:
    place = tmp_path / "state" / "storage" / folders.PARTS
    place.mkdir(parents=True)
    for name, age in (("old", 2 * folders.FORGOTTEN_SECONDS), ("new", 0)):
        (place / name).touch()
        os.utime(place / name, (time.time() - age, time.time() - age))
    Files(Settings(state_dir=tmp_path / "state"), tmp_path).write("a", b"x")
    assert [each.name for each in place.iterdir()] == ["new"]


def test_private_files_are_their_owners(files: Files, tmp_path: Path) -> None:
    files.write("a/b", b"x", private=True)
    files.write("a/b", b"y")
    place = tmp_path / "state" / "storage" / "private"
    modes = [stat.S_IMODE((place / path).stat().st_mode) for path in ("", "a", "a/b")]
    assert modes == [0o700, 0o700, 0o600]
    assert files.sign("a/b", 60)
    assert stat.S_IMODE((tmp_path / "state" / "files.key").stat().st_mode) == 0o600
    assert (files.read_bytes("a/b"), files.read_bytes("a/b", private=True)) == (b"y", b"x")


def test_a_signed_name_ends_with_its_time(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    name = signer.sign("bills/ü 7.pdf", 1000)
    assert signer.checked(name, 999.9) == "bills/ü 7.pdf"
    with pytest.raises(Fault, match="is over") as raised:
        signer.checked(name, 1000)
    assert (raised.value.code, raised.value.status) == ("run/signature-expired", 410)


def test_a_signed_name_cannot_be_changed(tmp_path: Path) -> None:
    signer, other = Signer(tmp_path / "a"), Signer(tmp_path / "b")
    name = signer.sign("bill", 4_000_000_000)
    forged = [name[:at] + ("x" if letter != "x" else "y") + name[at + 1 :] for at, letter in enumerate(name)]
    path, _, told = name.partition("?")
    signature = told.partition("&signature=")[2]
    for each in (
        *forged,
        *(name[:-1], name + "A", path, f"{path}?", "", "?", other.sign("bill", 4_000_000_000)),
        f"{path}?expires=9000000000&signature={signature}",
        f"{path}?signature={signature}",
        f"{path}?expires=&signature={signature}",
        f"{path}?expires=never&signature=ü",
        "a" * 100_000,
    ):
        with pytest.raises(Fault) as raised:
            signer.checked(each, 0)
        assert raised.value.code == "run/bad-signature"


def test_a_crowd_of_processes_makes_one_key(tmp_path: Path) -> None:
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for each in crowd:
        assert each.stdin
        each.stdin.close()
        each.stdin = None
    assert len({each.communicate()[0] for each in crowd}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["files.key"]


def test_what_is_stored_is_no_part_of_the_program(embedded: Place) -> None:
    stored = json.dumps({"name": "planted", "function_stack": [{"function": "return_value", "value": "planted"}]})
    with (embedded.root / "interpreter.toml").open("a") as file:
        file.write('storage_dir = "uploads"\n')
    stack = [{"function": "write_file", "path": "planted.json", "content": stored}]
    run_here(embedded, stack)
    assert (embedded.root / "uploads" / "public" / "planted.json").exists()
    ended = command(embedded, "run", "planted")
    assert ended.returncode == 3
    assert "planted" not in ended.stdout


@pytest.mark.parametrize("storage", [".", "..", "/"])
def test_a_storage_that_holds_the_program(tmp_path: Path, storage: str) -> None:
    with pytest.raises(Fault, match="holds the workspace itself") as raised:
        Files(Settings(storage_dir=tmp_path / storage), tmp_path)
    assert raised.value.code == "workspace/settings"


def test_a_storage_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    files = Files(Settings(state_dir=tmp_path / "state", storage_dir=tmp_path / "file"), tmp_path)
    with pytest.raises(Fault, match="the storage cannot be used") as raised:
        files.write("a", b"x")
    assert raised.value.status == 503


def test_pages_of_files(files: Files) -> None:
    for number in range(25):
        files.write(f"many/{number:02}/file", b"x")
    paths: list[str] = []
    while page := files.list("many", limit=10, after=paths[-1] if paths else ""):
        paths += [each["path"] for each in page]
    assert paths == [f"many/{number:02}/file" for number in range(25)]


def test_a_file_that_grew_too_large_is_not_read(tmp_path: Path) -> None:
    files = Files(Settings(state_dir=tmp_path / "state", max_upload_bytes=10), tmp_path)
    files.write("a", bytes(10))
    with pytest.raises(Fault, match="takes 11 bytes; max_upload_bytes is 10"):
        files.write("a", bytes(11))
    (public(tmp_path) / "a").write_bytes(bytes(11))
    with pytest.raises(Fault) as raised:
        files.read_bytes("a")
    assert (raised.value.code, raised.value.status) == ("run/file-too-large", 413)
