"""The catalogue of filters and tests, by family; ``filters.families`` imports them all, a run only those it needs.

A filter is one function in the family where it belongs: its signature is the arity and the types, its docstring
the meaning and the examples, which are also tests. Lines in ``tests/conformance/filters`` say the rest.
"""
