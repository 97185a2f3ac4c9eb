"""Expressions: the text of a template becomes tokens, a tree, bound names, and Python."""
