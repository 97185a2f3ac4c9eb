"""Tokens by pairs of keys, and the forgeries that are known."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from interpreter.diagnostic import Fault
from interpreter.security.keys import ALGORITHMS, PAIRED, SHORTEST
from interpreter.security.tokens import create_token, read_token

NOW = 2_000_000_000.0


def pair(key: Any) -> tuple[str, str]:
    """The private and the public key as PEM."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


RSA = pair(rsa.generate_private_key(65537, 2048))
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
PAIRS = {
    **{name: RSA for name in PAIRED if name[:2] in ("RS", "PS")},
    **{name: pair(ec.generate_private_key(curve)) for name, curve in CURVES.items()},
    "EdDSA": pair(ed25519.Ed25519PrivateKey.generate()),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_signs_and_checks(algorithm: str) -> None:
    private, public = PAIRS.get(algorithm) or ("k" * 64, "k" * 64)
    for written in (private, private.replace("\n", "\\n")):  # as environment variables often have it
        token = create_token({"sub": "ada"}, written, NOW, algorithm=algorithm, headers={"kid": "7"})
        assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": "7", "typ": "JWT"}
        claims = read_token(token, public, algorithms=[algorithm], required=["exp"], leeway=1e9)
        assert claims == {"iat": int(NOW), "sub": "ada", "exp": int(NOW) + 3600}


@pytest.mark.parametrize("algorithm", SHORTEST)
def test_a_public_key_is_no_secret(algorithm: str) -> None:
    """The confusion: a token signed with the public key's text as if that were a shared secret."""
    head = urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).rstrip(b"=")
    signed = head + b"." + urlsafe_b64encode(b'{"exp":9999999999}').rstrip(b"=")
    forged = signed + b"." + urlsafe_b64encode(hmac.digest(RSA[1].encode(), signed, sha256)).rstrip(b"=")
    assert fails(forged.decode(), RSA[1], [algorithm]) == "run/unusable-key"
    assert fails(forged.decode(), RSA[1], ["RS256"]) == "run/token-invalid"
    assert fails(forged.decode(), RSA[1], ["RS256", algorithm]) == "run/wrong-value"


def test_keys_that_do_not_fit() -> None:
    token = create_token({}, RSA[0], NOW, algorithm="RS256")
    assert fails(token, PAIRS["ES256"][1], ["RS256"]) == "run/unusable-key"
    weak = pair(rsa.generate_private_key(65537, 1024))
    for make in (lambda: create_token({}, weak[0], NOW, algorithm="RS256"), lambda: create_token({}, RSA[1], NOW)):
        with pytest.raises(Fault) as raised:
            make()
        assert raised.value.code == "run/unusable-key"
    with pytest.raises(Fault, match="does not fit ES256"):
        create_token({}, PAIRS["ES384"][0], NOW, algorithm="ES256")


@pytest.mark.parametrize("name", ["alg", "ALG", "crit", "b64"])
def test_no_header_changes_the_signature(name: str) -> None:
    with pytest.raises(Fault, match="cannot be set"):
        create_token({}, "k" * 32, NOW, headers={name: "none"})


@pytest.mark.parametrize("token", [None, "", "a.b", "a.b.c", "e30.e30.", "x" * 70_000, {"a": 1}, "é.é.é", "....."])
def test_what_is_no_token(token: Any) -> None:
    assert fails(token, "k" * 32, ["HS256"]) == "run/token-invalid"


def fails(token: Any, key: str, algorithms: list[Any]) -> str:
    with pytest.raises(Fault) as raised:
        read_token(token, key, algorithms=algorithms, required=["exp"])
    return raised.value.code
