"""The order in which a service takes what one topic says of one aggregate: that of its partition."""

from tests.chaos.checking.deliveries import ORIGIN, Delivery
from tests.chaos.checking.evidence import Evidence


def turns(evidence: Evidence, service: str, topic: str) -> dict[str, list[Delivery]]:
    """What the service took of the topic, each once and in order, by key. Keys that stand in several partitions, or of which something
    was forwarded, are left out: nobody knows their order."""
    forwarded = {(r.source, r.id) for r in evidence.run.topic(f"{service}.private") if r.header(ORIGIN) is not None}
    found: dict[str, list[Delivery]] = {}
    for delivery in evidence.firsts:
        if (delivery.service, delivery.record.topic) == (service, topic) and not delivery.reason and not evidence.excused(delivery):
            found.setdefault(delivery.key, []).append(delivery)
    return {
        key: some
        for key, some in found.items()
        if len({one.record.partition for one in some}) == 1 and not any(one.message in forwarded for one in some)
    }
