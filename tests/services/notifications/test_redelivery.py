"""One event reaches one recipient on one channel once, whatever is delivered again and in whatever order."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.notifications import DigestDue, NotifyRecipient
from services.notifications.domain import Recipient
from services.notifications.handlers import notify_recipient, send_digest
from tests.services.notifications.given import a_message, surroundings

KINDS = ("deal_won", "step_completed", "detractor_raised")
EVENTS = [a_message(f"event-{number}", kind=kind) for number in range(5) for kind in KINDS[number % 3 : number % 3 + 1]]
Act = NotifyRecipient | None


class Ledger:
    """What the database would hold: one recipient, their rows, their e-mails. `None` as an act: the timer of the digest fires."""

    def __init__(self) -> None:
        self.recipient: Recipient | None = None
        self.rows: dict[str, dict[str, Any]] = {}
        self.emails: dict[str, int] = {}

    def take(self, act: Act) -> None:
        """Decide, and write as a transaction would: a row that is there stays."""
        if act is None:
            number = self.recipient.digest if self.recipient else 1
            decision = send_digest(self.recipient, DigestDue(recipient_id="dana", digest=number), surroundings())
        else:
            decision = notify_recipient(self.recipient, act, surroundings())
        if decision is None:
            return
        self.recipient = decision.state
        for row in decision.rows:
            self.rows.setdefault(row.id, dict(row.content))
        for change in decision.changes:
            for kept in self.rows.values():
                if all(kept[name] == value for name, value in change.where.items()):
                    kept.update(change.set)
        for email in decision.events:
            self.emails.setdefault(email.key, 0)

    def what_was_told(self) -> set[tuple[str, str, str]]:
        """Row id, event and channel of each notification."""
        return {(id_, row["because_of"], row["channel"]) for id_, row in self.rows.items()}


@pytest.mark.requirement("N2")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=20), st.permutations(EVENTS))
def test_redelivery_in_any_order_leaves_the_same_notifications(again: list[NotifyRecipient], order: list[NotifyRecipient]) -> None:
    """N2: the set of notifications depends on which events there were, not on how often or in which order they came."""
    once, often = Ledger(), Ledger()
    for message in EVENTS:
        once.take(message)
    for message in [*again, *order, *again]:
        often.take(message)
    assert once.what_was_told() == often.what_was_told()
    assert len(often.rows) == 2 * len(EVENTS)


@pytest.mark.requirement("N2")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(EVENTS), st.none()), max_size=40))
def test_every_e_mail_notification_is_in_exactly_one_e_mail_that_goes_out(acts: list[Act]) -> None:
    """N2: whenever digests fire between deliveries, each notification is carried by one e-mail, and none is left behind."""
    ledger = Ledger()
    for act in [*acts, None]:
        ledger.take(act)
    carried = [row for row in ledger.rows.values() if row["channel"] == "email"]
    assert all(row["state"] == "queued" and row["email"] in ledger.emails for row in carried)
    assert {row["because_of"] for row in carried} == {act.because_of for act in acts if act}
