"""Commands to handovers against the model: each is answered as the state demands in which it found the handover."""

from collections.abc import Iterator, Mapping, Sequence

from tests.chaos.checking.data import Record
from tests.chaos.checking.evidence import Evidence, cause_of
from tests.chaos.checking.models.answering import REFUSED, UNKNOWN, answers, before_all
from tests.chaos.checking.models.handover import Handover
from tests.chaos.checking.models.history import Said, commands
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "onboarding"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Compares what each command was told by with the state before it; the numbers of the events say which that was."""
    if SERVICE not in evidence.run.services:
        return
    for key, some in commands(evidence, SERVICE).items():
        told = sorted(evidence.events.get((SERVICE, "handovers", key), ()), key=lambda record: record.sequence or 0)
        yield from _counted(key, {one.id: one for one in some}, told, evidence.reopened.get(key, 1))
        yield from _uncounted(evidence, key, some, told)


def _counted(key: str, said: Mapping[str, Said], told: Sequence[Record], reopened: int) -> Iterator[Violation]:
    handover, answered = Handover(), set[str]()
    for record in told:
        one = said.get(cause_of(record.causation))
        if one and one.id not in answered:
            answered.add(one.id)
            found = record.body["code"] if record.name == REFUSED else record.name
            must = answers(one.command, handover, reopened > handover.cycle)
            if found not in must:
                what = f"handover {key}: {one.command.name} came to {found} in state {handover.state}, and by the rules to {sorted(must)}"
                yield Violation(Broken.STATE, what, (one.id, record.id))
        handover.take(record.name, record.body)


def _uncounted(evidence: Evidence, key: str, some: Sequence[Said], told: Sequence[Record]) -> Iterator[Violation]:
    """A refusal that no handover counts: there was none, and none can have been that had told something before the command was sent."""
    began = min((record.timestamp / 1000 for record in told), default=float("inf")) + evidence.faults.skew(SERVICE)
    for one in some:
        for record in evidence.caused.get((SERVICE, one.id), ()):
            if record.name != REFUSED or record.key != key or record.sequence is not None:
                continue
            must = before_all(one.command) or UNKNOWN
            if record.body["code"] != must or began < one.sent_at:
                what = f"handover {key}: {one.command.name} was refused as {record.body['code']} as if there were no handover"
                yield Violation(Broken.STATE, what, (one.id, record.id))
