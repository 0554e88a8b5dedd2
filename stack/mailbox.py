"""The mail catcher's messages: in memory for reading, in a file of JSON lines for the next start."""

import email
import email.policy
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import MIMEPart
from pathlib import Path

from pydantic import BaseModel


class Mail(BaseModel):
    """One message as the server took it."""

    id: int
    """Counts from 1 in the order of arrival."""
    received_at: datetime
    sender: str
    """The envelope's sender."""
    to: list[str]
    """The envelope's recipients, which are who gets it; the headers may say otherwise."""
    subject: str
    text: str
    """The plain text part; empty when there is none."""
    html: str
    """The HTML part; empty when there is none."""
    headers: dict[str, str]
    attachments: list[str]
    """The other parts: file name, or content type where there is none."""


class Mailbox:
    """All messages, in the order of their arrival."""

    def __init__(self, store: Path) -> None:
        self._store = store
        store.parent.mkdir(parents=True, exist_ok=True)
        lines = store.read_text().splitlines() if store.exists() else []
        self._mails = [mail for line in lines if (mail := _read(line)) is not None]
        self._last = self._mails[-1].id if self._mails else 0

    def __len__(self) -> int:
        return len(self._mails)

    def keep(self, sender: str, recipients: Iterable[str], content: bytes) -> Mail:
        """Take a message in: `content` is the raw RFC 5322 text."""
        self._last += 1
        mail = _parse(self._last, sender, list(recipients), content)
        with self._store.open("a") as store:
            store.write(mail.model_dump_json() + "\n")
        self._mails.append(mail)
        return mail

    def get(self, number: int) -> Mail | None:
        """The message of that number, or None."""
        return next((mail for mail in self._mails if mail.id == number), None)

    def find(self, to: str | None, subject: str | None, after: int, limit: int) -> list[Mail]:
        """The first `limit` messages after number `after`, to a recipient `to`, with `subject` somewhere in their subject."""
        fitting = (
            mail
            for mail in self._mails
            if mail.id > after
            and (to is None or to.casefold() in {address.casefold() for address in mail.to})
            and (subject is None or subject.casefold() in mail.subject.casefold())
        )
        return [mail for mail, _ in zip(fitting, range(limit), strict=False)]

    def clear(self) -> None:
        """Forget every message; numbers go on from where they were."""
        self._mails.clear()
        self._store.write_text("")


def _read(line: str) -> Mail | None:
    # A kill in the middle of a write leaves half a last line: that message was never acknowledged, so it is no loss.
    try:
        return Mail.model_validate_json(line)
    except ValueError:
        return None


def _parse(number: int, sender: str, recipients: list[str], content: bytes) -> Mail:
    message = email.message_from_bytes(content, policy=email.policy.default)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return Mail(
        id=number,
        received_at=datetime.now(UTC),
        sender=sender,
        to=recipients,
        subject=str(message.get("subject", "")),
        text=_content(plain),
        html=_content(html),
        headers={name: str(value) for name, value in message.items()},
        attachments=[part.get_filename() or part.get_content_type() for part in message.iter_attachments()],
    )


def _content(part: MIMEPart | None) -> str:
    return "" if part is None else str(part.get_content())
