"""One e-mail over SMTP (RFC 5321), and what its end means: taken, certainly not taken, or not known."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)

from services.notifications.domain import Result
from services.notifications.settings import NotificationsSettings

REFUSED_FROM = 500
"""Reply codes from here on are for good; from 400 on, for now (RFC 5321, 4.2.1)."""
PUT_OFF_FROM = 400
QUIT_WITHIN = 2.0
"""Seconds to part politely in."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt went. `reason`: a code, never an address."""

    result: Result
    reason: str | None = None


class Mailer:
    """Hands e-mails to the provider of the settings, over one connection each."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings

    async def deliver(self, message: EmailMessage, address: str, hand_over: Callable[[], Awaitable[bool]]) -> Outcome | None:
        """Try once. `hand_over` is asked before the first byte that the provider could take; if it says no, nothing is sent: None.

        Up to that point every failure is certain: nobody took the e-mail. After it only the provider's own answer is.
        """
        client = self._client()
        try:
            early = await self._approach(client, address)
            if early:
                return early
            if not await hand_over():
                return None
            return await self._data(client, message)
        finally:
            await _part(client)

    def _client(self) -> SMTP:
        settings = self._settings
        start_tls = {"never": False, "if_offered": None, "always": True, "implicit": False}[settings.smtp_starttls]
        return SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            use_tls=settings.smtp_starttls == "implicit",
            start_tls=start_tls,
            timeout=settings.smtp_timeout,
            local_hostname=socket.gethostname(),
        )

    async def _approach(self, client: SMTP, address: str) -> Outcome | None:
        """Everything before the message itself; an outcome if it ends here."""
        try:
            await client.connect()
            if not address.isascii() and not client.supports_extension("smtputf8"):
                return Outcome(Result.REFUSED, "the provider does not take addresses beyond ASCII")
            options, encoding = ([], "ascii") if address.isascii() else (["SMTPUTF8"], "utf-8")
            await client.mail(self._settings.sender.addr_spec, options=options, encoding=encoding)
            await client.rcpt(address, encoding=encoding)
        except (SMTPConnectResponseError, SMTPHeloError, SMTPAuthenticationError) as error:
            # the provider is not talking to us at all; that is no verdict on this e-mail
            return Outcome(Result.PUT_OFF, f"{type(error).__name__}, SMTP {error.code}")
        except SMTPResponseException as error:
            return Outcome(Result.REFUSED if error.code >= REFUSED_FROM else Result.PUT_OFF, f"SMTP {error.code}")
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            return Outcome(Result.PUT_OFF, type(error).__name__)
        return None

    async def _data(self, client: SMTP, message: EmailMessage) -> Outcome:
        try:
            async with asyncio.timeout(2 * self._settings.smtp_timeout):
                await client.data(message.as_bytes())
        except SMTPDataError as error:
            return _answered(error.code)
        except Exception as error:  # whatever it was, the provider may have taken the message
            return Outcome(Result.UNKNOWN, type(error).__name__)
        return Outcome(Result.SENT)


def _answered(code: int) -> Outcome:
    if code >= REFUSED_FROM:
        return Outcome(Result.REFUSED, f"SMTP {code}")
    return Outcome(Result.PUT_OFF if code >= PUT_OFF_FROM else Result.UNKNOWN, f"SMTP {code}")


async def _part(client: SMTP) -> None:
    with suppress(SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(QUIT_WITHIN):
            if client.is_connected:
                await client.quit()
    client.close()
