"""House: every example of the reference runs, the world played by a dry run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import interpreter.families  # noqa: F401 - fills the catalogues
from interpreter import execution, finding, pipeline, schemafiles
from interpreter.catalog import NODES
from interpreter.diagnostic import Fault, Rejected
from interpreter.rehearsal.mocks import Mocks
from interpreter.security.ciphers import encrypt
from interpreter.security.passwords import hash_password
from interpreter.security.tokens import create_token

KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ENV = {
    "JWT_SECRET": "k" * 64,
    "PRIVATE_KEY": PRIVATE,
    "PUBLIC_KEY": PUBLIC,
    "DATA_KEY": "00" * 32,
    "WEBHOOK_SECRET": "webhook",
    "STRIPE_SECRET": "stripe",
}
USER = {"id": 7, "password_hash": hash_password("correct horse"), "iban_sealed": encrypt("AT61", "00" * 32, bound_to=7)}
INPUTS: dict[str, Any] = {
    "password": "correct horse",
    "token": create_token({"aud": "shop"}, PRIVATE, time.time(), algorithm="ES256"),
    "user": USER,
}

EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name in NODES
    for number, example in enumerate(schemafiles.written(f"nodes/{name}")["examples"])
]
ENDS = {
    "throw_error": "run/thrown",
    "precondition": "run/precondition",
    "set_progress": "run/wrong-value",  # there is nothing to be at a part of
    "validate_jwt_token": "run/token-invalid",  # no request, no header
    "custom_function": "resolve/unknown-function",
    "background_task": "resolve/unknown-function",
    "run_api_endpoint": "run/unknown-function",
    "break_loop": "resolve/misplaced",
    "continue_loop": "resolve/misplaced",
}
"""How an example ends that stands all alone, where it does not simply run."""


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_runs(name: str, example: dict[str, Any], tmp_path: Path) -> None:
    document = tmp_path / "example.json"
    document.write_text(json.dumps([example]), encoding="utf-8")
    assert end_of(document) in (None, ENDS.get(name))


def end_of(document: Path) -> str | None:
    """The code with which a document's dry run ends, where it does not simply run."""
    workspace = pipeline.open_workspace(document, document.parent, {})
    rehearsed = execution.Rehearsed(Mocks(), dry=True)
    try:
        program = finding.find(workspace, str(document))
        execution.execute(workspace, program, INPUTS, env=ENV, rehearsed=rehearsed)
    except Rejected as rejected:
        return " ".join(each.code for each in rejected.diagnostics)
    except Fault as fault:
        return fault.code
    return None
