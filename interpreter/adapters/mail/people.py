"""Texts become people who write and receive mail: a name and an address, with nothing smuggled in."""

from __future__ import annotations

import re
from email.headerregistry import Address
from typing import Any

from interpreter.diagnostic import Fault
from interpreter.values import absent, preview

LONGEST_ADDRESS = 254
LONGEST_NAME = 200
MOST_PEOPLE = 500
_NAMED = re.compile(r'\s*(?:"([^"<>]*)"|([^"<>]*?))\s*<([^<>\s]+)>\s*')
_LOCAL = re.compile(r'[^\s@<>()\[\]\\,;:".]+(?:\.[^\s@<>()\[\]\\,;:".]+)*')
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.I
)


def people(given: Any, what: str) -> tuple[Address, ...]:
    """Everybody whom a parameter names: a text, {email, name}, or a list of these. Fault run/wrong-value.

    One text is one address: an input with a comma in it adds nobody.
    """
    if absent(given):
        return ()
    listed = given if isinstance(given, list) else [given]
    if len(listed) > MOST_PEOPLE:
        raise Fault("run/wrong-value", f'"{what}" names {len(listed):,} people, and {MOST_PEOPLE} are allowed')
    return tuple(_person(each, what) for each in listed)


def is_plain(text: str) -> bool:
    """Whether a text stands in a header as it is: a line break may hide in an encoded word (RFC 2047), ``=?…?=``."""
    return text.isprintable() and not ("=?" in text and "?=" in text)


def _person(given: Any, what: str) -> Address:
    if isinstance(given, dict):
        name, written = str(given.get("name") or ""), given.get("email", given.get("address"))
    else:
        name, written = "", given
    if not isinstance(written, str):
        raise _no_address(given, what)
    if not isinstance(given, dict) and (named := _NAMED.fullmatch(written)):
        name, written = named[1] or named[2] or "", named[3]
    if len(name) > LONGEST_NAME or not is_plain(name):
        raise _no_address(given, what)
    local, _, domain = written.strip().rpartition("@")
    domain = _ascii(domain)
    if not _LOCAL.fullmatch(local) or not is_plain(local) or len(local) + len(domain) >= LONGEST_ADDRESS:
        raise _no_address(given, what)
    if len(local.encode()) > 64 or not _DOMAIN.fullmatch(domain):
        raise _no_address(given, what)
    return Address(name, local, domain)


def _ascii(domain: str) -> str:
    """A domain as the network writes it; empty where it cannot be."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""


def _no_address(given: Any, what: str) -> Fault:
    hint = 'write "ada@example.com" or "Ada <ada@example.com>", and several as a list'
    return Fault("run/wrong-value", f'"{what}" is {preview(given, 60)}, which is no e-mail address', hint)
