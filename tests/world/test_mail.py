"""Mail handed to a real server: secret where it must be, recognisable when repeated, and never waited for too long."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from engines.conftest import LENIENCE, Place

from interpreter.adapters.mail.mail import Mail
from interpreter.adapters.mail.smtp import server_of
from interpreter.diagnostic import Fault, Rejected
from interpreter.settings import Secret, Sender, Settings, read_settings

from .conftest import command, given, run_by_a_worker, run_here

CERTIFICATE = Path(__file__).parents[1] / "engines" / "localhost.pem"
HELLO = {"to": "ada@example.com", "subject": "Hello", "body": "Good day"}


class Inbox:
    """What a server of the test's own was given, with its envelope."""

    def __init__(self) -> None:
        self.received: list[tuple[str, list[str], EmailMessage]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("nobody"):
            return "550 no such user"
        if address.startswith("later"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 taken"


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(inbox: Inbox, host: str = "127.0.0.1", **options: Any) -> Iterator[int]:
    controller = Controller(inbox, hostname=host, port=free_port(host), enable_SMTPUTF8=True, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def mail(url: str, seconds: float = 5) -> Mail:
    settings = Settings(smtp_url=Secret(url), smtp_timeout=seconds, mail_from=Sender("Shop <shop@example.com>"))
    return Mail(settings, lambda: pytest.fail("no file was asked for"))


def send(url: str, message: dict[str, Any], seconds: float = 5) -> dict[str, Any]:
    return mail(url, seconds).send(message, "step-7", lambda *_: pytest.fail("nothing is printed"))


STACK = [
    {
        "function": "send_email",
        "to": "Ada <ada@example.com>",
        "cc": ["grace@example.com"],
        "bcc": "hidden@example.com",
        "from": "Shöp <shop@example.com>",
        "reply_to": "help@example.com",
        "subject": "Order {{ input.id }} ✓",
        "body": "Dear Ada,\n.\nthanks",
        "html": "<p>Dear Ada</p>",
        "attachments": [{"name": "bill.bin", "content": b64encode(bytes(range(256))).decode(), "encoding": "base64"}],
    },
    {"function": "return_value", "value": "{{ send_email }}"},
]


@pytest.mark.parametrize("run", [run_here, run_by_a_worker])
def test_a_stack_writes_to_people(embedded: Place, inbox: Inbox, run: Callable[..., Any]) -> None:
    with server(inbox) as port:
        with (embedded.root / "interpreter.toml").open("a") as file:
            file.write(f'smtp_url = "smtp://127.0.0.1:{port}"\n')
        answer = run(embedded, STACK, {"id": 7})
    ((sender, recipients, message),) = inbox.received
    assert (sender, recipients) == ("shop@example.com", ["ada@example.com", "grace@example.com", "hidden@example.com"])
    assert answer == {"id": message["Message-ID"], "accepted": recipients, "refused": {}, "printed": False}
    assert {name: str(message[name]) for name in ("From", "To", "Cc", "Reply-To", "Subject")} == {
        "From": "Shöp <shop@example.com>",
        "To": "Ada <ada@example.com>",
        "Cc": "grace@example.com",
        "Reply-To": "help@example.com",
        "Subject": "Order 7 ✓",
    }
    assert "hidden" not in message.as_string()
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert text.get_content().splitlines() == ["Dear Ada,", ".", "thanks"]
    assert html
    assert html.get_content().splitlines() == ["<p>Dear Ada</p>"]
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("bill.bin", bytes(range(256)))
    if run is run_by_a_worker:
        execution_id = embedded.engine.newest(function="stack", limit=1)[0]["execution_id"]
        assert answer["id"].startswith(f"<{execution_id}-")


def test_a_repeated_step_is_recognised(inbox: Inbox) -> None:
    with server(inbox) as port:
        ids = {send(f"smtp://localhost:{port}", HELLO)["id"] for _ in range(2)}
    assert ids == {"<step-7@example.com>"}
    assert {str(message["Message-ID"]) for _, _, message in inbox.received} == ids


def test_a_worker_that_dies_while_it_sends_sends_again_under_the_same_id(embedded: Place) -> None:
    """The server has taken the mail, and the process is killed before it hears so."""

    class Killer(Inbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            answer = await super().handle_DATA(server, session, envelope)
            if len(self.received) == 1:
                for child in psutil.Process(embedded.workers[0].pid).children():
                    child.kill()
            return answer

    killer = Killer()
    with server(killer) as port:
        with (embedded.root / "interpreter.toml").open("a") as file:
            file.write(f'smtp_url = "smtp://127.0.0.1:{port}"\n')
        answer = run_by_a_worker(embedded, STACK, {"id": 7})
    assert [str(message["Message-ID"]) for _, _, message in killer.received] == [answer["id"]] * 2


def test_a_server_elsewhere_must_speak_in_secret(inbox: Inbox) -> None:
    with server(inbox, "127.0.0.2") as port:
        with pytest.raises(Fault, match="STARTTLS extension not supported") as raised:
            send(f"smtp://127.0.0.2:{port}", HELLO)
        assert raised.value.type == "mail_error"
        assert not raised.value.details["temporary"]
        assert not inbox.received
        assert send(f"smtp://127.0.0.2:{port}?starttls=never", HELLO)["accepted"] == ["ada@example.com"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_secret_connection_with_a_login(inbox: Inbox, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def knows(server: Any, session: Any, envelope: Any, mechanism: Any, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        return AuthResult(success=told == LoginPassword(b"us:er", b"p@ss/word"), handled=False)

    options = {"ssl_context": tls()} if scheme == "smtps" else {"tls_context": tls(), "require_starttls": True}
    with server(inbox, authenticator=knows, auth_require_tls=False, **options) as port:
        url = f"{scheme}://us%3Aer:p%40ss%2Fword@localhost:{port}"
        with pytest.raises(Fault, match="certificate verify failed") as raised:
            send(url, HELLO)
        assert "p@ss" not in raised.value.message
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert send(url, HELLO)["accepted"] == ["ada@example.com"]
        with pytest.raises(Fault, match="535") as raised:
            send(url.replace("word@", "wrong@"), HELLO)
        assert raised.value.details["code"] == 535
    assert len(inbox.received) == 1


def test_those_whom_the_server_does_not_take(inbox: Inbox) -> None:
    with server(inbox) as port:
        url = f"smtp://localhost:{port}"
        sent = send(url, {**HELLO, "to": ["nobody@example.com", "ada@example.com"]})
        assert sent["accepted"] == ["ada@example.com"]
        assert sent["refused"] == {"nobody@example.com": {"code": 550, "message": "no such user"}}
        with pytest.raises(Fault, match="none of the recipients: no such user") as raised:
            send(url, {**HELLO, "to": "nobody@example.com"})
        assert raised.value.details["temporary"] is False
        with pytest.raises(Fault, match="try again later") as raised:
            send(url, {**HELLO, "to": "later@example.com"})
        assert raised.value.details["temporary"] is True


def test_an_address_that_only_some_servers_understand(inbox: Inbox) -> None:
    with server(inbox) as port:
        send(f"smtp://localhost:{port}", {**HELLO, "to": "dépôt@bücher.example"})
    assert inbox.received[0][1] == ["dépôt@xn--bcher-kva.example"]


@pytest.mark.parametrize("said", [b"", b"2", b"220 hello\r\n"], ids=["nothing", "byte by byte", "no answer"])
def test_a_server_that_takes_its_time(said: bytes) -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def dawdle() -> None:
            client, _ = listening.accept()
            with client:
                client.sendall(said)
                while not over.wait(0.05):
                    if said == b"2":
                        try:
                            client.sendall(b"2")
                        except OSError:
                            return

        slow = threading.Thread(target=dawdle)
        slow.start()
        began = time.monotonic()
        with pytest.raises(Fault, match=r"did not take the mail: it took longer than 0\.3 seconds") as raised:
            send(f"smtp://127.0.0.1:{listening.getsockname()[1]}", HELLO, 0.3)
        over.set()
        slow.join()
        assert raised.value.details == {"temporary": True}
        assert time.monotonic() - began < 1 * LENIENCE


def test_nobody_listens() -> None:
    with pytest.raises(Fault, match="Connection refused") as raised:
        send(f"smtp://127.0.0.1:{free_port('127.0.0.1')}", HELLO)
    assert raised.value.code == "run/mail-error"


@pytest.mark.parametrize("url", ["http://a", "smtp://", "smtp://a:99999", "smtp://a?starttls=maybe"])
def test_a_url_that_is_no_mail_servers(url: str) -> None:
    with pytest.raises(Fault, match="the smtp_url cannot be used"):
        server_of(url)


def test_settings_are_checked_and_tell_no_password(tmp_path: Path) -> None:
    (tmp_path / "interpreter.toml").write_text('smtp_url = "user:hunter2@host"\nmail_from = "nobody"\n')
    with pytest.raises(Rejected) as raised:
        read_settings(tmp_path, {})
    assert "hunter2" not in str(raised.value)
    assert "mail_from" in str(raised.value)
    assert "hunter2" not in repr(Settings(smtp_url=Secret("smtp://user:hunter2@host")))


def test_a_sender_is_needed() -> None:
    nameless = Mail(Settings(smtp_url=Secret("smtp://localhost")), lambda: pytest.fail("no file was asked for"))
    with pytest.raises(Fault, match="needs one sender"):
        nameless.send(HELLO, "step", print)


def test_without_a_server_the_mail_is_printed(embedded: Place) -> None:
    ended = command(embedded, "run", *given(embedded, STACK, {"id": 7}))
    assert ended.returncode == 0
    lines = [line.removeprefix("mail: ") for line in ended.stderr.splitlines() if line.startswith("mail: ")]
    assert lines[0] == "not sent, since smtp_url is not set:"
    assert "Subject: Order 7 ✓" in lines
    assert lines[-1] == "attached: bill.bin (256 bytes)"
    assert run_by_a_worker(embedded, STACK, {"id": 7})["printed"] is True
    assert "mail: Subject: Order 7" in embedded.log()


def test_the_parts_of_smtplib_that_are_leaned_on() -> None:
    """The name that a certificate must have is set by hand: only smtplib's constructor, which connects, sets it."""
    assert smtplib.SMTP("").__dict__["_host"] == ""
