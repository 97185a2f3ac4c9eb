"""From a value to whether it is what its name says: types, emptiness, and texts of a well-known form."""

from __future__ import annotations

import re
from typing import Any

from interpreter import values
from interpreter.catalog import Boolean, Number, filter
from interpreter.diagnostic import Fault
from interpreter.filters.encoding import json_decode
from interpreter.filters.fields import empty
from interpreter.values import Moment, absent

# --- types ------------------------------------------------------------------------------------------


@filter("null")
def is_null(value: Any) -> Boolean:
    """Whether the value is null or missing.

    8|is_null  →  false
    null|is_null  →  true
    """
    return absent(value)


@filter("not_null", "isset")
def is_not_null(value: Any) -> Boolean:
    """Whether the value is neither null nor missing.

    0|is_not_null  →  true
    """
    return not absent(value)


@filter("empty", "blank")
def is_empty(value: Any) -> Boolean:
    """Whether the value is empty: null, false, 0, "", "0", [] or {}.

    []|is_empty  →  true
    'a'|is_empty  →  false
    """
    return empty(value)


@filter("present", "not_empty")
def is_not_empty(value: Any) -> Boolean:
    """Whether the value is not empty.

    'a'|is_not_empty  →  true
    """
    return not empty(value)


@filter("is_string", "is_str")
def is_text(value: Any) -> Boolean:
    """Whether the value is a text.

    '213'|is_text  →  true
    """
    return isinstance(value, str)


@filter("is_integer")
def is_int(value: Any) -> Boolean:
    """Whether the value is a whole number.

    123|is_int  →  true
    '123'|is_int  →  false
    """
    return isinstance(value, int) and not isinstance(value, bool)


@filter("is_float")
def is_decimal(value: Any) -> Boolean:
    """Whether the value is a number with a fraction.

    123.45|is_decimal  →  true
    """
    return isinstance(value, float)


@filter()
def is_number(value: Any) -> Boolean:
    """Whether the value is a number.

    1.5|is_number  →  true
    '1.5'|is_number  →  false
    """
    return value.__class__ in values.NUMBERS


@filter()
def is_numeric(value: Any) -> Boolean:
    """Whether the value is a number or the text of one.

    '1.5'|is_numeric  →  true
    """
    return is_number(value) or (isinstance(value, str) and values.parse_number(value) is not None)


@filter("is_boolean")
def is_bool(value: Any) -> Boolean:
    """Whether the value is true or false.

    false|is_bool  →  true
    """
    return isinstance(value, bool)


@filter("is_list")
def is_array(value: Any) -> Boolean:
    """Whether the value is a list.

    [1, 2, 3]|is_array  →  true
    """
    return isinstance(value, list)


@filter("is_mapping", "is_dict")
def is_object(value: Any) -> Boolean:
    """Whether the value is an object.

    {id: 2}|is_object  →  true
    """
    return isinstance(value, dict)


@filter("is_date", "is_timestamp", "is_datetime")
def is_time(value: Any) -> Boolean:
    """Whether the value is a time, or the ISO 8601 text of a date or time.

    '2024-02-30'|is_time  →  false
    '2024-02-29'|is_time  →  true
    """
    return isinstance(value, Moment) or (isinstance(value, str) and Moment.parse(value) is not None)


# --- numbers ----------------------------------------------------------------------------------------


@filter("is_even")
def even(value: Number) -> Boolean:
    """Whether the number is even.

    4|even  →  true
    """
    return value % 2 == 0


@filter("is_odd")
def odd(value: Number) -> Boolean:
    """Whether the number is odd.

    4|odd  →  false
    """
    return value % 2 == 1


@filter("is_divisible_by", "divisible_by")
def divisibleby(value: Number, divisor: Number) -> Boolean:
    """Whether the number is divisible by another.

    9|divisibleby(3)  →  true
    """
    return bool(values.modulo(value, divisor) == 0)


@filter()
def is_positive(value: Number) -> Boolean:
    """Whether the number is above zero.

    1|is_positive  →  true
    """
    return value > 0


@filter()
def is_negative(value: Number) -> Boolean:
    """Whether the number is below zero.

    1|is_negative  →  false
    """
    return value < 0


@filter()
def is_zero(value: Number) -> Boolean:
    """Whether the number is zero.

    0|is_zero  →  true
    """
    return value == 0


# --- forms ------------------------------------------------------------------------------------------

# Every pattern here is read in one pass: no nested repetition, so that no text can make it slow.
_FORMS = {
    "email": (
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63}){1,8}",
        "an e-mail address",
        "ada@example.com",
        "ada@example",
    ),
    "url": (r"(?i:https?|ftp|wss?)://[^\s/?#.][^\s/?#]*(?:[/?#]\S*)?", "a URL", "https://a.com/b?c=1", "a.com"),
    "uuid": (
        r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        "a UUID",
        "550e8400-e29b-41d4-a716-446655440000",
        "550e8400",
    ),
    "ulid": (r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}", "a ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3"),
    "phone": (r"\+?[0-9](?:[ ().-]{0,2}[0-9]){5,14}", "a telephone number", "+49 (30) 901820", "12"),
    "alpha": (r"[^\W\d_]+", "made of letters", "Épic", "a1"),
    "alphanumeric": (r"[^\W_]+", "made of letters and digits", "a1", "a-1"),
    "digits": (r"[0-9]+", "made of digits", "007", "7.5"),
    "hex": (r"[0-9A-Fa-f]+", "made of hexadecimal digits", "ff00", "xyz"),
    "hex_color": (r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})", "a colour as in CSS", "#ff0000", "red"),
    "slug": (r"[a-z0-9]+(?:-[a-z0-9]+)*", "a slug", "epic-battle", "Epic Battle"),
    "domain": (
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,63}",
        "a domain name",
        "example.com",
        "example",
    ),
    "base64": (r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", "base64", "aGVsbG8=", "a"),
    "mac_address": (r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}", "a MAC address", "00:1A:2B:3C:4D:5E", "00:1A"),
}


def _register_form(name: str, pattern: str, shown: str, right: str, wrong: str) -> None:
    fits = re.compile(pattern).fullmatch

    def is_form(value: Any) -> Boolean:
        return isinstance(value, str) and fits(value) is not None

    is_form.__doc__ = (
        f"Whether the value is {shown}.\n\n    '{right}'|is_{name}  →  true\n    '{wrong}'|is_{name}  →  false"
    )
    filter(name=f"is_{name}")(is_form)


for _name, _form in _FORMS.items():
    _register_form(_name, *_form)


@filter()
def is_json(value: Any) -> Boolean:
    """Whether the value is a text that holds JSON.

    '[1]'|is_json  →  true
    '[1'|is_json  →  false
    """
    if not isinstance(value, str):
        return False
    try:
        json_decode(value)
    except (Fault, RecursionError):
        return False
    return True


def _is_address(value: Any, versions: tuple[int, ...]) -> bool:
    from ipaddress import ip_address

    try:
        return isinstance(value, str) and ip_address(value).version in versions
    except ValueError:
        return False


@filter()
def is_ip(value: Any) -> Boolean:
    """Whether the value is an IP address, version 4 or 6.

    '127.0.0.1'|is_ip  →  true
    '256.0.0.1'|is_ip  →  false
    """
    return _is_address(value, (4, 6))


@filter()
def is_ipv4(value: Any) -> Boolean:
    """Whether the value is an IP address of version 4.

    '127.0.0.1'|is_ipv4  →  true
    """
    return _is_address(value, (4,))


@filter()
def is_ipv6(value: Any) -> Boolean:
    """Whether the value is an IP address of version 6.

    '::1'|is_ipv6  →  true
    """
    return _is_address(value, (6,))


@filter("luhn")
def is_credit_card(value: Any) -> Boolean:
    """Whether the value has the length and the check digit of a card's number.

    '4111 1111 1111 1111'|is_credit_card  →  true
    '4111 1111 1111 1112'|is_credit_card  →  false
    """
    digits = re.sub(r"[ -]", "", values.text(value)) if isinstance(value, (str, int)) else ""
    if not re.fullmatch(r"[0-9]{12,19}", digits):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


@filter("is_lowercase")
def is_lower(value: Any) -> Boolean:
    """Whether the value is a text without capital letters.

    'abc 1'|is_lower  →  true
    """
    return isinstance(value, str) and value != "" and value == value.lower()


@filter("is_uppercase")
def is_upper(value: Any) -> Boolean:
    """Whether the value is a text without small letters.

    'ABC 1'|is_upper  →  true
    """
    return isinstance(value, str) and value != "" and value == value.upper()
