"""A resolved definition becomes a Program: one Python function, built as ``ast`` at the positions of the JSON.

Nothing is generated as text. Variables are Python locals, expressions Python expressions (``expression.emit``), nodes
Python statements (``nodes``); only actions go through the context.
"""

from interpreter.compile.definition import compile_definition, python_of

__all__ = ["compile_definition", "python_of"]
