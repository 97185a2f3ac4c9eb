"""Passwords and their hashes: what belongs together, what does not, and what is neither."""

from __future__ import annotations

import pytest

from interpreter.diagnostic import Fault
from interpreter.security.passwords import LONGEST_PASSWORD, hash_password, is_hash, verify_password


@pytest.mark.parametrize(
    "password", ["correct horse", "pässwörd 🐎", " ", "$argon2id$", "a\0b", "x" * LONGEST_PASSWORD]
)
def test_a_password_belongs_to_its_hash_alone(password: str) -> None:
    hashed = hash_password(password)
    assert hashed.startswith("$argon2id$")
    assert is_hash(hashed)
    assert verify_password(password, hashed)
    assert not verify_password(password + "x", hashed)
    assert not verify_password("", hashed)


def test_no_hash_is_made_twice() -> None:
    assert hash_password("same") != hash_password("same")


@pytest.mark.parametrize("password", ["", "x" * (LONGEST_PASSWORD + 1), "ä" * LONGEST_PASSWORD])
def test_what_is_no_password(password: str) -> None:
    with pytest.raises(Fault) as raised:
        hash_password(password)
    assert raised.value.code == "run/wrong-value"
    assert "xxx" not in raised.value.message


@pytest.mark.parametrize(
    "hashed", ["", "plain", "$2b$12$abc", "$argon2id$v=19$m=1", "$argon2id$" + "a" * 9_999_999, "ä"]
)
def test_what_is_no_hash(hashed: str) -> None:
    with pytest.raises(Fault, match="no hash of a password") as raised:
        verify_password("correct horse", hashed)
    assert raised.value.code == "run/wrong-value"


def test_a_hash_that_asks_for_all_memory_is_not_computed() -> None:
    greedy = "$argon2id$v=19$m=4194304,t=9,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b5dWRWJTmaaJObG"
    with pytest.raises(Fault, match="no hash of a password"):
        verify_password("correct horse", greedy)
