"""The documents that the language comes from: every stack in them validates, and those that need no adapter run.

They are read from the folder beside the repository (or INTERPRETER_SEEDS) and are no part of it. What their examples
call without defining it is supplied by stubs that answer with what they are given.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from interpreter import execution, finding, pipeline
from interpreter.diagnostic import Diagnostic
from interpreter.values import plain_value

SEEDS = Path(os.environ.get("INTERPRETER_SEEDS", Path(__file__).parents[2] / "shared" / "seeds"))
PATIENCE = 30

pytestmark = [
    pytest.mark.skipif(not SEEDS.is_dir(), reason=f"THE SEEDS ARE NOT HERE: no folder {SEEDS} (set INTERPRETER_SEEDS)"),
    pytest.mark.xdist_group("seeds"),
]


class Example(NamedTuple):
    """One fenced block: the number of its document, its own number in it, and its text."""

    document: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"seed_{self.document}_{self.number}"


def examples() -> Iterator[Example]:
    """The fenced blocks that are stacks: JSON with nodes in it."""
    for file in sorted(SEEDS.glob("*.txt")):
        fenced = re.findall(r"^```\w*\n(.*?)^```", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for number, text in enumerate(fenced, 1):
            if '"function":' in text:
                yield Example(file.name[:3], number, text)


EXAMPLES = {example.name: example for example in examples()} if SEEDS.is_dir() else {}


def write(folder: Path, example: Example) -> Path:
    file = folder / f"{example.name}.json"
    file.write_text(example.text, encoding="utf-8")
    return file


def stub(folder: Path, name: str) -> None:
    """A function that says what it was given."""
    answer = {"valid": True, "given": "{{ input }}"}
    document = {"name": name, "function_stack": [{"function": "return_value", "value": answer}]}
    (folder / f"stub_{name}.json").write_text(json.dumps(document), encoding="utf-8")


def supply_stubs(folder: Path, file: Path) -> None:
    """Define what a document calls and does not define."""
    for found in check(folder, file):
        if found.code in ("resolve/unknown-function", "resolve/unknown-filter"):
            assert found.span is not None
            stub(folder, found.span.text.strip('"'))


def check(folder: Path, file: Path) -> list[Diagnostic]:
    return pipeline.check(pipeline.open_workspace(folder, folder, {}), [file]).diagnostics


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_validates(name: str, tmp_path: Path) -> None:
    file = write(tmp_path, EXAMPLES[name])
    supply_stubs(tmp_path, file)
    assert [each for each in check(tmp_path, file) if each.severity == "error"] == []


# --- those that run -----------------------------------------------------------------------------------


class Shop:
    """A workspace with all examples that run, what they call, and its engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in RUNS:
            supply_stubs(folder, write(folder, EXAMPLES[name.partition("/")[0]]))
        stub(folder, "work")
        self.workspace = pipeline.open_workspace(folder, folder, {})
        self.engine = execution.engine(self.workspace)

    def work(self, number: int) -> str:
        """The id of an execution that has begun."""
        return self.engine.dispatch("work", {"number": number}, {})

    def run(self, name: str, inputs: dict[str, Any]) -> tuple[int, Any, list[Any]]:
        """Status and body of a run's answer, and what the executions that it began have given in the end."""
        target = name.partition("/")[2] or str(self.folder / f"{name}.json")
        outcome = execution.execute(self.workspace, finding.find(self.workspace, target), inputs)
        ended = self.engine.wait(outcome.execution_ids, PATIENCE) if outcome.execution_ids else []
        outputs = [record["output"] and record["output"]["given"] for record in ended]
        return outcome.response.status, plain_value(outcome.response.body), outputs


def dataset_is_processed(shop: Shop, name: str) -> None:
    options = {"batch_size": 1000, "validate": True}
    assert shop.run(name, {"user_data": [1]}) == (200, None, [{"dataset": [1], "processing_options": options}])


def accepted(shop: Shop, name: str) -> None:
    status, body, _ = shop.run(name, {"processing_execution_id": "abc"})
    assert (status, body["execution_id"], body["status_url"]) == (202, "abc", "/api/status/abc")


def result_is_awaited(shop: Shop, name: str) -> None:
    _, body, _ = shop.run(name, {"execution_id": shop.work(1)})
    assert body == {"status": "completed", "result": {"valid": True, "given": {"number": 1}}}


def forgotten(shop: Shop, name: str) -> None:
    status, body, outputs = shop.run(name, {"user_profile": {"name": "Ada"}})
    assert (status, body, outputs[0]["template_data"]) == (200, None, {"name": "Ada"})


def batches(shop: Shop, name: str) -> None:
    _, body, outputs = shop.run(name, {"data_batches": [["a"], ["b"], ["c"]]})
    assert (body["total_batches"], len(set(body["execution_ids"]))) == (3, 3)
    assert outputs == [{"batch_data": [each], "batch_number": number} for number, each in enumerate("abc", 1)]


def summary(shop: Shop, name: str) -> None:
    _, body, _ = shop.run(name, {"execution_ids": [shop.work(1), shop.work(2)]})
    assert body["summary"] == {"total": 2, "completed": 2, "running": 0, "failed": 0}
    assert (body["all_complete"], len(body["details"])) == (True, 2)


def status_check(shop: Shop, name: str) -> None:
    assert shop.run(name, {"execution_id": shop.work(1)}) == (200, None, [])


def both_completed(shop: Shop, name: str) -> None:
    _, body, _ = shop.run(name, {"email_execution_id": shop.work(1), "inventory_execution_id": shop.work(2)})
    assert body["all_completed"] is True
    assert (body["email_result"]["given"], body["inventory_result"]["given"]) == ({"number": 1}, {"number": 2})


def three_at_once(shop: Shop, name: str) -> None:
    assert shop.run(name, {}) == (200, None, [{}, {}, {}])


def one_after_the_other(shop: Shop, name: str) -> None:
    assert shop.run(name, {}) == (200, None, [{}])


def one_of_two(shop: Shop, name: str) -> None:
    assert shop.run(name, {}) == (200, None, [])


RUNS: dict[str, Callable[[Shop, str], None]] = {
    "seed_000_1": dataset_is_processed,
    "seed_000_2": accepted,
    "seed_000_3": result_is_awaited,
    "seed_000_4": forgotten,
    "seed_000_5": batches,
    "seed_000_6": summary,
    "seed_000_7": status_check,
    "seed_001_7": both_completed,
    "seed_001_8/parallel_execution": three_at_once,
    "seed_001_8/sequential_with_dependencies": one_after_the_other,
    "seed_003_12": one_of_two,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("seeds"))
    yield shop
    shop.engine.close()


@pytest.mark.parametrize("name", RUNS)
def test_it_runs(shop: Shop, name: str) -> None:
    RUNS[name](shop, name)


def test_all_that_need_no_adapter_run(tmp_path: Path) -> None:
    """No example is left out by mistake: the others hold a node whose adapter is not there."""
    from interpreter.catalog import NODES

    without = ("interpreter.nodes.records", "interpreter.nodes.outside", "interpreter.nodes.security")
    unavailable = [entry.name for entry in NODES.values() if entry.family in without]
    running = {name for name in EXAMPLES if not any(f'"{each}"' in EXAMPLES[name].text for each in unavailable)}
    assert running == {name.partition("/")[0] for name in RUNS}
