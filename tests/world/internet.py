"""The services that examples call, played by a server of ours: it notes what it is asked and answers as it is told.

It speaks plain HTTP at ``url``. Used as a proxy it is the internet: whatever host is asked for by HTTPS, it plays
that one too, with a certificate of an authority of its own.
"""

from __future__ import annotations

import datetime
import json
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Services:
    """What was asked so far, in order, and what is answered: for each path a status and a JSON value."""

    def __init__(self) -> None:
        self.received: list[Asked] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.url = ""
        self.authority = ""
        """The file of the authority that signed the hosts' certificate."""

    def answer(self, path: str, value: Any, status: int = 200) -> None:
        self.answers[path] = (status, value)


@contextmanager
def serving(*hosts: str) -> Iterator[Services]:
    """Services at a plain URL, and behind it as a proxy at https:// for each of the hosts."""
    services = Services()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        certificate, services.authority = _certificates(Path(folder), hosts or ("localhost",))
        tls.load_cert_chain(certificate)
        with _server(services, tls) as port:
            services.url = f"http://127.0.0.1:{port}"
            yield services


@contextmanager
def _server(services: Services, tls: ssl.SSLContext) -> Iterator[int]:
    """A listening server; its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            services.received.append(Asked(self.command, self.path, headers, body))
            status, value = services.answers.get(self.path, (200, {"ok": True}))
            written = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.connection = tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
            self.handle()

        do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _certificates(folder: Path, hosts: tuple[str, ...]) -> tuple[Path, str]:
    """A certificate for the hosts with its key, and the authority that signed it, as files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    now = datetime.datetime.now(datetime.UTC)
    key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])

    def signed(subject: x509.Name, public: Any, *extensions: Any) -> Any:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=not isinstance(extension, x509.SubjectAlternativeName))
        return builder.sign(key, hashes.SHA256())

    root = signed(authority, key.public_key(), x509.BasicConstraints(ca=True, path_length=0), _may_sign())
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    own = signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])]), own_key.public_key(), names)
    private = own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "authority.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "service.pem").write_bytes(private + own.public_bytes(Encoding.PEM))
    return folder / "service.pem", str(folder / "authority.pem")


def _may_sign() -> Any:
    """What a strict client wants of an authority's certificate."""
    from cryptography import x509

    uses = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    others = dict.fromkeys((*uses, "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, **others)
