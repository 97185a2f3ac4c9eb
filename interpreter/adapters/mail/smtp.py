"""A message is handed to a mail server, in the time it may take, or becomes a fault that says why not."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from interpreter.adapters.mail.message import Mailing
from interpreter.diagnostic import Fault

REQUIRED, OFFERED, NEVER = "required", "offered", "never"
_HERE = ("localhost", "127.0.0.1", "::1")
_PORTS = {"smtp": 587, "smtps": 465}

Refused = dict[str, dict[str, Any]]


class Server(NamedTuple):
    """Where mail is handed in, and how. ``starttls``: required, offered (used where it is), never."""

    host: str
    port: int
    user: str
    password: str
    implicit_tls: bool
    starttls: str


def server_of(url: str) -> Server:
    """``smtp://user:password@host:587`` or ``smtps://…``; Fault workspace/settings, which shows no password.

    The connection must become a secret one, but for a server on this machine or with ``?starttls=never``.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host, options = parts.hostname or "", dict(parse_qsl(parts.query))
    starttls = options.get("starttls", OFFERED if host in _HERE else REQUIRED)
    if parts.scheme not in _PORTS or not host or starttls not in (REQUIRED, OFFERED, NEVER):
        hint = "such as smtp://user:password@mail.example.com:587 or smtps://…; ?starttls=never where it must be"
        raise Fault("workspace/settings", "the smtp_url cannot be used", hint)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(host, port or _PORTS[parts.scheme], user, password, parts.scheme == "smtps", starttls)


def deliver(server: Server, mailing: Mailing, seconds: float) -> Refused:
    """Hand a message in; those whom the server does not take, where it takes others. Fault run/mail-error."""
    late, until = threading.Event(), time.monotonic() + seconds
    try:
        with _connected(server, seconds, late) as client:
            found = client.send_message(mailing.message, mailing.sender, mailing.recipients)
    except (smtplib.SMTPException, OSError) as error:
        is_late = late.is_set() or time.monotonic() >= until  # the connection's own patience may end first
        reason = f"it took longer than {seconds:g} seconds" if is_late else None
        raise _failed(error, server, reason) from error
    return {address: _reply(*answer) for address, answer in found.items()}


@contextmanager
def _connected(server: Server, seconds: float, late: threading.Event) -> Iterator[smtplib.SMTP]:
    """A connection that is secret where it must be, logged in, and cut when all the time is up."""
    tls = ssl.create_default_context()
    name = socket.gethostname()
    own = name if "." in name else "[127.0.0.1]"  # else smtplib asks the network for a better one
    if server.implicit_tls:
        client: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=own, timeout=seconds, context=tls)
    else:
        client = smtplib.SMTP(local_hostname=own, timeout=seconds)
    client._host = server.host  # type: ignore[attr-defined] # what the certificate must say; else only the constructor, which connects, sets it
    timer = threading.Timer(seconds, _cut, (client, late))
    timer.daemon = True
    timer.start()
    try:
        client.connect(server.host, server.port)
        client.ehlo_or_helo_if_needed()
        if not server.implicit_tls and _wants_tls(server, client):
            client.starttls(context=tls)
        if server.user:
            client.login(server.user, server.password)
        yield client
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
    finally:
        timer.cancel()
        client.close()


def _wants_tls(server: Server, client: smtplib.SMTP) -> bool:
    return server.starttls == REQUIRED or (server.starttls == OFFERED and client.has_extn("starttls"))


def _cut(client: smtplib.SMTP, late: threading.Event) -> None:
    """A server that answers byte by byte is in time with every single one."""
    late.set()
    if client.sock is not None:
        with suppress(OSError):
            client.sock.shutdown(socket.SHUT_RDWR)


def _failed(error: Exception, server: Server, reason: str | None) -> Fault:
    told: dict[str, Any] = {"temporary": True}
    if reason is None:
        match error:
            case smtplib.SMTPRecipientsRefused():
                refused = {address: _reply(*answer) for address, answer in error.recipients.items()}
                temporary = all(each["code"] < 500 for each in refused.values())
                told = {"temporary": temporary, "refused": refused}
                reason = f"it takes none of the recipients: {next(iter(refused.values()))['message']}"
            case smtplib.SMTPResponseException():
                told = {**_reply(error.smtp_code, error.smtp_error), "temporary": 400 <= error.smtp_code < 500}
                reason = f"it answered {told['code']} {told['message']}"
            case smtplib.SMTPNotSupportedError() | ssl.SSLError():
                told = {"temporary": False}
                reason = str(error)
            case _:
                reason = str(error) or type(error).__name__
    message = f"the mail server {server.host}:{server.port} did not take the mail: {reason}"
    return Fault("run/mail-error", message, status=502, details=told)


def _reply(code: int, said: bytes | str) -> dict[str, Any]:
    """A server's answer, as one short line."""
    written = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return {"code": code, "message": " ".join(written.split())[:200]}
