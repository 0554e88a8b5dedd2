"""Every effect has a cause: a message that stands on a topic, or a request that the service remembers."""

from collections.abc import Iterator

from tests.chaos.checking.catalogue import LINES
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.violation import Broken, Violation

OWN_WAY = ("notifications.events", "deals.people", "notifications.people")
"""Topics of what follows from requests that no client logs: attempts at e-mails, and people who are recorded."""


def judge(evidence: Evidence) -> Iterator[Violation]:
    """What is told follows from something that was said; what is remembered as taken was said."""
    for service, topics in LINES.items():
        if service not in evidence.run.services:
            continue
        said = {record.id for topic in topics for record in evidence.run.topic(topic)}
        answered = {id_ for id_, request in evidence.requests.items() if request.answer is not None}
        for (by, cause), records in evidence.caused.items():
            if by != service or cause in said or cause in answered or records[0].topic in OWN_WAY:
                continue
            what = f"{service} told {records[0].type} of {records[0].key} because of something that nobody said"
            yield Violation(Broken.UNFOUNDED, what, (cause, *(record.id for record in records[:3])))
        known = {delivery.inbox_id for delivery in evidence.deliveries if delivery.service == service}
        for row_id in evidence.run.services[service].all("inbox"):
            if row_id not in known and not row_id.startswith("drop_"):
                yield Violation(Broken.UNASKED, f"{service} remembers a message that stands on no topic", (row_id,))
