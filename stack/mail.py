"""The mail catcher: a real SMTP server that delivers nothing and shows what it took as JSON over HTTP.

`python -m stack.mail --store FILE --smtp-port N --http-port N [--host ADDRESS]` runs it by itself.
"""

import argparse
import asyncio
import contextlib
import socket
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, HTTPException

from stack.mailbox import Mail, Mailbox

READY = "Mail catcher ready"
_LARGEST_MESSAGE = 32 * 1024 * 1024


class Catcher:
    """What aiosmtpd calls with each message that a client has sent in full."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message and accept it; the answer to the client carries its number."""
        content = envelope.content or b""
        mail = self._mailbox.keep(envelope.mail_from or "", envelope.rcpt_tos, content if isinstance(content, bytes) else content.encode())
        return f"250 OK: kept as {mail.id}"


def pages(mailbox: Mailbox) -> FastAPI:
    """The JSON pages: `GET /messages` (filters: to, subject, after), `GET /messages/{id}`, `DELETE /messages`, `GET /health`."""
    app = FastAPI(title="Mail catcher", openapi_url=None)

    @app.get("/messages")
    async def messages(to: str | None = None, subject: str | None = None, after: int = 0, limit: int = 1000) -> list[Mail]:
        return mailbox.find(to, subject, after, limit)

    @app.get("/messages/{number}")
    async def message(number: int) -> Mail:
        if (mail := mailbox.get(number)) is None:
            raise HTTPException(404, f"there is no message {number}")
        return mail

    @app.delete("/messages", status_code=204)
    async def forget() -> None:
        mailbox.clear()

    @app.get("/health")
    async def health() -> dict[str, int]:
        return {"messages": len(mailbox)}

    return app


class _AnnouncingServer(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(READY, flush=True)


async def serve(mailbox: Mailbox, host: str, smtp_port: int, http_port: int) -> None:
    """Serve both protocols until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    catcher = Catcher(mailbox)
    smtp = await loop.create_server(
        lambda: SMTP(catcher, hostname="mail-catcher", enable_SMTPUTF8=True, data_size_limit=_LARGEST_MESSAGE), host, smtp_port
    )
    server = _AnnouncingServer(uvicorn.Config(pages(mailbox), host=host, port=http_port, log_level="warning", lifespan="off"))
    async with smtp:
        await server.serve()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m stack.mail", description="An SMTP server that keeps every message and delivers none.")
    parser.add_argument("--store", type=Path, required=True, help="the file that keeps the messages, one JSON line each")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Mailbox(given.store), given.host, given.smtp_port, given.http_port))


if __name__ == "__main__":
    main()
