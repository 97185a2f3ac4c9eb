"""A URL that we are asked to call becomes scheme, host and port, or a sentence that says why it cannot be called.

What only this machine or its network can reach is not public: a request that we send there on another's behalf
would reach what he cannot. A name is judged by the addresses it has at the moment of the call, however written.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST = 2048
"""Characters of a URL, where nothing else is said."""
_PORTS = {"http": 80, "https": 443}
_NOT_PUBLIC_4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/3", "168.63.129.16/32"),  # the last is of public shape, and yet a cloud's own service to its machines
)
_PUBLIC_6 = "2000::/3"
_NOT_PUBLIC_6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
_HOLDS_4 = ("::ffff:0:0/96", "64:ff9b::/96")
"""Where the last 32 bits are an IPv4 address: mapped ones, and those that NAT64 translates."""


class Target(NamedTuple):
    """Where a request goes. ``host`` is in lower-case ASCII, ``path`` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """The host as a Host header writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be shown of a URL whose path may hold a secret."""
        return f"{self.scheme}://{self.named}"


def parse_url(url: str, longest: int = LONGEST) -> Target:
    """The parts of an absolute http or https URL; ValueError with the sentence that says what is wrong with it."""
    if len(url) > longest:
        raise ValueError(f"is {len(url):,} characters long, and {longest:,} are allowed")
    if any(character <= " " or character == "\x7f" for character in url) or "\\" in url:
        raise ValueError("has a space, a backslash or a control character in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    if parts.scheme not in _PORTS:
        raise ValueError("does not begin with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user's name or password in it")
    if not parts.hostname or port == 0:
        raise ValueError("names no host" if port != 0 else "names port 0")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, _ascii(parts.hostname), port or _PORTS[parts.scheme], (parts.path or "/") + query)


def _ascii(host: str) -> str:
    """A host as DNS knows it."""
    try:
        written = host.rstrip(".").encode("idna").decode().lower() if not host.isascii() else host.rstrip(".").lower()
    except UnicodeError:
        written = ""
    if not written or len(written) > 253:
        raise ValueError("names a host that cannot be one")
    return written


def literal(host: str) -> str | None:
    """The address that a host is, in its usual spelling; None for a name. 2130706433, 0x7f.1 and 0177.1 are one too."""
    import ipaddress
    import socket

    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also in its IPv6 disguises."""
    import ipaddress

    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6 and any(found in ipaddress.ip_network(network) for network in _HOLDS_4):
        found = ipaddress.ip_address(int(found) & 0xFFFFFFFF)
    if found.version == 4:
        return not any(found in ipaddress.ip_network(network) for network in _NOT_PUBLIC_4)
    if found not in ipaddress.ip_network(_PUBLIC_6):
        return False
    return not any(found in ipaddress.ip_network(network) for network in _NOT_PUBLIC_6)


def is_surely_private(host: str) -> bool:
    """Whether a host is not public whatever DNS says: an address that is not, or localhost."""
    address = literal(host)
    if address is not None:
        return not is_public(address)
    return host == "localhost" or host.endswith(".localhost")


def is_named(target: Target, hosts: tuple[str, ...]) -> bool:
    """Whether a list of hosts names this one in full, with or without its port."""
    return any(host.lower() in _spellings(target) for host in hosts)


def is_allowed(target: Target, hosts: tuple[str, ...]) -> bool:
    """Whether a list of hosts and patterns (``*.example.com``) has this one; an empty list has all."""
    from fnmatch import fnmatchcase

    if not hosts or is_named(target, hosts):
        return True
    patterns = [host.lower() for host in hosts if "*" in host]
    return any(fnmatchcase(written, pattern) for written in _spellings(target) for pattern in patterns)


def _spellings(target: Target) -> tuple[str, ...]:
    bracketed = f"[{target.host}]" if ":" in target.host else target.host
    return (target.host, bracketed, f"{bracketed}:{target.port}")
