"""A stack becomes the variables that its run has: what ``resolve`` binds names to and ``compile`` makes locals of."""

from __future__ import annotations

from dataclasses import dataclass

from interpreter import tree
from interpreter.catalog import NODES
from interpreter.nodes.emitter import constant_text, parameter

ROOTS = frozenset(
    (
        *("input", "inputs", "args", "params", "request", "auth", "env", "execution", "trigger"),
        *("vars", "var", "loop", "error", "now"),
    )
)
"""Names that are there in every stack, unless a variable takes their place."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables of one stack run.

    ``authored`` are those that the author names, ``implicit`` those that hold a result nobody named; ``dynamic``
    says that a variable's name is computed, so that there may be others.
    """

    authored: frozenset[str]
    implicit: frozenset[str]
    dynamic: bool = False

    @property
    def variables(self) -> frozenset[str]:
        return self.authored | self.implicit

    def result_name(self, node: tree.Node) -> str | None:
        """The variable that receives a node's result: return_as, or its implicit name where the author has no such."""
        if node.return_as is not None:
            return node.return_as.value
        name = implicit_name(node)
        return name if name in self.implicit else None


def scope_of(definition: tree.Definition) -> Scope:
    """The variables of a stack: one flat scope, whatever the branch or loop that sets them."""
    authored: set[str] = set()
    implicit: set[str] = set()
    dynamic = False
    for node in tree.walk_nodes(definition.stack):
        if node.return_as is not None:
            authored.add(node.return_as.value)
        elif name := implicit_name(node):
            implicit.add(name)
        if node.function in ("create_variable", "update_variable"):
            written = plain_text(node, "name")
            dynamic = dynamic or written is None
            if written is not None:
                authored.add(variable_of(node.function, written))
    taken = authored | ROOTS | {each.name for each in definition.inputs or ()}
    return Scope(frozenset(authored), frozenset(implicit - taken), dynamic)


def variable_of(function: str, written: str) -> str:
    """The variable that a name means: update_variable takes a dotted path, whose first step it is."""
    return written.split(".", 1)[0] if function == "update_variable" else written


def implicit_name(node: tree.Node) -> str | None:
    """The name under which a node leaves a result that has no return_as; None where it leaves none."""
    entry = NODES.get(node.function)
    if entry is None or node.asynchronous or node.return_as is not None:
        return None
    if entry.result_name == "*table":
        return plain_text(node, "table")
    return entry.result_name


def plain_text(node: tree.Node, name: str) -> str | None:
    """The text of a node's parameter; None where it is absent or computed."""
    return constant_text(parameter(node, name))
