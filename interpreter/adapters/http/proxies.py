"""A setting, or the environment's usual variables, become the proxy that a request goes through, or none."""

from __future__ import annotations

import os
from base64 import b64encode
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from interpreter import addresses
from interpreter.adapters.http.connecting import Proxy
from interpreter.addresses import Target
from interpreter.diagnostic import Fault


def proxy_of(target: Target, setting: str | None) -> Proxy | None:
    """None for private addresses, which are allowed or would not be called, and for what NO_PROXY names."""
    url = setting or _of_environment(f"{target.scheme}_proxy")
    if not url or addresses.is_surely_private(target.host) or _is_near(target):
        return None
    return _parsed(url)


def _of_environment(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.upper()) or ""


def _is_near(target: Target) -> bool:
    """Whether NO_PROXY has the host: by its name, by a domain that it belongs to, or by ``*``."""
    names = [name.strip().lstrip(".").lower() for name in _of_environment("no_proxy").split(",") if name.strip()]
    hosts = (target.host, f"{target.host}:{target.port}")
    return any(name == "*" or name in hosts or target.host.endswith(f".{name}") for name in names)


@lru_cache(maxsize=10)
def _parsed(url: str) -> Proxy:
    """Fault run/wrong-value; the URL may hold a password, so that no message shows it."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        if parts.scheme != "http":
            raise ValueError("does not begin with http://")
        target = addresses.parse_url(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())
    except ValueError as error:
        raise Fault("run/wrong-value", f"the proxy of requests {error}", "write http://host:port") from None
    if parts.username is None:
        return Proxy(target)
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(target, f"Basic {b64encode(credentials.encode()).decode()}")
