"""Who heard: every event reaches exactly those whom the policy names, on exactly their channels, and in digests without a gap."""

from collections.abc import Iterator

from tests.chaos.checking.data import Document
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.hearing import channels, hear
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "notifications"
SETTLED = frozenset({"sent", "failed", "uncertain"})


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares events with the private messages that they led to, those with the rows, and rows with e-mails."""
    if SERVICE not in evidence.run.services:
        return
    told = _told(evidence)
    yield from _heard(evidence, told)
    yield from _rows(evidence, told)
    yield from _digests(evidence)


def _told(evidence: Evidence) -> dict[str, set[str]]:
    """Who was to be told, by the event's id."""
    found: dict[str, set[str]] = {}
    for record in evidence.run.firsts(f"{SERVICE}.private", evidence.run.source(SERVICE)):
        if record.name == "NotifyRecipient":
            found.setdefault(record.body["because_of"], set()).add(record.body["recipient_id"])
    return found


def _heard(evidence: Evidence, told: dict[str, set[str]]) -> Iterator[Violation]:
    for delivery in evidence.firsts:
        record = delivery.record
        if delivery.service != SERVICE or delivery.reason or evidence.excused(delivery) or not record.topic.endswith(".events"):
            continue
        wanted = hear(record.name, record.body)
        found = told.get(record.id, set())
        may_be_over = evidence.reopened.get(delivery.key, 1) > record.body.get("cycle", 1)
        if wanted is not None and found != wanted and (found or not may_be_over):
            what = f"{record.name} of {delivery.key} was told to {sorted(found)}, and must be to {sorted(wanted)}"
            yield Violation(Broken.LOST, what, (record.id,))


def _rows(evidence: Evidence, told: dict[str, set[str]]) -> Iterator[Violation]:
    there: dict[tuple[str, str], set[str]] = {}
    for row in evidence.run.services[SERVICE].all("notifications").values():
        there.setdefault((row["because_of"], row["recipient"]), set()).add(row["channel"])
    wanted = {(event, recipient): channels(recipient) for event, recipients in told.items() for recipient in recipients}
    for place in wanted.keys() | there.keys():
        found, must = there.get(place, set()), wanted.get(place, frozenset())
        if found != must:
            yield Violation(Broken.LOST, f"{place[1]} was notified by {sorted(found)}, and must be by {sorted(must)}", place)


def _digests(evidence: Evidence) -> Iterator[Violation]:
    """Digests of a recipient are numbered without a gap; every e-mail that was to go out is known, and has come to its end."""
    service = evidence.run.services[SERVICE]
    sent: dict[str, list[int]] = {}
    emails = service.all("emails")
    for record in evidence.run.firsts(f"{SERVICE}.private", evidence.run.source(SERVICE)):
        if record.name != "SendEmail":
            continue
        if record.body["digest"] is not None:
            sent.setdefault(record.body["recipient_id"], []).append(record.body["digest"])
        if record.body["email_id"] not in emails:
            yield Violation(Broken.LOST, f"an e-mail to {record.body['recipient_id']} was to go out, and is not known", (record.id,))
    for key, recipient in service.all("recipients").items():
        last = recipient["state"]["digest"] - 1
        if sorted(sent.get(key, [])) != list(range(1, last + 1)):
            yield Violation(Broken.STATE, f"{key} has had {last} digests, and {sorted(sent.get(key, []))} were sent", (key,))
    for id_, row in service.all("notifications").items():
        if row["channel"] == "email" and row["state"] == "queued" and row["email"] not in emails:
            yield Violation(Broken.LOST, f"a notification of {row['recipient']} is queued, and its e-mail is not known", (id_,))
        if row["state"] == "waiting_for_digest" and not _is_due(service.all("recipients").get(row["recipient"])):
            yield Violation(Broken.LOST, f"a notification of {row['recipient']} waits for a digest that is never due", (id_,))
        if row["channel"] == "email" and row["state"] not in (*SETTLED, "waiting_for_digest", "queued"):
            yield Violation(Broken.STATE, f"a notification is in the state {row['state']}", (id_,))
        if (
            row["channel"] == "email"
            and row["state"] in SETTLED
            and emails.get(row["email"], {}).get("state", {}).get("status") != row["state"]
        ):
            yield Violation(Broken.STATE, f"a notification is {row['state']}, and its e-mail is not", (id_, str(row["email"])))


def _is_due(recipient: Document | None) -> bool:
    """Whether a digest of the recipient is to come."""
    return recipient is not None and recipient["state"]["digest_due_at"] is not None
