"""The catalogue of nodes, by family; ``interpreter.families`` imports them all, a run only those it needs.

A flow node returns Python syntax for ``compile``; an action node takes the context and its evaluated parameters and
returns a value. To add one: a function in its family here, ``schemas/nodes/<function>.json``, and a case.
"""
