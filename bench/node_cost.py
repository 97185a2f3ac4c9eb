"""What a node costs: beside the same Python by hand, one big Jinja2 template, and a Jinja2 expression a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jinja2 import Environment
from jinja2.nativetypes import NativeEnvironment

from bench.clock import ROUNDS, Rounds, middle, ratio, side_by_side
from bench.stacks import Stack, runner
from bench.table import Row, duration


class Work(NamedTuple):
    """The same thing done in four ways; ``nodes`` is how many nodes one run of it goes through."""

    name: str
    nodes: int
    stack: Callable[[], Any]
    by_hand: Callable[[], Any]
    template: Callable[[], Any]
    expressions: Callable[[], Any]


def variable(name: str, value: str) -> dict[str, Any]:
    return {"function": "create_variable", "name": name, "value": value}


def answer(name: str) -> dict[str, Any]:
    return {"function": "return_value", "value": f"{{{{ {name} }}}}"}


# --- a chain of 100 nodes ---


def chain(length: int = 100) -> Work:
    stack: Stack = [variable("x", "{{ input.x }}"), *[variable("x", "{{ x + 1 }}")] * length, answer("x")]
    lines = "\n    ".join(["x = given['x']", *["x = x + 1"] * length, "return x"])
    by_hand = _function(f"def by_hand(given):\n    {lines}\n")
    template = Environment().from_string("{% set x = x %}" + "{% set x = x + 1 %}" * length + "{{ x }}")
    step = NativeEnvironment().compile_expression("x + 1")

    def expressions() -> Any:
        x: Any = 1
        for _ in range(length):
            x = step({"x": x})
        return x

    given = {"x": 1}
    return Work(
        "chain of 100 nodes",
        length,
        runner(stack, given),
        lambda: by_hand(given),
        lambda: int(template.render(given)),
        expressions,
    )


# --- a loop of 10,000 items ---


def items(count: int) -> list[dict[str, Any]]:
    return [{"price": each % 40, "qty": each % 7, "name": f"item {each % 100}"} for each in range(count)]


LOOP_STACK: Stack = [
    {"function": "create_variable", "name": "total", "value": 0},
    {
        "function": "loop",
        "array": "{{ input.items }}",
        "operations": [
            {
                "function": "conditional",
                "condition": "{{ item.price > 10 }}",
                "true_branch": [
                    {
                        "function": "update_variable",
                        "name": "total",
                        "value": "{{ total + item.price * item.qty }}",
                    }
                ],
            },
            variable("label", "{{ item.name|upper }}"),
        ],
    },
    answer("[total, label]"),
]


def total_by_hand(given: dict[str, Any]) -> Any:
    total = 0
    label = None
    for item in given["items"]:
        if item["price"] > 10:
            total = total + item["price"] * item["qty"]
        label = item["name"].upper()
    return [total, label]


def loop(count: int = 10_000) -> Work:
    given = {"items": items(count)}
    environment, native = Environment(), NativeEnvironment()
    template = environment.from_string(
        "{% set kept = namespace(total=0, label=none) %}{% for item in items %}{% if item.price > 10 %}"
        "{% set kept.total = kept.total + item.price * item.qty %}{% endif %}"
        "{% set kept.label = item.name|upper %}{% endfor %}{{ kept.total }} {{ kept.label }}"
    )

    def rendered() -> Any:
        total, label = template.render(given).split(" ", 1)
        return [int(total), label]

    condition = native.compile_expression("item.price > 10")
    addition = native.compile_expression("total + item.price * item.qty")
    upper = native.compile_expression("item.name|upper")

    def expressions() -> Any:
        total: Any = 0
        label: Any = None
        for item in given["items"]:
            if condition({"item": item}):
                total = addition({"total": total, "item": item})
            label = upper({"item": item})
        return [total, label]

    nodes = sum(3 if each["price"] > 10 else 2 for each in given["items"])
    return Work(
        f"loop of {count:,} items",
        nodes,
        runner(LOOP_STACK, given),
        lambda: total_by_hand(given),
        rendered,
        expressions,
    )


# --- 1,000 templates ---


def templates(count: int = 1_000) -> Work:
    written = "{{ user.first|upper }} {{ user.last }} owes {{ amount }}"
    stack: Stack = [variable("line", written)] * count + [answer("line")]
    by_hand = _function(
        "def by_hand(given):\n    user, amount = given['user'], given['amount']\n"
        + "    line = f\"{user['first'].upper()} {user['last']} owes {amount}\"\n" * count
        + "    return line\n"
    )
    template = Environment().from_string(f"{{% set line %}}{written}{{% endset %}}" * count + "{{ line }}")
    native = NativeEnvironment()
    one = native.from_string(written)
    given = {"user": {"first": "Ada", "last": "Lovelace"}, "amount": 12}

    def expressions() -> Any:
        line = None
        for _ in range(count):
            line = one.render(given)
        return line

    return Work(
        f"{count:,} templates",
        count,
        runner(stack, given),
        lambda: by_hand(given),
        lambda: template.render(given),
        expressions,
    )


def _function(text: str) -> Callable[[dict[str, Any]], Any]:
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    return namespace["by_hand"]  # type: ignore[no-any-return]


def measure(rounds: int = ROUNDS) -> list[Row]:
    rows = []
    for work in (chain(), loop(), templates()):
        ways = {name: getattr(work, name) for name in ("stack", "by_hand", "template", "expressions")}
        answers = {name: way() for name, way in ways.items()}
        assert len(set(map(repr, answers.values()))) == 1, answers
        taken = side_by_side(ways, rounds)
        rows += [
            _row(work, taken, "by_hand", "Python by hand", 2.0, False),
            _row(work, taken, "template", "one big Jinja2 template", 8.0, True),
            _row(work, taken, "expressions", "a Jinja2 expression a node", 50.0, True),
        ]
    return rows


def _row(work: Work, taken: dict[str, Rounds], other: str, shown: str, goal: float, faster: bool) -> Row:
    ours, others = taken["stack"], taken[other]
    own, theirs = (f"{duration(middle(each) / work.nodes)} a node" for each in (ours, others))
    measured = ratio(others, ours) if faster else ratio(ours, others)
    return Row(f"{work.name}, beside {shown}", own, theirs, measured, goal, "x", faster)
