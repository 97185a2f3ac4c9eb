"""Documents change while their runs are under way: who began with the old one ends with the old one."""

from __future__ import annotations

import os
import signal
from typing import Any

from engines.conftest import Place, until

Stack = list[dict[str, Any]]


def story(edition: str) -> Stack:
    """Calls a stack, waits without a worker, calls it again: both answers and its own edition."""
    call = {"function": "custom_function", "name": "chapter", "inputs": {}}
    return [
        {**call, "return_as": "first"},
        {"function": "log", "message": edition},
        {"function": "wait", "seconds": "{{ input.pause }}"},
        {**call, "return_as": "second"},
        {"function": "return_response", "body": ["{{ first }}", edition, "{{ second }}"]},
    ]


def chapter(edition: str) -> Stack:
    return [{"function": "return_value", "value": edition}]


def test_old_runs_end_on_the_old_documents_and_new_ones_begin_with_the_new(place: Place) -> None:
    place.write("story", story("old"))
    place.write("chapter", chapter("old chapter"))
    worker = place.start_interpreter(1)
    old = [place.dispatch("story", {"pause": 1.5}) for _ in range(3)]
    until(lambda: place.engine.records.count(("waiting",)) == 3)
    place.write("story", [{"function": "set_response_header", "name": "x", "value": "y"}, *story("new")])
    place.write("chapter", chapter("new chapter"))
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(30) == 0
    place.start_interpreter(1)
    new = place.dispatch("story", {"pause": 0.3})
    assert place.finish(new)["output"] == ["new chapter", "new", "new chapter"]
    for record in place.engine.wait(old, 30):
        assert record["output"] == ["old chapter", "old", "old chapter"], record
    assert place.engine.records.database.run("SELECT count(*) FROM _documents") == [(4,)]


def test_a_run_outlives_the_file_that_it_was_read_from(place: Place) -> None:
    place.write("story", story("old"))
    place.write("chapter", chapter("old chapter"))
    place.start_interpreter(1)
    old = place.dispatch("story", {"pause": 0.8})
    until(lambda: place.engine.records.count(("waiting",)) == 1)
    (place.root / "story.json").unlink()
    assert place.finish(old)["output"] == ["old chapter", "old", "old chapter"]
    assert place.run("story", {"pause": 0})["error"] == "run/unknown-function"
