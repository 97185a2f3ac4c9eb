"""How large values may become: what every operator and filter keeps to."""

MAX_TEXT = 10_000_000
"""Characters that one text may have."""
MAX_ITEMS = 10_000_000
"""Items that one list or object may have."""
MAX_BITS = 14_280
"""Bits of an integer: about 4,300 digits, which is what Python writes and reads at once."""
MAX_WRITTEN = 100_000_000
"""Items and characters that may be written as one JSON text."""
PLAIN_RESULT = 1e15
"""A number between minus and plus this is certain to need no care."""
