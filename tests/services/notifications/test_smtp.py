"""An attempt at an e-mail against real SMTP servers: each end means what it says, and nothing is handed over unasked."""

import asyncio
import socket
from email.message import EmailMessage

import pytest

from services.notifications.domain import Result
from services.notifications.effects.smtp import Mailer, Outcome
from services.notifications.settings import NotificationsSettings
from tests.services.notifications.mail_servers import Handler, mail_server


def a_mail() -> EmailMessage:
    """A short message."""
    message = EmailMessage()
    message["Subject"] = "Won: Acme"
    message.set_content("Hello\n.\nbye")
    return message


async def attempt(handler: Handler, address: str = "dana@baton.example", may_go: bool = True) -> Outcome | None:
    """One attempt against a server that behaves as its handler says."""
    async with mail_server(handler) as port:
        return await through(port, address, may_go)


async def through(port: int, address: str = "dana@baton.example", may_go: bool = True) -> Outcome | None:
    """One attempt by way of a port."""

    async def hand_over() -> bool:
        return may_go

    settings = NotificationsSettings(smtp_port=port, smtp_timeout=0.5)
    return await Mailer(settings).deliver(a_mail(), address, hand_over)


@pytest.mark.requirement("N1")
async def test_an_e_mail_that_the_provider_takes_is_sent() -> None:
    handler = Handler()
    assert await attempt(handler) == Outcome(Result.SENT)
    (mail,) = handler.taken
    assert mail["Subject"] == "Won: Acme"
    assert mail.get_content().splitlines() == ["Hello", ".", "bye"]


@pytest.mark.requirement("N2")
@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (Handler(at_rcpt="550 no such user"), Outcome(Result.REFUSED, "SMTP 550")),
        (Handler(at_rcpt="451 try later"), Outcome(Result.PUT_OFF, "SMTP 451")),
        (Handler(at_data="554 not this"), Outcome(Result.REFUSED, "SMTP 554")),
        (Handler(at_data="452 mailbox full"), Outcome(Result.PUT_OFF, "SMTP 452")),
    ],
    ids=["recipient refused", "recipient put off", "message refused", "message put off"],
)
async def test_a_providers_answer_is_believed(handler: Handler, outcome: Outcome) -> None:
    """N2: a definite answer decides, and the recorded reason is its code, never what it says about people."""
    assert await attempt(handler) == outcome
    assert not handler.taken


@pytest.mark.requirement("N2")
@pytest.mark.parametrize("handler", [Handler(hang=True), Handler(die=True)], ids=["hangs", "dies"])
async def test_silence_after_the_message_is_uncertain(handler: Handler) -> None:
    """N2: once the message is out, a provider that does not answer may have taken it: nobody knows, and that is what is said."""
    outcome = await attempt(handler)
    assert outcome is not None
    assert outcome.result is Result.UNKNOWN
    assert handler.offered == 1


async def test_a_provider_that_is_not_there_has_certainly_taken_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = await through(taken.getsockname()[1])
    assert outcome is not None
    assert outcome.result is Result.PUT_OFF


async def test_a_provider_that_says_nothing_at_all_has_certainly_taken_nothing() -> None:
    closing = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closing.wait()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    outcome = await through(server.sockets[0].getsockname()[1])
    closing.set()
    server.close()
    assert outcome is not None
    assert outcome.result is Result.PUT_OFF


@pytest.mark.requirement("N2")
async def test_an_attempt_that_was_overtaken_hands_nothing_over() -> None:
    """N2: the fence is asked before the first byte of the message; if it says no, the provider never sees it."""
    handler = Handler()
    assert await attempt(handler, may_go=False) is None
    assert handler.offered == 0


async def test_an_address_that_the_provider_cannot_take_is_refused_before_anything_is_sent() -> None:
    handler = Handler()
    outcome = await attempt(handler, "jürgen@baton.example")
    assert outcome is not None
    assert outcome.result is Result.REFUSED
    assert handler.offered == 0
