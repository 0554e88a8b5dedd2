"""Notifications and e-mails: one recipient hears of one event on one channel once."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "notifications"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Rows, private messages and mails of one event, recipient and channel are one; what was sent for certain is a mail."""
    run = evidence.run
    if SERVICE not in run.services:
        return
    rows = run.services[SERVICE].all("notifications")
    ways: dict[tuple[str, ...], list[str]] = {}
    for id_, row in rows.items():
        ways.setdefault((row["because_of"], row["recipient"], row["channel"]), []).append(id_)
    for (event, recipient, channel), same in ways.items():
        if len(same) > 1:
            yield Violation(Broken.NOTICE, f"{recipient} was told {len(same)} times by {channel} of one event", (event, *same))
    told: dict[tuple[str, str], set[str]] = {}
    for record in run.topic(f"{SERVICE}.private"):
        if record.name == "NotifyRecipient":
            told.setdefault((str(record.body["because_of"]), str(record.body["recipient_id"])), set()).add(record.id)
    for (event, recipient), ids in told.items():
        if len(ids) > 1:
            yield Violation(Broken.NOTICE, f"{recipient} was to be told {len(ids)} times of one event", (event, *sorted(ids)))
    yield from _mails(evidence)


def _mails(evidence: Evidence) -> Iterator[Violation]:
    run = evidence.run
    if run.mails is None:
        return
    times = Counter(message_id.partition("@")[0] for message_id in run.mails)
    emails = run.services[SERVICE].all("emails")
    ordered = {record.body.get("email_id") for record in run.topic(f"{SERVICE}.private") if record.name == "SendEmail"}
    forgotten = {record.key for record in run.topic(f"{SERVICE}.private") if record.name == "EmailExpired"}
    for id_, count in times.items():
        if count > 1:
            yield Violation(Broken.NOTICE, f"an e-mail was sent {count} times", (id_,))
        if id_ not in emails and not (id_ in forgotten and id_ in ordered):
            yield Violation(Broken.UNASKED, "an e-mail was sent that the service does not know", (id_,))
    for id_, email in emails.items():
        if email["state"]["status"] == "sent" and times[id_] == 0:
            yield Violation(Broken.LOST, f"an e-mail to {email['state']['recipient_id']} counts as sent, and never was", (id_,))
