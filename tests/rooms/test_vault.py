"""What is sealed shows nothing, is opened by its key only, and is sealed the same way every time."""

from __future__ import annotations

import json
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreter.diagnostic import Halt
from interpreter.security.vault import Vault, is_sealed

KEY = "00" * 32


@given(st.text())
def test_a_text_comes_back(written: str) -> None:
    vault = Vault(KEY, Path())
    sealed = vault.sealed(written)
    assert sealed == Vault(KEY, Path()).sealed(written)
    assert is_sealed(sealed)
    assert list(json.loads(sealed)) == ["sealed"]
    assert vault.opened(sealed) == written
    assert len(written) < 4 or written not in sealed


def test_what_was_never_sealed_is_as_it_is() -> None:
    assert Vault(KEY, Path()).opened('{"sealed":"v1.AAAA"}') == '{"sealed":"v1.AAAA"}'


@pytest.mark.parametrize("key", ["11" * 32, KEY])
def test_another_key_or_a_changed_text(key: str) -> None:
    sealed = Vault(KEY, Path()).sealed("secret")
    with pytest.raises(Halt, match="another key"):
        Vault(key, Path()).opened(sealed if key != KEY else sealed.replace("v1.", "v1.A"))


def _seal(folder: Path) -> str:
    return Vault(None, folder).sealed("secret")


def test_processes_that_begin_at_once_have_one_key(tmp_path: Path) -> None:
    with get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_seal, [tmp_path] * 8))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
