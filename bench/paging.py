"""A million records, page by page behind the last record: what a page costs at the beginning, at the end, in memory."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from bench.databases import databases
from bench.table import Row, duration
from interpreter.adapters.tables.tables import Tables
from interpreter.settings import Settings

RECORDS = 1_000_000
PAGE = 1_000
BATCH = 10_000
GOAL = 1.3
GOAL_MB = 16.0
_COLUMNS = {"customer": "text", "status": "text", "total": "float"}


def measure(records: int = RECORDS) -> list[Row]:
    rows: list[Row] = []
    with databases() as grounds, tempfile.TemporaryDirectory(prefix="bench") as folder:
        (Path(folder) / "tables").mkdir()
        declared = {"columns": _COLUMNS, "indexes": [["status", "id"]]}
        (Path(folder) / "tables" / "sales.json").write_text(json.dumps(declared))
        for ground, database in grounds.items():
            settings = Settings(state_dir=Path(folder) / ground)
            tables = Tables(settings, Path(folder), database)
            _fill(tables, records)
            rows += _walk(tables, ground, records)
    return rows


def _fill(tables: Tables, records: int) -> None:
    for start in range(0, records, BATCH):
        numbers = range(start, min(start + BATCH, records))
        tables.add_all("sales", [{"customer": f"customer {n}", "status": "open", "total": n / 2} for n in numbers])


def _walk(tables: Tables, ground: str, records: int) -> list[Row]:
    """Every page of a query through an index, and how long each took."""
    query = {"filter": [["status", "$eq", "open"]], "sort": "id", "limit": PAGE}
    process = psutil.Process()
    taken: list[float] = []
    after, seen, before = None, 0, 0
    while True:
        began = time.perf_counter()
        page = tables.find("sales", {**query, "after": after})
        taken.append(time.perf_counter() - began)
        if not page:
            break
        after, seen = page[-1], seen + len(page)
        before = before or process.memory_info().rss
    assert seen == records
    grown = max(0.0, (process.memory_info().rss - before) / 1e6)
    tenth = max(1, len(taken) // 10)
    first, last = (statistics.median(part) for part in (taken[1 : tenth + 1], taken[-tenth - 1 : -1]))
    work = f"a page of {PAGE:,} of {records:,} records, {ground}"
    told = f"{duration(last)} at the end", f"{duration(first)} at the beginning"
    return [
        Row(work, *told, last / first, GOAL),
        Row(f"memory of all its pages, {ground}", f"{grown:.1f} MB more", "the first page", grown, GOAL_MB, "MB"),
    ]
