"""The parameters of send_email become a message as mail servers read it."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from mimetypes import guess_type
from typing import Any, NamedTuple

from interpreter.adapters.mail.people import is_plain, people
from interpreter.context import Files
from interpreter.diagnostic import Fault
from interpreter.values import absent, preview, text

LONGEST_SUBJECT = 1000
MOST_BYTES = 25 * 1024 * 1024
"""Of all attachments together: what most servers take."""
MOST_ATTACHMENTS = 100
_TYPE = re.compile(r"([a-z0-9][a-z0-9.+-]*)/([a-z0-9][a-z0-9.+-]*)", re.I)
_NOT_BY_ITSELF = ("message", "multipart")
"""Types whose content may not be encoded: attached as plain bytes."""


class Attachment(NamedTuple):
    """What goes along with a mail."""

    name: str
    type: str
    content: bytes


class Mailing(NamedTuple):
    """A message and its envelope."""

    message: EmailMessage
    sender: str
    recipients: tuple[str, ...]
    attachments: tuple[Attachment, ...]


def compose(given: dict[str, Any], step_id: str, default_sender: str | None, files: Callable[[], Files]) -> Mailing:
    """A message whose id is made of the step's, so that one that was sent twice can be recognised.

    Faults: run/wrong-value, run/wrong-type, run/too-large, and those of reading a stored file.
    """
    sender = _sender(given.get("from"), default_sender)
    to, cc, bcc = (people(given.get(name), name) for name in ("to", "cc", "bcc"))
    if not (to or cc or bcc):
        raise Fault("run/wrong-value", "the mail goes to nobody")
    message = EmailMessage(SMTP)
    message["Message-ID"] = f"<{step_id}@{sender.domain}>"
    message["Date"] = formatdate(time.time())
    message["From"] = sender
    for name, value in (("To", to), ("Cc", cc), ("Reply-To", people(given.get("reply_to"), "reply_to"))):
        if value:
            message[name] = value
    message["Subject"] = _subject(given.get("subject"))
    _fill(message, given.get("body"), given.get("html"))
    attachments = tuple(_attachments(given.get("attachments"), files))
    for each in attachments:
        main, _, sub = each.type.partition("/")
        message.add_attachment(each.content, maintype=main, subtype=sub, filename=each.name)
    recipients = dict.fromkeys(each.addr_spec for each in (*to, *cc, *bcc))
    return Mailing(message, sender.addr_spec, tuple(recipients), attachments)


def _sender(given: Any, default: str | None) -> Address:
    found = people(default if absent(given) else given, "from" if not absent(given) else "mail_from")
    if len(found) != 1:
        hint = "set mail_from in interpreter.toml"
        raise Fault("run/wrong-value", 'a mail needs one sender: "from", or the setting mail_from', hint)
    return found[0]


def _subject(given: Any) -> str:
    subject = text(given)
    if not is_plain(subject):
        what = "a line break, a control character or an encoded word"
        raise Fault("run/wrong-value", f"the subject {preview(subject)} has {what} in it")
    if len(subject) > LONGEST_SUBJECT:
        raise Fault("run/wrong-value", f"the subject has {len(subject):,} characters, {LONGEST_SUBJECT:,} are allowed")
    return subject


def _fill(message: EmailMessage, body: Any, html: Any) -> None:
    """Text, HTML, or the one as an alternative of the other."""
    if absent(body) and absent(html):
        raise Fault("run/wrong-value", 'a mail needs "body" or "html"')
    if absent(body):
        message.set_content(text(html), subtype="html")
        return
    message.set_content(text(body))
    if not absent(html):
        message.add_alternative(text(html), subtype="html")


def _attachments(given: Any, files: Callable[[], Files]) -> Iterator[Attachment]:
    listed = [] if absent(given) else given if isinstance(given, list) else [given]
    if len(listed) > MOST_ATTACHMENTS:
        raise Fault("run/too-large", f"{len(listed):,} attachments are too many: {MOST_ATTACHMENTS} are allowed")
    size = 0
    for each in listed:
        attachment = _attachment(each, files)
        size += len(attachment.content)
        if size > MOST_BYTES:
            raise Fault("run/too-large", f"the attachments take more than {MOST_BYTES:,} bytes", status=413)
        yield attachment


def _attachment(given: Any, files: Callable[[], Files]) -> Attachment:
    """A path in the storage, or {file, private?, name?, type?}, or {content, encoding?, name, type?}."""
    wanted = {"file": given} if isinstance(given, str) else given
    if not isinstance(wanted, dict) or ("file" in wanted) == ("content" in wanted):
        hint = 'such as {"file": "invoices/7.pdf"} or {"name": "note.txt", "content": "…"}'
        raise Fault("run/wrong-value", f'an attachment is {preview(given)}, expected "file" or "content"', hint)
    if "file" in wanted:
        path = text(wanted["file"])
        content = files().read_bytes(path, private=wanted.get("private") is True)
    else:
        path, content = "attachment", _content(wanted)
    name = _file_name(text(wanted.get("name")) or path)
    return Attachment(name, _type(wanted.get("type"), name), content)


def _content(wanted: dict[str, Any]) -> bytes:
    written = text(wanted["content"])
    if wanted.get("encoding", "text") == "text":
        return written.encode()
    try:
        return b64decode(written, validate=True)
    except ValueError:
        raise Fault("run/wrong-value", "an attachment's content is not base64") from None


def _file_name(given: str) -> str:
    name = given.replace("\\", "/").rpartition("/")[2]
    if not name or len(name) > 255 or not is_plain(name):
        raise Fault("run/wrong-value", f"{preview(given)} is no name for an attachment")
    return name


def _type(given: Any, name: str) -> str:
    if absent(given):
        given = guess_type(name)[0] or "application/octet-stream"
    matched = _TYPE.fullmatch(text(given))
    if not matched:
        raise Fault("run/wrong-value", f"{preview(given)} is no type of content", "such as application/pdf")
    return "application/octet-stream" if matched[1].lower() in _NOT_BY_ITSELF else matched[0]
