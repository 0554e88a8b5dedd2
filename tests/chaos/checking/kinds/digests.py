"""What becomes of notifications by e-mail: each waits for a digest that is due or has an e-mail, and digests have no gap."""

from collections.abc import Iterator

from tests.chaos.checking.data import Document, Service
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "notifications"
SETTLED = frozenset({"sent", "failed", "uncertain"})


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Digests of a recipient are numbered without a gap; every e-mail that was to go out is known, and has come to its end."""
    if SERVICE not in evidence.run.services:
        return
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
    yield from _ends(service)


def _ends(service: Service) -> Iterator[Violation]:
    """A notification by e-mail waits for something that is to come, or is what became of its e-mail."""
    emails = service.all("emails")
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
