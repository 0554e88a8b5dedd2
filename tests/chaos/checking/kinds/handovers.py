"""Handovers against the model: which events may follow which, what every event of a deal must lead to, and the stored sum."""

from collections.abc import Iterator

from tests.chaos.checking.data import Record
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.following import unheard
from tests.chaos.checking.models.handover import RUNNING, THRESHOLD, Handover, differences, score
from tests.chaos.checking.models.heard import ONBOARDING, heard
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "onboarding"
EFFECTS = {
    "AcceptHandover": ("HandoverAccepted", lambda asked, told: True),
    "CompleteStep": ("StepCompleted", lambda asked, told: bool(asked["step"] == told["step"])),
    "BookKickoff": ("KickoffBooked", lambda asked, told: True),
    "HoldKickoff": ("KickoffHeld", lambda asked, told: True),
    "ReturnHandover": ("HandoverReturned", lambda asked, told: False),
}


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Folds what each handover told, and looks for what each deal's event must have led to."""
    if SERVICE not in evidence.run.services:
        return
    documents = evidence.run.services[SERVICE].all("handovers")
    for (service, kind, key), records in evidence.events.items():
        if (service, kind) != (SERVICE, "handovers"):
            continue
        handover = Handover()
        for record in sorted(records, key=lambda record: record.sequence or 0):
            handover.take(record.name, record.body)
            for wrong in handover.wrong:
                yield Violation(Broken.STATE, f"handover {key}: {wrong}", (record.id,))
            handover.wrong.clear()
        if document := documents.get(key):
            for wrong in differences(handover, document["state"]):
                yield Violation(Broken.STATE, f"handover {key}: {wrong}", (key, records[-1].id))
    yield from _led_to(evidence)
    yield from _reopened(evidence)
    yield from unheard(evidence, SERVICE, EFFECTS)


def _led_to(evidence: Evidence) -> Iterator[Violation]:
    """Each win opens one handover, each version of a package is scored once, by its content; unless it came too late."""
    late = {place for deal in heard(evidence, ONBOARDING) for place in deal.led_to_nothing}
    opened = _by(evidence, "HandoverOpened", "cycle")
    scored = _by(evidence, "PackageScored", "package_version")
    for delivery in evidence.firsts:
        record, body = delivery.record, delivery.record.body
        if delivery.service != SERVICE or delivery.reason or evidence.excused(delivery) or record.place in late:
            continue
        if record.name == "DealClosedWon":
            found = opened.get((delivery.key, body["cycle"]), [])
            if len(found) != 1:
                what = f"the win of {delivery.key} in cycle {body['cycle']} opened {len(found)} handovers"
                yield Violation(Broken.LOST if not found else Broken.TWICE, what, (record.id, *(one.id for one in found)))
        elif record.name == "PackageSubmitted":
            found = scored.get((delivery.key, body["package_version"]), [])
            points = [(one.body["score"], one.body["threshold"]) for one in found]
            if points != [(score(body["package"]), THRESHOLD)]:
                what = (
                    f"version {body['package_version']} of {delivery.key}'s package was scored {points}, and has {score(body['package'])}"
                )
                yield Violation(Broken.LOST if not found else Broken.STATE, what, (record.id, *(one.id for one in found)))


def _by(evidence: Evidence, name: str, field: str) -> dict[tuple[str, int], list[Record]]:
    found: dict[tuple[str, int], list[Record]] = {}
    for record in evidence.run.firsts("onboarding.events", evidence.run.source(SERVICE)):
        if record.name == name:
            found.setdefault((record.key or "", record.body[field]), []).append(record)
    return found


def _reopened(evidence: Evidence) -> Iterator[Violation]:
    """The handover knows the highest cycle that was reopened, and none of an older one goes on."""
    highest: dict[str, Record] = {}
    for delivery in evidence.firsts:
        if (
            delivery.service == SERVICE
            and delivery.record.name == "DealReopened"
            and not delivery.reason
            and not evidence.excused(delivery)
        ):
            known = highest.get(delivery.key)
            if known is None or known.body["cycle"] < delivery.record.body["cycle"]:
                highest[delivery.key] = delivery.record
    documents = evidence.run.services[SERVICE].all("handovers")
    for key, record in highest.items():
        state = documents[key]["state"] if key in documents else None
        cycle = record.body["cycle"]
        if state is None or state["highest_reopened"] < cycle:
            yield Violation(Broken.LOST, f"the handover of {key} has not heard that cycle {cycle} was reopened", (record.id,))
        elif state["cycle"] < cycle and state["state"] in RUNNING:
            yield Violation(
                Broken.STATE, f"the handover of {key} goes on in cycle {state['cycle']}, and {cycle} was reopened", (record.id,)
            )
