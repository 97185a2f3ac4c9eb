"""Tables become files and files tables, on both databases: what comes back is what went out."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from engines.conftest import Place, until

from interpreter.adapters.tables import transfer
from interpreter.adapters.tables.tables import Tables
from interpreter.diagnostic import Fault, Rejected

from .conftest import command
from .test_migrations import declare, tables

COLUMNS = {
    "name": {"type": "text", "unique": True},
    "count": "int",
    "price": "decimal",
    "ratio": "float",
    "done": "bool",
    "at": "timestamp",
    "day": "date",
    "about": "json",
    "state": {"type": "enum", "values": ["a", "b"]},
    "key": "uuid",
    "card": {"type": "text", "secret": True},
}
RECORDS: list[dict[str, Any]] = [
    {
        "name": 'a "quoted", line\nand another\r\n\tü 😀',
        "count": -(2**63),
        "price": 0.1,
        "ratio": 1e-300,
        "done": True,
        "at": "2026-11-21T18:26:06.503128Z",
        "day": "2024-02-29",
        "about": {"x": [1, 2.5, None, "ü", {"y": "\u2028"}], "": False},
        "state": "b",
        "key": "0198f2a4-7c1b-7d3e-8f00-123456789abc",
        "card": "4111",
    },
    {"name": "'); DROP TABLE things; --", "price": 12345678901.25, "about": "text", "done": False, "count": 2**63 - 1},
    {"name": "=1+1", "about": [], "price": 3},
    {"about": 0, "ratio": 2.0},
]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_round_trip(place: Place, form: str) -> None:
    with tables(place, things=declare(**COLUMNS), others=declare(**COLUMNS)) as there:
        there.add_all("things", RECORDS)
        before = there.find("things", {"sort": "id"})
        file = _saved(there, "things", form)
        assert transfer.load(there, "others", file, form).records == len(RECORDS)
        after = there.find("others", {"sort": "id"})
    assert [_plain(each) for each in after] == [_plain(each) for each in before]
    assert before[0]["at"].microseconds % 1000 == 128


def _saved(there: Tables, name: str, form: str) -> io.StringIO:
    table = there.catalogue.find(name)
    assert table is not None
    file = io.StringIO(newline="")
    transfer.save(there, table, file, form, [])
    file.seek(0)
    return file


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(value, "microseconds", value) for name, value in record.items()}


def lines(*records: Any) -> io.StringIO:
    return io.StringIO("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in records))


def test_bad_rows_are_told_with_their_lines_and_nothing_is_written(place: Place) -> None:
    rows = ({"count": "x"}, "", "{", {"name": "a"}, {"name": "a"}, {"nam": 1}, "[1]", {"price": float("nan")})
    with tables(place, things=declare(**COLUMNS)) as there:
        with pytest.raises(Rejected) as refused:
            transfer.load(there, "things", lines({"name": "fine"}, *rows), "jsonl")
        assert [each.message.partition(": ")[0] for each in refused.value.diagnostics] == [
            *("line 2", "line 4", "line 6", "line 7", "line 8", "line 9")
        ]
        assert there.count("things", []) == 0
        done = transfer.load(there, "things", lines({"name": "fine"}, *rows), "jsonl", keep_going=True)
        assert (done.records, done.bad) == (2, 6)
        assert [each["name"] for each in there.find("things", {"sort": "id"})] == ["fine", "a"]


def test_the_first_twenty_are_told_and_all_are_counted(place: Place) -> None:
    with tables(place, things=declare(count="int")) as there, pytest.raises(Rejected) as refused:
        transfer.load(there, "things", lines(*({"count": f"x{number}"} for number in range(50))), "jsonl")
    told = [each.message for each in refused.value.diagnostics]
    assert (len(told), told[-1]) == (21, "30 more rows do not fit: 50 in all")


def test_csv_that_is_wrong(place: Place) -> None:
    wrong = ('name,count\na,1,2\n"b\nc",1\nd,"x"\n', "name,name\n", 'name\n"open\n', "nam\nx\n")
    told = []
    with tables(place, things=declare(**COLUMNS)) as there:
        for text in wrong:
            with pytest.raises((Rejected, Fault)) as refused:
                transfer.load(there, "things", io.StringIO(text, newline=""), "csv")
            error = refused.value
            told.append([each.message for each in error.diagnostics] if isinstance(error, Rejected) else error.message)
        assert there.count("things", []) == 0
    assert told == [
        [
            "line 2: it has 3 cells, and the first line names 2 columns",
            'line 5: the record does not fit "things": "count" is "x", expected a whole number',
        ],
        ["line 1: two columns have the same name"],
        ["line 2: unexpected end of data"],
        'the table "things" has no column "nam"',
    ]


def test_records_that_are_there_already(place: Place) -> None:
    with tables(place, things=declare(**COLUMNS)) as there:
        there.add("things", {"name": "a", "count": 1, "price": 5})
        changed = ({"name": "a", "count": 2}, {"name": "b", "count": 3, "price": 6})
        transfer.load(there, "things", lines(*changed), "jsonl", on_conflict="update")
        transfer.load(there, "things", lines({"name": "b", "count": 9}), "jsonl", on_conflict="ignore")
        found = [(each["name"], each["count"], each["price"]) for each in there.find("things", {"sort": "name"})]
    assert found == [("a", 2, 5), ("b", 3, 6)]


def test_memory_does_not_grow_with_the_file(place: Place) -> None:
    class Endless(io.TextIOBase):
        """A file that nobody wrote."""

        def __iter__(self) -> Iterator[str]:  # type: ignore[override]
            return (f'{{"name": "number {number}", "count": {number}}}\n' for number in range(30_000))

    with tables(place, things=declare(**COLUMNS)) as there:
        there.add("things", {"name": "first"})
        tracemalloc.start()
        assert transfer.load(there, "things", Endless(), "jsonl").records == 30_000  # type: ignore[arg-type]
        table = there.catalogue.find("things")
        assert table is not None
        with open("/dev/null", "w") as nowhere:
            assert transfer.save(there, table, nowhere, "csv", []) == 30_001
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 25_000_000


def test_the_commands(place: Place) -> None:
    with tables(place, things={**declare(**COLUMNS), "triggers": [{"on": "insert", "function": "note"}]}) as there:
        there.add_all("things", RECORDS)
    place.write("note", [])
    file = place.root / "things.csv"
    assert command(place, "tables", "export", "things", str(file)).returncode == 0
    told = command(place, "tables", "import", "things", str(file))
    assert (told.returncode, "already" in told.stderr) == (4, True)
    done = command(place, "tables", "import", "copies", str(file), "-o", "json")
    assert json.loads(done.stdout) == {"table": "copies", "imported": 4, "bad": 0}
    (place.root / "more.jsonl").write_text('{"name": "x"}\n{"name": "y"}\n')
    started = "SELECT count(*) FROM _executions WHERE function='note'"
    assert command(place, "tables", "import", "things", str(place.root / "more.jsonl")).returncode == 0
    assert place.engine.records.database.run(started) == [(0,)]
    (place.root / "more.jsonl").write_text('{"name": "v"}\n{"name": "w"}\n')
    place.start_interpreter(1)
    assert command(place, "tables", "import", "things", str(place.root / "more.jsonl"), "--triggers").returncode == 0
    until(lambda: place.engine.records.database.run(started + " AND state='completed'") == [(2,)])
