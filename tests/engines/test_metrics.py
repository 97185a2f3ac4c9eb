"""What an operator sees: queues, ages, workers, and sums that no pruning takes back."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from interpreter.background.store.tally import BOUNDS, tally
from interpreter.background.watch.metrics import metrics

from .conftest import Place

_LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)+)\})? (-?[0-9.e+]+)\Z')


def scraped(place: Place) -> dict[str, float]:
    """The samples as Prometheus would read them, by name and labels; every family has its two lines of comment."""
    found = {}
    families = set()
    for line in metrics(place.engine.records.database, place.settings).splitlines():
        if line.startswith("# "):
            families.add(line.split(" ")[2])
            continue
        sample = _LINE.match(line)
        assert sample, line
        assert re.sub("_(bucket|sum|count)$", "", sample[1]) in families
        found[f"{sample[1]}{{{sample[2] or ''}}}"] = float(sample[3])
    return found


def ended(samples: dict[str, float], function: str, state: str, kind: str = "function") -> float:
    labels = f'function="{function}",kind="{kind}",state="{state}"'
    return samples.get(f"interpreter_executions_ended_total{{{labels}}}", 0)


def test_what_is_open_and_what_has_ended(place: Place) -> None:
    queued = [place.dispatch("echo", queue="slow") for _ in range(3)]
    place.dispatch("echo", delay=3600)
    samples = scraped(place)
    assert samples['interpreter_executions{queue="slow",state="queued"}'] == 3
    assert samples['interpreter_executions{queue="default",state="delayed"}'] == 1
    assert 0 <= samples['interpreter_queue_oldest_seconds{queue="slow"}'] < 30
    assert samples["interpreter_workers{}"] == 0
    place.engine.cancel(queued[:1])
    place.start_worker(2)
    place.engine.wait(queued, 20)
    place.run("fail")
    samples = scraped(place)
    assert ended(samples, "echo", "completed") == 2
    assert ended(samples, "echo", "cancelled") == 1
    assert ended(samples, "fail", "error") == 1
    assert samples["interpreter_workers{}"] == 1
    assert samples["interpreter_worker_slots{}"] == 2
    assert 'interpreter_executions{queue="slow",state="queued"}' not in samples


def test_histograms_add_up(place: Place) -> None:
    place.start_worker(2)
    for _ in range(3):
        place.run("echo")
    samples = scraped(place)
    for name, labels in (("wait", ""), ("run", ',state="completed"')):
        labels = f'function="echo",kind="function"{labels}'
        counts = [
            samples[f'interpreter_execution_{name}_seconds_bucket{{{labels},le="{bound}"}}']
            for bound in (*(f"{bound:g}" for bound in BOUNDS), "+Inf")
        ]
        assert counts == sorted(counts)
        assert counts[-1] == samples[f"interpreter_execution_{name}_seconds_count{{{labels}}}"] == 3
        assert 0 <= samples[f"interpreter_execution_{name}_seconds_sum{{{labels}}}"] < 30


def test_sums_outlive_the_rows_and_are_folded_once(place: Place) -> None:
    place.start_worker(2)
    ids = [place.dispatch("echo") for _ in range(50)]
    place.engine.wait(ids, 20)
    database = place.engine.records.database
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: tally(database), range(8)))
    assert ended(scraped(place), "echo", "completed") == 50
    database.run("DELETE FROM _executions")
    assert ended(scraped(place), "echo", "completed") == 50
    place.run("echo")
    assert ended(scraped(place), "echo", "completed") == 51


def test_whoever_ends_an_execution_it_is_counted(place: Place) -> None:
    """A worker's parent, a sweeper, a caller who cancels: the database itself notes it."""
    place.start_worker(1)
    place.run("poison")
    place.run("swallow", resource_limits={"max_execution_time": 0.2})
    samples = scraped(place)
    assert ended(samples, "poison", "error") == 1
    assert ended(samples, "swallow", "timeout") == 1
