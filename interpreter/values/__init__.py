"""What values mean at run time: missing values, moments, text, and every operator's careful form.

The compiler writes the plain Python operation where it is certain to mean the same and calls these where it is
not. They raise ``Fault`` without a place: the frame of the document that called them is the place.
"""

from interpreter.values.arithmetic import (
    add,
    divide,
    floor_divide,
    join_text,
    joined,
    modulo,
    multiply,
    negate,
    positive,
    power,
    subtract,
)
from interpreter.values.beside import Beside, alone, beside, put_beside
from interpreter.values.comparing import contains, equal, greater, greater_equal, identical, less, less_equal
from interpreter.values.decoding import decode
from interpreter.values.durations import LONGEST, parse_duration
from interpreter.values.limits import MAX_BITS, MAX_ITEMS, MAX_TEXT, PLAIN_RESULT
from interpreter.values.missing import MISSING, Missing, absent
from interpreter.values.moments import Moment, as_moment
from interpreter.values.numbers import NUMBERS, integer, number, parse_number, sized, sized_list, sized_text
from interpreter.values.packing import pack, unpack
from interpreter.values.reading import first_present, items_of, part, read, read_strict, spread_list, spread_object
from interpreter.values.showing import SCALARS, encode, kind, plain_value, preview, text
from interpreter.values.sizes import parse_size, shown_size

__all__ = [
    "LONGEST",
    "MAX_BITS",
    "MAX_ITEMS",
    "MAX_TEXT",
    "MISSING",
    "NUMBERS",
    "PLAIN_RESULT",
    "SCALARS",
    "Beside",
    "Missing",
    "Moment",
    "absent",
    "add",
    "alone",
    "as_moment",
    "beside",
    "contains",
    "decode",
    "divide",
    "encode",
    "equal",
    "first_present",
    "floor_divide",
    "greater",
    "greater_equal",
    "identical",
    "integer",
    "items_of",
    "join_text",
    "joined",
    "kind",
    "less",
    "less_equal",
    "modulo",
    "multiply",
    "negate",
    "number",
    "pack",
    "parse_duration",
    "parse_number",
    "parse_size",
    "part",
    "plain_value",
    "positive",
    "power",
    "preview",
    "put_beside",
    "read",
    "read_strict",
    "shown_size",
    "sized",
    "sized_list",
    "sized_text",
    "spread_list",
    "spread_object",
    "subtract",
    "text",
    "unpack",
]
