"""``python -m bench``: every goal of speed, measured and printed as a table, and written to a JSON file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import calls, journal, listing, node_cost, paging, preparing, records, requests, scaling, start
from bench.table import Row, printed

# A part is one module that measures and gives rows; here it gets a name, and its sizes.
PARTS: dict[str, Callable[[bool], list[Row]]] = {
    "nodes": lambda quick: node_cost.measure(7 if quick else 11),
    "scaling": lambda quick: scaling.measure(7, scaling.COUNTS[:3] if quick else scaling.COUNTS),
    "start": lambda quick: start.measure(7 if quick else start.STARTS),
    "preparing": lambda quick: preparing.measure(7, 3_000 if quick else 10_000),
    "calls": lambda quick: calls.measure(7, 300 if quick else calls.CALLS, 300 if quick else calls.AWAITED),
    "journal": lambda quick: journal.measure(7, 200 if quick else journal.ACTIONS),
    "records": lambda quick: records.measure(7, 100 if quick else records.TURNS),
    "paging": lambda quick: paging.measure(50_000 if quick else paging.RECORDS),
    "requests": lambda quick: requests.measure(7, 200 if quick else requests.REQUESTS),
    "listing": lambda quick: listing.measure(7, 50_000 if quick else listing.RECORDS),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which of {', '.join(PARTS)}; absent, all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures go")
    chosen = parser.parse_args()
    unknown = set(chosen.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no part is named {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    began = time.perf_counter()
    rows: list[Row] = []
    for name in chosen.parts or PARTS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += PARTS[name](chosen.quick)
    print(printed(rows))
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    report = {
        "machine": machine,
        "seconds": round(time.perf_counter() - began),
        "rows": [row.plain() for row in rows],
    }
    chosen.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\n{sum(row.met for row in rows)} of {len(rows)} goals met ({machine}); figures in {chosen.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
