"""Strategies for whole stacks: variables and their changes, aliases, branches, loops, caught errors, answers."""

from __future__ import annotations

from typing import Any

from expressions import holes, parameters
from hypothesis import strategies as st

Node = dict[str, Any]

VARIABLES = ("a", "b", "items", "obj", "n", "len", "class", "item")
"""Names that stacks set; some are inputs too, so that they are read before and behind."""

PLACES = ("a", "items", "obj", "obj.a", "obj.a.b", "items.0", "items.x", "n", "b.x.y", "a.0.x")
OPERATIONS = ("set", "append", "prepend", "merge", "increment", "decrement", "remove")

conditions = st.one_of(holes, holes, st.booleans(), st.just("{{ n < 3 }}"))
aliases = st.sampled_from(
    (
        "{{ a }}", "{{ items }}", "{{ obj }}", "{{ [a, a] }}", "{{ {x: items} }}", "{{ obj.a }}", "{{ items[0] }}",
        "{{ vars }}", "{{ a ?? items }}", "{{ a || obj }}", "{{ n ? a : items }}", "{{ items[0:2] }}", "{{ item }}",
        "{{ items + [] }}", "{{ items|first }}", "{{ [1]|map(x => items) }}", "{{ {...obj} }}", "{{ input.items }}",
        "{{ items|reverse }}", "{{ obj|merge({}) }}", "{{ items|default(a) }}", "{{ error }}", "{{ loop.index0 }}",
    )
)  # fmt: skip
"""Values that share a container with a variable: where ownership must be given up."""

assigned = st.one_of(aliases, aliases, parameters)


def simple() -> st.SearchStrategy[Node]:
    """Nodes without blocks."""
    create = st.fixed_dictionaries(
        {"function": st.just("create_variable"), "name": st.sampled_from(VARIABLES), "value": assigned}
    )
    update = st.fixed_dictionaries(
        {
            "function": st.just("update_variable"),
            "name": st.sampled_from(PLACES),
            "operation": st.sampled_from(OPERATIONS),
            "value": assigned,
        }
    )
    append = st.fixed_dictionaries(
        {
            "function": st.just("update_variable"),
            "name": st.sampled_from(("a", "items", "obj.a")),
            "operation": st.just("append"),
            "value": st.one_of(aliases, st.integers(0, 5)),
        }
    )
    set_key = st.fixed_dictionaries(
        {
            "function": st.just("update_variable"),
            "name": st.sampled_from(PLACES),
            "operation": st.just("set_key"),
            "key": st.one_of(st.sampled_from(("a", "0", "x")), holes),
            "value": assigned,
        }
    )
    bare = st.fixed_dictionaries(
        {
            "function": st.just("update_variable"),
            "name": st.sampled_from(("n", "obj.a")),
            "operation": st.just("increment"),
        }
    )
    throw = st.fixed_dictionaries(
        {"function": st.just("throw_error"), "message": st.sampled_from(("no", "{{ a }}")), "code": st.just("mine")}
    )
    unmet = st.fixed_dictionaries({"function": st.just("precondition"), "condition": conditions})
    answer = st.fixed_dictionaries({"function": st.just("return_value"), "value": assigned})
    return st.one_of(create, create, create, update, update, append, append, set_key, bare, throw, unmet, answer)


LEAVING = ({"function": "break_loop"}, {"function": "continue_loop"})


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2, looping: bool = False) -> Node:
    kind = draw(st.integers(0, 11 if depth else 6))
    if kind == 6 and looping:
        return draw(st.sampled_from(LEAVING))
    if kind <= 6:
        return draw(simple())

    def inner(loops: bool = looping) -> list[Node]:
        return draw(blocks(depth - 1, loops))

    match kind:
        case 7:
            node = {"function": "conditional", "condition": draw(conditions), "true_branch": inner()}
            if draw(st.booleans()):
                node["else_if"] = [{"condition": draw(conditions), "branch": inner()}]
            return {**node, "false_branch": inner()} if draw(st.booleans()) else node
        case 8:
            node = {"function": "loop", "array": draw(assigned), "operations": inner(True)}
            return {**node, "item_variable": "b"} if draw(st.integers(0, 3)) == 0 else node
        case 9:
            if draw(st.booleans()):
                return {"function": "for_loop", "count": draw(st.integers(0, 3)), "operations": inner(True)}
            most = draw(st.integers(0, 4))
            body = inner(True)
            return {"function": "while_loop", "condition": draw(conditions), "max_iterations": most, "operations": body}
        case 10:
            node = {"function": "try_catch", "try_block": inner()}
            if draw(st.integers(0, 3)):
                node["catch_block"] = inner()
            return {**node, "finally_block": inner(False)} if draw(st.integers(0, 3)) == 0 else node
        case _:
            cases = {
                label: inner() for label in draw(st.lists(st.sampled_from(("1", "a", "null", "true")), max_size=2))
            }
            return {"function": "switch", "value": draw(assigned), "cases": cases, "default": inner()}


@st.composite
def blocks(draw: st.DrawFn, depth: int, looping: bool) -> list[Node]:
    return draw(st.lists(nodes(depth, looping), max_size=3))


ANSWER: Node = {
    "function": "return_value",
    "value": {"vars": "{{ vars }}", "input": "{{ input }}", "sizes": "{{ [items|length, obj.length, n] }}"},
}
"""The last node of every stack: all that anybody can see."""

stacks = st.lists(nodes(), min_size=1, max_size=6).map(lambda each: [*each, ANSWER])
