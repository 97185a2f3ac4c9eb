"""Settings: the file, the environment over it, and every way to get them wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from interpreter.diagnostic import Rejected
from interpreter.settings import Queue, Settings, find_root, read_settings, stack_environment
from interpreter.settings.kinds import READERS


def write(root: Path, text: str) -> Path:
    (root / "interpreter.toml").write_text(text)
    return root


def complaints(root: Path, environment: dict[str, str]) -> list[str]:
    with pytest.raises(Rejected) as rejected:
        read_settings(root, environment)
    found = rejected.value.diagnostics
    assert {each.code for each in found} == {"workspace/settings"}
    return [f"{each.span and tuple(each.span.begins)} {each.message} / {each.hint}" for each in found]


def test_nothing_configured(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}) == Settings(state_dir=tmp_path / ".interpreter")


def test_every_field_has_a_reader() -> None:
    assert set(Settings.__annotations__.values()) <= set(READERS)


def test_environment_wins_over_file(tmp_path: Path) -> None:
    write(tmp_path, 'timeout = 5\nstrict = true\nstate_dir = "state"\nenv_allow = ["SHOP_*"]\nmax_attempts = 7\n')
    settings = read_settings(tmp_path, {"INTERPRETER_TIMEOUT": "2.5", "INTERPRETER_ENV_ALLOW": "A, B"})
    assert settings.timeout == 2.5
    assert settings.strict is True
    assert settings.state_dir == tmp_path / "state"
    assert settings.env_allow == ("A", "B")
    assert settings.max_attempts == 7


def test_queues(tmp_path: Path) -> None:
    write(tmp_path, "[queues.mail]\nmax_concurrent = 2\ntimeout = 30\n[queues.slow-ones]\ndelay = 1.5\n")
    known = {"mail": Queue(max_concurrent=2, timeout=30), "slow-ones": Queue(delay=1.5)}
    assert read_settings(tmp_path, {}).queues == known
    assert read_settings(tmp_path, {"INTERPRETER_QUEUES": '{"a": {"max_concurrent": 1}}'}).queues == {"a": Queue(1)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("queues = 3", "a table for each queue, such as [queues.mail]"),
        ("[queues.mail]\nmax_concurrent = 0", '"max_concurrent" of "mail" to be a whole number, 1 or more'),
        ("[queues.mail]\ntimeout = -1", '"timeout" of "mail" to be a number of seconds, 0 or more'),
        ("[queues.mail]\nspeed = 1", 'of "mail" only max_concurrent, timeout, delay, not "speed"'),
        ('[queues."a b"]\ntimeout = 1', "names of letters, digits, - and _"),
    ],
)
def test_a_queue_that_is_none(tmp_path: Path, written: str, expected: str) -> None:
    (complaint,) = complaints(write(tmp_path, written), {})
    assert complaint.endswith(f"expected {expected} / None")


def test_every_complaint_at_once_with_its_place(tmp_path: Path) -> None:
    write(
        tmp_path,
        '# comment\ntimout = 5\n\n  strict = "perhaps"\nmax_attempts = 0\nconcurrency = true\n[ovens]\na = 1\n',
    )
    assert complaints(tmp_path, {}) == [
        '(2, 1) "timout" is not a setting / did you mean "timeout"?',
        '(4, 3) "strict" is "perhaps", expected true or false / None',
        '(5, 1) "max_attempts" is 0, expected a whole number, 1 or more / None',
        '(6, 1) "concurrency" is true, expected a whole number, 1 or more / None',
        f'(7, 2) "ovens" is not a setting / the settings are {", ".join(Settings._fields)}',
    ]


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("INTERPRETER_TIMEOUT", "soon", "expected a number of seconds"),
        ("INTERPRETER_TIMEOUT", "-1", "expected a number of seconds, 0 or more"),
        ("INTERPRETER_TIMEOUT", "nan", "expected a number of seconds, 0 or more"),
        ("INTERPRETER_BROKER_URL", "localhost", "expected a URL"),
        ("INTERPRETER_STATE_DIR", "", "expected a path"),
        ("INTERPRETER_TIMEOUTS", "1", 'did you mean "INTERPRETER_TIMEOUT"?'),
    ],
)
def test_bad_variable(tmp_path: Path, variable: str, value: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, {variable: value})
    assert f'"{variable}"' in found
    assert complaint in found


def test_a_stranger_with_our_prefix_is_left_alone(tmp_path: Path) -> None:
    read_settings(tmp_path, {"INTERPRETER_SERVICE_HOST": "10.0.0.1", "INTERPRETER_WORKER_LOCK": "1"})


@pytest.mark.parametrize(
    ("text", "place"), [("a = \n", "(1, 5)"), ("timeout = 1\ntimeout = 2\n", "(2, 12)"), ('x = """', "(1, 8)")]
)
def test_broken_file(tmp_path: Path, text: str, place: str) -> None:
    (found,) = complaints(write(tmp_path, text), {})
    assert found.startswith(f"{place} the settings are not TOML: ")


def test_root_is_the_nearest_folder_with_settings(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    document = inner / "x.json"
    document.write_text("[]")
    assert find_root(document) == inner
    assert find_root(inner) == inner
    write(tmp_path, "")
    assert find_root(document) == tmp_path
    assert find_root(document, inner) == inner
    with pytest.raises(Rejected):
        find_root(document, inner / "nowhere")


def test_stacks_read_env_files_and_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB='two words' # why\nexport C=$A\nEMPTY=\n")
    (tmp_path / "more").write_text("B=more\n")
    environment = {"A": "process", "HOME": "/home/x", "SHOP_KEY": "1", "C": "process"}
    settings = Settings(env_allow=("SHOP_*", "C"))
    assert stack_environment(settings, tmp_path, environment) == {
        "A": "file",
        "B": "two words",
        "C": "process",
        "EMPTY": "",
        "SHOP_KEY": "1",
    }
    assert stack_environment(Settings(), tmp_path, environment, tmp_path / "more")["B"] == "more"
    with pytest.raises(Rejected):
        stack_environment(Settings(), tmp_path, environment, tmp_path / "nowhere")


def test_secrets_of_callbacks_are_checked_and_never_shown(tmp_path: Path) -> None:
    good = "whsec_" + "QUJD" * 8
    settings = read_settings(write(tmp_path, f'callback_secrets = ["{good}"]\n'), {})
    assert settings.callback_secrets == (good,)
    assert good not in repr(settings)
    for bad in (good.removeprefix("whsec_"), "whsec_QUJD", good + "é", good + "QUJD" * 14):
        write(tmp_path, f'callback_secrets = ["{bad}"]\n')
        for complaint in complaints(tmp_path, {"INTERPRETER_CALLBACK_SECRETS": bad}):
            assert "callback_secrets" in complaint.lower()
            assert "QUJD" not in complaint


def test_waits_of_callbacks(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {"INTERPRETER_CALLBACK_RETRIES": "5, 60.5"}).callback_retries == (5, 60.5)
    assert read_settings(write(tmp_path, "callback_retries = []\n"), {}).callback_retries == ()
    (complaint,) = complaints(tmp_path, {"INTERPRETER_CALLBACK_RETRIES": "5, soon"})
    assert "expected a number of seconds" in complaint
