"""Function stacks: JSON documents become Python programs, run here or in the background."""

__version__ = "0.1.0"
