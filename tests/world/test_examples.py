"""Every node's own examples, which the manual, ``explain`` and the editor show, run as they stand there.

``examples.json`` has the world in which they make sense (rows, files, variables before them) and what each gives:
the result that it leaves, or what ``reads`` names, or the type of the error that it ends in. ``"*"`` is what cannot be
foreseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from test_example_workspace import alike

import interpreter.families  # noqa: F401 - fills the catalogues
from interpreter import execution, finding, pipeline
from interpreter.catalog import NODES
from interpreter.diagnostic import Fault
from interpreter.execution import Session
from interpreter.values import plain_value
from interpreter.workspace import Workspace

from .internet import serving

STAGE = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
SCHEMAS = Path(__file__).parents[2] / "schemas" / "nodes"
EXAMPLES = {
    f"{file.stem} {number}": example
    for file in sorted(SCHEMAS.glob("*.json"))
    for number, example in enumerate(json.loads(file.read_text(encoding="utf-8"))["examples"], 1)
}
BESIDE_A_LOOP = ("break_loop", "continue_loop", "set_progress")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace as the examples expect it, and the services that they call."""
    with serving("api.example.com") as internet:
        internet.answer("/orders?status=open&tag=new&tag=paid", [{"id": 1}])
        settings = {"http_hosts": ["127.0.0.1", "*"], "http_proxy": internet.url, "http_ca": internet.authority}
        lines = [f"{name} = {json.dumps(value)}" for name, value in {**settings, "direct_queries": True}.items()]
        (tmp_path / "interpreter.toml").write_text("\n".join(lines), encoding="utf-8")
        env = {**STAGE["env"], **key_pair(), "EMAIL_SERVICE_URL": internet.url + "/mail"}
        (tmp_path / ".env").write_text("\n".join(f'{name}="{value}"' for name, value in env.items()), encoding="utf-8")
        for name, document in STAGE["documents"].items():
            (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        yield pipeline.open_workspace(tmp_path, tmp_path, {})


def key_pair() -> dict[str, str]:
    """The keys that a token of the kind ES256 is signed and checked with."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {"PRIVATE_KEY": private.decode(), "PUBLIC_KEY": public.decode()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_should(workspace: Workspace, name: str) -> None:
    given = outcome(workspace, EXAMPLES[name])
    expected = STAGE["gives"].get(name)
    assert alike(expected, given) or given is expected, given


def test_nothing_is_said_of_examples_that_are_not_there() -> None:
    assert set(STAGE["gives"]) == set(EXAMPLES)


def outcome(workspace: Workspace, example: dict[str, Any]) -> Any:
    """What an example leaves as its result, or the type of its error."""
    function = example["function"]
    node = [{"function": "for_loop", "count": 1, "operations": [example]}] if function in BESIDE_A_LOOP else [example]
    read = f"{{{{ {example.get('return_as') or STAGE['reads'].get(function) or implicit(example)} }}}}"
    before = STAGE["before"] + STAGE["before_some"].get(function, [])
    stack = [*before, *node, {"function": "return_value", "value": read}]
    file = workspace.root / "example.json"
    file.write_text(json.dumps(stack), encoding="utf-8")
    with closing(Session(workspace)) as session:
        for table, records in STAGE["tables"].items():
            session.world.tables.add_all(table, records)
        try:
            program = finding.find(workspace, str(file))
            response = execution.execute(workspace, program, STAGE["inputs"], session=session).response
        except Fault as fault:
            return {"error": fault.type}
        return plain_value(response.body)


def implicit(example: dict[str, Any]) -> str:
    """The variable that has the result where no return_as names one."""
    named = NODES[example["function"]].result_name
    return str(example["table"]) if named == "*table" else named or "null"
