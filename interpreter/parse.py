"""Parameters that are JSON values become expressions, in place: every string is looked through for templates."""

from __future__ import annotations

from interpreter.diagnostic import Diagnostics
from interpreter.expression import record_filter, written_names
from interpreter.expression.parse import parse_text
from interpreter.expression.templates import Hole, has_template, split
from interpreter.tree import (
    Array,
    Block,
    Constant,
    Definition,
    Entry,
    Expression,
    ListLiteral,
    Literal,
    Node,
    Object,
    ObjectLiteral,
    Parameter,
    String,
    Value,
    walk_nodes,
)

_RAW = {("template_engine", "template")}
"""Parameters whose text belongs to another language: theirs are its templates, not ours; but a text that is one
``<< >>`` is ours, and gives the text."""
_SQL = ("direct_database_query", "query")
"""A parameter whose text is never made of values: they are bound to it."""

_FILTERS = ("filter", "having")
"""Parameters of record nodes that are record filters."""


def parse(definitions: list[Definition], diagnostics: Diagnostics) -> None:
    """Replace every parameter of every node; what cannot be read is reported and becomes null."""
    for definition in definitions:
        for node in walk_nodes(definition.stack):
            _parse_node(node, diagnostics)


def _parse_node(node: Node, diagnostics: Diagnostics) -> None:
    if node.return_as and has_template(node.return_as.value):
        diagnostics.error(
            "expression/syntax",
            f'return_as is "{node.return_as.value}"; a plain name was expected',
            node.return_as.span,
            "templates have no meaning here",
        )
    for name, parameter in node.parameters.items():
        if isinstance(parameter, Block):
            continue
        if isinstance(parameter, list):
            _parse_cases(node, parameter, diagnostics)
        elif isinstance(parameter, String) and (node.function, name) == _SQL:
            node.parameters[name] = _sql(parameter, diagnostics)
        elif isinstance(parameter, String) and (node.function, name) in _RAW and not _is_ours(parameter.value):
            node.parameters[name] = Constant(parameter.value, parameter.span)
        elif isinstance(parameter, String | Literal | Array | Object):
            expression = parse_value(parameter, diagnostics, condition=name == "condition")
            filters = name in _FILTERS and "table" in node.parameters
            node.parameters[name] = record_filter.conditions(expression, diagnostics) if filters else expression
    if "table" in node.parameters:
        _keep_written_names(node)


def _keep_written_names(node: Node) -> None:
    naming = {name: node.parameters[name] for name in written_names.PARAMETERS if name in node.parameters}
    if (written := written_names.written_names(naming)) is not None:
        node.parameters[written_names.KEY] = written


def _sql(written: String, diagnostics: Diagnostics) -> Expression:
    """SQL as it stands; a template in it is refused (``<<`` by itself is one of PostgreSQL's operators)."""
    if any(isinstance(piece, Hole) for piece in split(written.value)):
        message = "a template stands in SQL, where a value could become a part of the statement"
        hint = 'write :name there, and "parameters": {"name": "{{ … }}"}'
        diagnostics.error("expression/template-in-sql", message, written.span, hint)
    return Constant(written.value, written.span)


def _is_ours(text: str) -> bool:
    bare = text.strip()
    return bare.startswith("<<") and bare.endswith(">>")


def _parse_cases(node: Node, cases: Parameter, diagnostics: Diagnostics) -> None:
    """The tests of else_if are conditions; the labels of a switch are plain values."""
    assert isinstance(cases, list)
    for case in cases:
        test = case.test
        if not isinstance(test, String | Literal | Array | Object):
            continue
        if node.function != "switch":
            case.test = parse_value(test, diagnostics, condition=True)
            continue
        if isinstance(test, String) and has_template(test.value):
            diagnostics.error(
                "expression/syntax",
                f'the case is "{test.value}"; a plain text or number was expected',
                test.span,
                "compare computed values in a conditional with else_if",
            )
        if isinstance(test, String | Literal):
            case.test = Constant(test.value, test.span)


def parse_value(value: Value, diagnostics: Diagnostics, condition: bool = False) -> Expression:
    """The expression that a JSON value with templates in it stands for."""
    match value:
        case String():
            return parse_text(value, diagnostics, condition)
        case Literal():
            return Constant(value.value, value.span)
        case Array():
            return ListLiteral([parse_value(item, diagnostics) for item in value.items], value.span)
        case Object():
            entries = [
                Entry(parse_text(member.key, diagnostics), parse_value(member.value, diagnostics)) for member in value
            ]
            return ObjectLiteral(list(entries), value.span)
