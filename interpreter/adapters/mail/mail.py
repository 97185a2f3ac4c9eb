"""The parameters of send_email become a mail that was handed in, or lines of the run's log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpreter.adapters.mail.message import Mailing, compose
from interpreter.context import Files
from interpreter.settings import Settings
from interpreter.values import shown_size

MOST_LINES = 200
"""Of a mail's text that are printed."""
SENDER = "stacks@localhost"
"""Of a mail that is printed only, and says nothing else."""

Log = Callable[[str, str, Any], None]


class Mail:
    """The mail of one workspace (``context.Mail``)."""

    def __init__(self, settings: Settings, files: Callable[[], Files]) -> None:
        self._settings = settings
        self._files = files

    def send(self, given: dict[str, Any], step_id: str, log: Log) -> dict[str, Any]:
        settings = self._settings
        if settings.smtp_url is None:
            mailing = compose(given, step_id, settings.mail_from or SENDER, self._files)
            for line in _shown(mailing):
                log("mail", line, None)
            return _result(mailing, {}, printed=True)
        from interpreter.adapters.mail.smtp import deliver, server_of

        mailing = compose(given, step_id, settings.mail_from, self._files)
        refused = deliver(server_of(settings.smtp_url), mailing, settings.smtp_timeout)
        return _result(mailing, refused, printed=False)


def _result(mailing: Mailing, refused: dict[str, Any], *, printed: bool) -> dict[str, Any]:
    accepted = [each for each in mailing.recipients if each not in refused]
    return {"id": mailing.message["Message-ID"], "accepted": accepted, "refused": refused, "printed": printed}


def _shown(mailing: Mailing) -> list[str]:
    """A mail as one readable block."""
    message = mailing.message
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Cc", "Reply-To", "Subject") if message[name]]
    shown = [str(message[name]) for name in ("To", "Cc") if message[name]]
    hidden = [each for each in mailing.recipients if not any(each in others for others in shown)]
    if hidden:
        headers.insert(2, f"Bcc: {', '.join(hidden)}")
    part = message.get_body(("plain", "html"))
    lines = part.get_content().splitlines() if part else []
    cut = [f"… {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    attached = [f"attached: {each.name} ({shown_size(len(each.content))})" for each in mailing.attachments]
    return ["not sent, since smtp_url is not set:", *headers, "", *lines[:MOST_LINES], *cut, *attached]
