"""Record nodes on both databases: in a stack, and by hand with SQLAlchemy Core on the same tables."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.clock import middle, ratio, side_by_side
from bench.databases import databases
from bench.table import Row, duration

TURNS = 300
"""Nodes of one kind that a measured run has."""
MANY = 10_000
GOAL = 1.3
PAGE = 100

_COLUMNS = {"customer": "text", "status": "text", "total": "float", "placed_at": "timestamp", "items": "json"}
_ITEMS = [{"sku": "A-1", "qty": 2}, {"sku": "B-2", "qty": 1}]


def _order(number: Any = "{{ loop_index }}") -> dict[str, Any]:
    about = {"customer": f"customer {number}", "status": "open", "total": 12.5, "items": _ITEMS}
    return {**about, "placed_at": "2026-01-31T10:00:00Z"}


def stacks(turns: int, many: int) -> dict[str, list[dict[str, Any]]]:
    """What is measured, as stacks; each repeats its node so often."""
    loop = {"function": "for_loop", "count": turns}
    found = {"status": "open", "total": {"$gte": 10}}
    query = {"function": "query_all_records", "filter": found, "sort": "-customer", "limit": PAGE}
    rows = [{**_order(number), "total": number / 2} for number in range(many)]
    return {
        "add_record": [{**loop, "operations": [{"function": "add_record", "table": "orders", "data": _order()}]}],
        "get_record": [{**loop, "operations": [{"function": "get_record", "table": "kept", "record_id": 7}]}],
        "a query of 100": [{**loop, "count": turns // 10, "operations": [{**query, "table": "kept"}]}],
        "a bulk add of 10,000": [{"function": "bulk_add_records", "table": "orders", "data": rows}],
    }


class ByHand:
    """The same with SQLAlchemy Core, on the tables that the stacks made."""

    def __init__(self, url: str, turns: int, many: int) -> None:
        self.engine = sa.create_engine(url)
        times = sa.DateTime(timezone=True) if url.startswith("postgresql") else sa.Text()
        self._time = "2026-01-31T10:00:00.000000Z"
        known = {"text": sa.Text(), "float": sa.Double(), "timestamp": times, "json": sa.JSON()}
        columns = {**_COLUMNS, "created_at": "timestamp"}
        self.orders, self.kept = (
            sa.Table(
                name,
                sa.MetaData(),
                sa.Column("id", sa.Integer, primary_key=True),
                *(sa.Column(column, known[type]) for column, type in columns.items()),
            )
            for name in ("orders", "kept")
        )
        self.works: dict[str, Callable[[], Any]] = {
            "add_record": lambda: [self.add(number) for number in range(turns)],
            "get_record": lambda: [self.get() for _ in range(turns)],
            "a query of 100": lambda: [self.query() for _ in range(turns // 10)],
            "a bulk add of 10,000": lambda: self.add_many(many),
        }

    def _order(self, number: int) -> dict[str, Any]:
        return {**_order(number), "placed_at": self._time, "created_at": self._time}

    def add(self, number: int) -> Any:
        with self.engine.begin() as connection:
            written = connection.execute(sa.insert(self.orders).returning(*self.orders.c), self._order(number))
            return dict(written.one()._mapping)

    def get(self) -> Any:
        with self.engine.connect() as connection:
            return dict(connection.execute(sa.select(self.kept).where(self.kept.c.id == 7)).one()._mapping)

    def query(self) -> Any:
        kept = self.kept
        query = sa.select(kept).where(kept.c.status == "open", kept.c.total >= 10)
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(kept.c.customer.desc(), kept.c.id.desc()).limit(PAGE))
            return [dict(row._mapping) for row in rows]

    def add_many(self, many: int) -> Any:
        with self.engine.begin() as connection:
            written = sa.insert(self.orders).returning(self.orders.c.id)
            return connection.execute(written, [self._order(number) for number in range(many)]).scalars().all()


@contextmanager
def workspace(url: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        root = Path(folder)
        (root / "tables").mkdir()
        rows = [_order(number) for number in range(1000)]
        for name, seeds in (("orders", []), ("kept", rows)):
            (root / "tables" / f"{name}.json").write_text(json.dumps({"columns": _COLUMNS, "records": seeds}))
        (root / "interpreter.toml").write_text("" if url is None else f'database_url = "{url}"\n')
        yield root


def by_stack(root: Path, turns: int, many: int) -> dict[str, Callable[[], Any]]:
    """Each stack, run in the foreground of one process again and again."""
    from interpreter import execution, finding, pipeline

    works: dict[str, Callable[[], Any]] = {}
    for name, stack in stacks(turns, many).items():
        document = root / f"{name.replace(' ', '_').replace(',', '')}.json"
        document.write_text(json.dumps(stack))
        here = pipeline.open_workspace(document, None, {})
        program = finding.find(here, str(document))
        session = execution.Session(here)
        works[name] = lambda here=here, program=program, session=session: execution.execute(
            here, program, {}, session=session
        )
    return works


def measure(rounds: int = 7, turns: int = TURNS, many: int = MANY) -> list[Row]:
    rows: list[Row] = []
    with databases() as grounds:
        for ground, database in grounds.items():
            with workspace(None if database.is_sqlite else database.url) as root:
                works = by_stack(root, turns, many)
                works["get_record"]()  # makes the tables
                url = f"sqlite:///{root}/.interpreter/workspace.db" if database.is_sqlite else database.url
                hand = ByHand(url.replace("postgresql://", "postgresql+psycopg://"), turns, many)
                for name, ours in works.items():
                    rows.append(_row(f"{name}, {ground}", name, ours, hand.works[name], rounds, turns))
                hand.engine.dispose()
    return rows


def _row(work: str, name: str, ours: Callable[[], Any], hand: Callable[[], Any], rounds: int, turns: int) -> Row:
    ours(), hand()
    taken = side_by_side({"stack": ours, "hand": hand}, rounds)
    each = {"a query of 100": turns // 10, "a bulk add of 10,000": 1}.get(name, turns)
    told = {way: duration(middle(found) / each) for way, found in taken.items()}
    return Row(work, told["stack"], f"{told['hand']} with SQLAlchemy Core", ratio(taken["stack"], taken["hand"]), GOAL)
