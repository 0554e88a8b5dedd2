"""An e-mail's letter: who it goes to, and what it says, as both stand when it is sent."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from chassis.mongo import Database
from chassis.people_store import find_people
from contracts.notifications import Audience
from services.notifications import rendering
from services.notifications.domain import DEPARTMENT_PREFIX, ROWS, Email, Result
from services.notifications.effects.smtp import Outcome
from services.notifications.policy import NotificationsPolicy
from services.notifications.settings import NotificationsSettings
from services.notifications.wording import wording

PLAIN = SMTP.clone(cte_type="7bit")
"""Bodies in seven bits: every provider takes them."""


@dataclass(frozen=True)
class Letter:
    """A message and its one address."""

    address: str
    message: EmailMessage


@dataclass(frozen=True)
class Addressee:
    """Name and address of a recipient."""

    name: str
    address: str


async def compose(db: Database, email: Email, policy: NotificationsPolicy, settings: NotificationsSettings) -> Letter | Outcome:
    """The letter; or the outcome where there is nobody to write to, or nothing to say."""
    addressee = await _addressee(db, email, policy)
    if isinstance(addressee, Outcome):
        return addressee
    found = db[ROWS].find({"email": email.email_id}).sort([("happened_at", 1), ("_id", 1)])
    rows = await found.limit(policy.digest_items).to_list(None)
    if not rows:
        return Outcome(Result.EMPTY)
    people, words = await find_people(db, rendering.mentioned(rows)), wording()
    items = [rendering.item(row, people, words) for row in rows]
    if email.digest is None:
        page = rendering.notice(items[0], addressee.name, words)
    else:
        left_out = await db[ROWS].count_documents({"email": email.email_id}) - len(rows) if len(rows) == policy.digest_items else 0
        page = rendering.digest(items, left_out, addressee.name, words)
    try:
        return Letter(addressee.address, _message(email, addressee, page, settings))
    except ValueError:
        return Outcome(Result.REFUSED, "the recipient's address cannot be written in a header")


async def _addressee(db: Database, email: Email, policy: NotificationsPolicy) -> Addressee | Outcome:
    if email.audience is Audience.DEPARTMENT:
        mailbox = policy.mailboxes.get(email.recipient_id.removeprefix(DEPARTMENT_PREFIX))
        return Addressee(mailbox.name, mailbox.address) if mailbox else Outcome(Result.REFUSED, "the policy has no such mailbox")
    person = (await find_people(db, [email.recipient_id])).get(email.recipient_id)
    if person is None:
        # the record may still be on its way: topics race each other
        return Outcome(Result.PUT_OFF, "no record of the recipient")
    return Addressee(person.name, person.email) if person.email else Outcome(Result.REFUSED, "the recipient has no address")


def _message(email: Email, addressee: Addressee, page: rendering.Page, settings: NotificationsSettings) -> EmailMessage:
    """The message. Its id is the e-mail's own, so that a receiver can tell a copy sent again.

    Raises:
        ValueError: the address does not fit a header (RFC 5322).
    """
    message = EmailMessage(policy=PLAIN)
    message["From"] = settings.sender
    message["To"] = Address(display_name=" ".join(addressee.name.split()), addr_spec=addressee.address)
    message["Subject"] = page.subject
    message["Date"] = format_datetime(email.queued_at)
    message["Message-ID"] = f"<{email.email_id}@{settings.sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    message.set_content(page.text)
    message.add_alternative(page.html, subtype="html")
    return message
