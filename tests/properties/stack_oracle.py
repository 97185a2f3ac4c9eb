"""A resolved stack becomes its answer by walking its nodes; every assignment and every read copies the whole value.

That is what "variables hold values" means. The interpreter copies only where somebody could tell.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from oracle import value_of

from interpreter import tree, values
from interpreter.control import MAX_TURNS, PULSE, case_label
from interpreter.diagnostic import Fault, Halt
from interpreter.values import Missing, absent, text


class Returned(Exception):
    """The stack has answered: ``args[0]``."""


class Left(Exception):
    """A loop is left: ``args[0]`` is break or continue."""


class StackOracle:
    """One run. ``variables`` are the stack's, each the input of its name at first; ``inside`` what blocks bind."""

    def __init__(self, inputs: dict[str, Any], names: frozenset[str]) -> None:
        self.inputs = deepcopy(inputs)
        self.variables: dict[str, Any] = {name: deepcopy(inputs.get(name, Missing(name))) for name in sorted(names)}
        self.inside: dict[str, Any] = {}
        self.turns = 0

    def run(self, stack: tree.Block) -> Any:
        try:
            self.block(stack)
        except Returned as returned:
            return returned.args[0]
        return None

    def block(self, block: Any) -> None:
        for node in block.nodes if isinstance(block, tree.Block) else ():
            getattr(self, node.function)(node)

    def value(self, node: tree.Node, name: str) -> Any:
        found = node.parameters.get(name)
        return None if found is None else self.evaluate(found)

    def evaluate(self, expression: Any) -> Any:
        scope = {**self.inputs, "input": self.inputs, "vars": self.variables, **self.variables, **self.inside}
        return deepcopy(value_of(expression, scope))

    # --- variables

    def create_variable(self, node: tree.Node) -> None:
        self.variables[_text(node, "name")] = self.value(node, "value")

    def update_variable(self, node: tree.Node) -> None:
        variable, *path = _text(node, "name").split(".")
        operation = _text(node, "operation") if "operation" in node.parameters else "set"
        value, key = self.value(node, "value"), self.value(node, "key")
        self.variables[variable] = changed_at(deepcopy(self.variables[variable]), path, operation, value, key)

    # --- branches

    def conditional(self, node: tree.Node) -> None:
        if self.value(node, "condition"):
            return self.block(node.parameters.get("true_branch"))
        for case in node.parameters.get("else_if", ()):
            if self.evaluate(case.test):
                return self.block(case.block)
        return self.block(node.parameters.get("false_branch"))

    def switch(self, node: tree.Node) -> None:
        label = case_label(self.value(node, "value"))
        for case in node.parameters.get("cases", ()):
            if case.test.value == label:
                return self.block(case.block)
        return self.block(node.parameters.get("default"))

    def group(self, node: tree.Node) -> None:
        self.block(node.parameters.get("operations"))

    # --- loops

    def loop(self, node: tree.Node) -> None:
        items = values.items_of(self.value(node, "array"))
        named = _text(node, "item_variable") if "item_variable" in node.parameters else "item"
        self._over(node, items, named)

    def for_loop(self, node: tree.Node) -> None:
        count = values.integer(self.value(node, "count"))
        if count < 0:
            raise Fault("run/wrong-value", "negative")
        self._over(node, range(count), "item")

    def _over(self, node: tree.Node, items: Any, named: str) -> None:
        around = self.inside
        try:
            for index, item in enumerate(items):
                loop = {
                    "index": index + 1,
                    "index0": index,
                    "first": index == 0,
                    "last": index == len(items) - 1,
                    "length": len(items),
                }
                places = {"loop": loop, "index": index, "loop_index": index}
                self.inside = {**around, **places, "item": item, "loop_item": item, named: item}
                if not self._turn(node):
                    break
        finally:
            self.inside = around

    def while_loop(self, node: tree.Node) -> None:
        most = self.value(node, "max_iterations")
        left = MAX_TURNS if absent(most) else values.integer(most)
        while self.value(node, "condition"):
            if left <= 0:
                raise Fault("run/too-many-iterations", "too many")
            left -= 1
            if not self._turn(node):
                break

    def _turn(self, node: tree.Node) -> bool:
        """One turn of a loop; whether there may be another."""
        self.turns += 1
        if self.turns >= PULSE * 50:
            raise Halt("run/budget", "too many turns for a test")
        try:
            self.block(node.parameters.get("operations"))
        except Left as left:
            return left.args[0] == "continue"
        return True

    def break_loop(self, node: tree.Node) -> None:
        raise Left("break")

    def continue_loop(self, node: tree.Node) -> None:
        raise Left("continue")

    # --- errors and answers

    def try_catch(self, node: tree.Node) -> None:
        around = self.inside
        try:
            self.block(node.parameters.get("try_block"))
        except Fault as fault:
            self.inside = around
            if "catch_block" not in node.parameters and "finally_block" in node.parameters:
                raise
            self.inside = {**around, "error": {"type": fault.type, "message": fault.message}}
            self.block(node.parameters.get("catch_block"))
        finally:
            self.inside = around
            self.block(node.parameters.get("finally_block"))

    def throw_error(self, node: tree.Node) -> None:
        message, code = self.value(node, "message"), self.value(node, "code")
        said = text(message) or "an error was thrown"
        raise Fault("run/thrown", said, type=code if isinstance(code, str) and code else "error")

    def precondition(self, node: tree.Node) -> None:
        if not self.value(node, "condition"):
            raise Fault("run/precondition", "no", type="standard")

    def return_value(self, node: tree.Node) -> None:
        raise Returned(self.value(node, "value"))


def _text(node: tree.Node, name: str) -> str:
    written = node.parameters[name]
    assert isinstance(written, tree.Constant)
    return str(written.value)


# --- changing a variable, by making a new value every time


def changed_at(current: Any, path: list[str], operation: str, value: Any, key: Any) -> Any:
    if not path:
        return changed(current, operation, value, key)
    container = _container({} if absent(current) else current)
    inner = changed_at(_at(container, path[0]), path[1:], operation, value, key)
    return _with(container, path[0], inner)


def changed(current: Any, operation: str, value: Any, key: Any) -> Any:
    match operation:
        case "set":
            return value
        case "append":
            return [*_list(current), value]
        case "prepend":
            return [value, *_list(current)]
        case "increment" | "decrement":
            step = 1 if absent(value) else value
            start = values.number(current) if isinstance(current, str) else (0 if absent(current) else current)
            return values.add(start, step) if operation == "increment" else values.subtract(start, step)
        case "set_key":
            return _with(_container({} if absent(current) else current), text(key), value)
        case "merge":
            return _merged(current, value)
        case "remove":
            return _without(current, value)
    raise AssertionError(operation)


def _merged(current: Any, value: Any) -> Any:
    if absent(value):
        return {} if absent(current) else current
    if isinstance(current, list) and isinstance(value, list):
        return [*current, *value]
    if not isinstance(value, dict) or not (absent(current) or isinstance(current, dict)):
        raise Fault("run/wrong-type", "merge")
    return {**(current or {}), **value}


def _without(current: Any, value: Any) -> Any:
    if isinstance(current, list):
        return [each for each in current if not values.equal(each, value)]
    if isinstance(current, dict):
        return {key: each for key, each in current.items() if key != text(value)}
    if absent(current):
        return current
    raise Fault("run/wrong-type", "remove")


def _list(current: Any) -> list[Any]:
    if absent(current):
        return []
    if not isinstance(current, list):
        raise Fault("run/wrong-type", "a list")
    return current


def _container(current: Any) -> Any:
    if not isinstance(current, (list, dict)):
        raise Fault("run/wrong-type", "a container")
    return current


def _index(container: list[Any], step: str) -> int:
    number = values.parse_number(step)
    if number is None:
        raise Fault("run/wrong-type", "an index")
    index = values.integer(number)
    if not -len(container) <= index <= len(container):
        raise Fault("run/wrong-value", "beyond")
    return index


def _at(container: Any, step: str) -> Any:
    if isinstance(container, dict):
        return container.get(step, Missing(step))
    index = _index(container, step)
    return container[index] if index < len(container) else Missing(step)


def _with(container: Any, step: str, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, step: value}
    index = _index(container, step)
    made = [*container, value] if index == len(container) else [*container]
    made[index] = value
    return made
