"""What is secret stays out of the executions' database."""

from __future__ import annotations

from .conftest import Place

SECRET = "correct-horse-battery"


def test_no_journal_keeps_an_environment_variable(place: Place) -> None:
    (place.root / ".env").write_text(f"SHOP_KEY={SECRET}\n")
    read = {"function": "get_environment_variable", "name": "SHOP_KEY"}
    place.write(
        "shop",
        [
            {**read, "return_as": "key"},
            {"function": "try_catch", "try_block": [{**read, "name": "OTHER"}], "catch_block": []},
            {"function": "wait", "seconds": 0.4},
            {**read, "return_as": "again"},
            {"function": "wait", "seconds": 0.01},
            {"function": "return_value", "value": ["{{ key == again && key == env.SHOP_KEY }}", "{{ key|length }}"]},
        ],
    )
    place.start_interpreter(1)
    assert place.run("shop")["output"] == [True, len(SECRET)]
    steps = place.engine.records.database.run("SELECT name, output FROM _steps")
    assert [name for name, _ in steps].count("wait") == 2
    assert not [row for row in steps if SECRET in str(row) or row[0] == "get_environment_variable"]
