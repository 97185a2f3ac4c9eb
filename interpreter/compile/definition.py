"""One definition becomes one Program."""

from __future__ import annotations

import ast
import hashlib
import warnings
from types import CodeType

from interpreter import catalog, tree
from interpreter.compile.splitting import function_definition
from interpreter.compile.stack import StackCompiler
from interpreter.diagnostic import Diagnostic, Rejected
from interpreter.expression.syntax import Syntax
from interpreter.inputs import Declared, declared_as
from interpreter.program import STACK, Place, Program
from interpreter.scope import Scope


def compile_definition(definition: tree.Definition, scope: Scope, file: str, strict: bool) -> Program:
    """The program of a definition that ``resolve`` has passed.

    ``file`` is the name that Python's tracebacks show. Raises Rejected where Python cannot nest as deeply.
    """
    source = definition.span.source
    stack = StackCompiler(definition, scope, strict or definition.strict)
    try:
        module = _module(definition, stack)
        code = _code(module, file)
    except RecursionError:
        raise _too_deep(definition) from None
    return Program(
        kind=definition.kind,
        name=definition.name,
        file=file,
        shown=source.name,
        text=source.text,
        hash=hashlib.sha256(source.text.encode()).hexdigest(),
        code=code,
        inputs=declared(definition),
        options=definition.options,
        places=tuple(_place(node) for node in stack.placed),
        variables=stack.missing_names(),
        filters={name: catalog.FILTERS[name].family for name in sorted(stack.filters)},
        tests={name: catalog.TESTS[name].family for name in sorted(stack.tests)},
        actions={name: catalog.NODES[name].family for name in sorted(stack.actions)},
        strict=stack.strict,
    )


def _code(module: ast.Module, file: str) -> CodeType:
    """The module's code; what Python finds odd in it (``1 is True``) is what the author wrote."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return compile(module, file, "exec", dont_inherit=True)


def python_of(definition: tree.Definition, scope: Scope, strict: bool) -> str:
    """The same function as Python text, for people."""
    return ast.unparse(_module(definition, StackCompiler(definition, scope, strict or definition.strict)))


def _module(definition: tree.Definition, stack: StackCompiler) -> ast.Module:
    at = Syntax(definition.span)
    body = stack.body_statements()
    arguments = ast.arguments([], [at.place(ast.arg("_context"))], None, [], [], None, [])
    function = at.place(function_definition(STACK, arguments, body))
    return ast.Module([function], [])


def declared(definition: tree.Definition) -> tuple[Declared, ...] | None:
    """The declared inputs in the form that a kept program has."""
    if definition.inputs is None:
        return None
    return tuple(declared_as(each) for each in definition.inputs)


def _place(node: tree.Node) -> Place:
    begins, ends = node.span.begins, node.span.ends
    result = None if node.return_as is None else node.return_as.value
    return Place(node.function, begins.line, begins.column, ends.line, ends.column, node.pointer, result)


def _too_deep(definition: tree.Definition) -> Rejected:
    message = f'the blocks or branches of "{definition.name}" are nested more deeply than Python can compile'
    return Rejected([Diagnostic("load/too-deep", message, definition.name_span, "move inner blocks into functions")])
