"""Whom a request trusts, and as whom it appears, become the TLS context of its connections."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreter.diagnostic import Fault
from interpreter.values import absent, preview

if TYPE_CHECKING:
    import ssl


class Tls(NamedTuple):
    """``stamp``: when its files last changed, so that a renewed certificate is read again."""

    verify: bool = True
    authorities: tuple[str, ...] = ()
    certificate: str | None = None
    private_key: str | None = None
    password: str | None = None
    stamp: tuple[int, ...] = ()


TRUSTING_THE_SYSTEM = Tls()


def tls_of(wanted: dict[str, Any], root: Path, authority: Path | None) -> Tls:
    """What a request's parameters say of TLS; names are of files inside the workspace at ``root``."""
    verify = wanted.get("verify_ssl")
    named = {name: wanted.get(name) for name in ("ca_certificate", "certificate", "private_key")}
    if verify in (None, True) and authority is None and all(map(absent, named.values())):
        return TRUSTING_THE_SYSTEM
    ca, certificate, key = (_inside(name, value, root) for name, value in named.items())
    own = None if authority is None else _File("http_ca", str(root / authority))
    authorities = [each for each in (own, ca) if each]
    return Tls(
        verify is not False,
        tuple(each.path for each in authorities),
        certificate and certificate.path,
        key and key.path,
        wanted.get("private_key_password"),
        tuple(_changed(each) for each in (*authorities, certificate, key) if each),
    )


class _File(NamedTuple):
    parameter: str
    path: str


def _inside(name: str, value: Any, root: Path) -> _File | None:
    if absent(value):
        return None
    path = (root / str(value)).resolve()
    if not isinstance(value, str) or not path.is_relative_to(root.resolve()):
        raise Fault("run/wrong-value", f'"{name}" is {preview(value)}, expected a file inside the workspace')
    return _File(name, str(path))


def _changed(file: _File) -> int:
    try:
        return os.stat(file.path).st_mtime_ns
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        raise Fault("run/wrong-value", f'the file of "{file.parameter}" cannot be read: {what}') from None


@lru_cache(maxsize=50)
def context_of(tls: Tls) -> ssl.SSLContext:
    """Fault run/wrong-value where a file is no certificate, or no key that belongs to it."""
    import ssl

    context = ssl.create_default_context()
    try:
        for authority in tls.authorities:
            context.load_verify_locations(authority)
        if tls.certificate:
            context.load_cert_chain(tls.certificate, tls.private_key, tls.password or "")
    except (ssl.SSLError, OSError) as error:
        raise Fault("run/wrong-value", f"a certificate or key of the request cannot be used: {error}") from None
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
