"""Real SMTP servers for tests: one that takes mail, and others that refuse, hang or die at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    """Keeps what it took. `at_rcpt`, `at_data`: replies in place of taking it; `hang`: never answers after the message;
    `die`: takes it and drops the connection; `slow`: seconds until it answers. `reached`: a message was offered."""

    def __init__(
        self, at_rcpt: str | None = None, at_data: str | None = None, hang: bool = False, die: bool = False, slow: float = 0
    ) -> None:
        self.at_rcpt, self.at_data, self.hang, self.die, self.slow = at_rcpt, at_data, hang, die, slow
        self.reached = asyncio.Event()
        self.taken: list[EmailMessage] = []
        self.offered = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Take the recipient, or say the chosen reply."""
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the message, and answer, hang, or drop the connection."""
        self.offered += 1
        self.reached.set()
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.hang:
            await asyncio.Event().wait()
        if self.at_data:
            return self.at_data
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, EmailMessage, policy=policy.default))
        if self.die:
            hang_up(server)
        return "250 OK"


def hang_up(server: SMTP) -> None:
    """Drop the connection without a word."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


@asynccontextmanager
async def mail_server(handler: Handler, port: int = 0) -> AsyncIterator[int]:
    """A server on a port of its own, or the given one; yields the port."""
    open_ones: set[SMTP] = set()

    def connection() -> SMTP:
        server = SMTP(handler, hostname="mail.test", loop=asyncio.get_running_loop(), enable_SMTPUTF8=False)
        open_ones.add(server)
        return server

    listening = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for server in open_ones:
            hang_up(server)
