"""Deals against the model: every event follows from a command by the rules, and the stored deal is the sum of all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.chaos.checking.data import Document, Record
from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.models.deal import Deal, Outcome
from tests.chaos.checking.models.history import Said, Step, commands, steps, window
from tests.chaos.checking.models.selling import Scores, differences, outcomes
from tests.chaos.checking.violation import Broken, Violation

SERVICE = "deals"


def judge(evidence: Evidence) -> Iterator[Violation]:
    """Folds what each deal told over the commands it was given."""
    if SERVICE not in evidence.run.services:
        return
    said = commands(evidence, SERVICE)
    scores = _scores(evidence)
    documents = evidence.run.services[SERVICE].all("deals")
    events = {key: records for (service, kind, key), records in evidence.events.items() if (service, kind) == (SERVICE, "deals")}
    uncounted = _uncounted(evidence)
    for key in events.keys() | documents.keys() | said.keys():
        history = History(key, said.get(key, []), steps(events.get(key, [])), scores.get(key, {}), uncounted)
        yield from history.judge(documents.get(key))


def _scores(evidence: Evidence) -> dict[str, Scores]:
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for record in evidence.run.firsts("onboarding.events"):
        if record.name == "PackageScored" and isinstance(record.body.get("deal_id"), str):
            body = record.body
            found.setdefault(body["deal_id"], {})[body["package_version"]] = body["score"], body["threshold"]
    return dict(found)


def _uncounted(evidence: Evidence) -> Mapping[str, list[Record]]:
    """What was told of deals that did not exist, by its cause."""
    return {
        cause: records
        for (service, cause), some in evidence.caused.items()
        if service == SERVICE and (records := [one for one in some if one.topic == "deals.events" and one.sequence is None])
    }


class History:
    """The fold over one deal."""

    def __init__(self, key: str, said: Sequence[Said], told: Sequence[Step], scores: Scores, uncounted: Mapping[str, list[Record]]) -> None:
        self._key, self._told, self._scores, self._uncounted = key, told, scores, uncounted
        self._by_id = {one.id: one for one in said}
        self._states: list[Deal | None] = [None]
        self._done: list[Said | None] = []

    def judge(self, document: Document | None) -> Iterator[Violation]:
        """Every step, then every command without one, then the document."""
        for step in self._told:
            yield from self._step(step)
        yield from self._order()
        acted = {step.cause for step in self._told}
        for one in self._by_id.values():
            if one.id not in acted:
                yield from self._silent(one)
        yield from self._document(document)

    def _step(self, step: Step) -> Iterator[Violation]:
        before, said = self._states[-1], self._by_id.get(step.cause)
        self._done.append(said)
        ids = step.cause, *(record.id for record in step.events)
        if said is None:
            self._states.append(before)
            yield Violation(Broken.STATE, f"deal {self._key} told {step.events[0].name} because of no command that it was given", ids)
            return
        possible = outcomes(before, said.command, self._scores)
        chosen = next((one for one in possible if _matches(one, step.events)), None)
        self._states.append((chosen or possible[0]).deal)
        if chosen is None:
            told = [record.name for record in step.events]
            must = [(name, {k: v for k, v in body.items() if k != "deal_id"}) for name, body in possible[0].events]
            yield Violation(Broken.STATE, f"deal {self._key}: {said.command.name} was followed by {told}, and by the rules by {must}", ids)

    def _silent(self, said: Said) -> Iterator[Violation]:
        """A command that nothing followed: there was a moment at which there was nothing to do, or it was told without a number."""
        told = self._uncounted.get(said.id)
        low, high = window(said, self._done)
        possible = [one for state in self._states[low : high + 1] for one in outcomes(state, said.command, self._scores)]
        if told:
            if not any(_matches(one, told) for one in possible):
                yield Violation(
                    Broken.STATE, f"deal {self._key}: {said.command.name} was refused, and not by the rules", (said.id, told[0].id)
                )
        elif not any(not one.events for one in possible):
            must = sorted({name for one in possible for name, _ in one.events})
            what = f"deal {self._key}: {said.command.name} was taken and followed by nothing, and by the rules by {' or '.join(must)}"
            yield Violation(Broken.LOST, what, (said.id,))

    def _order(self) -> Iterator[Violation]:
        """Messages of one partition act in its order; a request acts between its being sent and answered."""
        latest: Said | None = None
        last: dict[tuple[str, int], Said] = {}
        for said in self._done:
            if said is None:
                continue
            if latest and said.told_at < latest.sent_at:
                yield Violation(
                    Broken.ORDER, f"deal {self._key}: a request acted behind one that was sent after its answer", (latest.id, said.id)
                )
            if said.place:
                before = last.get(said.place[:2])
                if before and before.place and before.place[2] > said.place[2]:
                    yield Violation(
                        Broken.ORDER, f"deal {self._key}: two messages of a partition acted the wrong way round", (before.id, said.id)
                    )
                last[said.place[:2]] = said
            latest = said if latest is None or said.sent_at > latest.sent_at else latest

    def _document(self, document: Document | None) -> Iterator[Violation]:
        deal = self._states[-1]
        if document is None or deal is None:
            if (document is None) != (deal is None):
                yield Violation(
                    Broken.STATE, f"deal {self._key} {'exists' if document else 'does not exist'}, against the rules", (self._key,)
                )
            return
        if wrong := differences(deal, document["state"]):
            yield Violation(
                Broken.STATE, f"deal {self._key}: {'; '.join(wrong)[:400]}", (self._key, *(step.cause for step in self._told[-3:]))
            )
        known = {score["version"]: (score["score"], score["threshold"]) for score in document["state"]["package_scores"]}
        if deal.packages in self._scores and known.get(deal.packages) != self._scores[deal.packages]:
            yield Violation(Broken.LOST, f"deal {self._key} does not know the score of version {deal.packages}", (self._key,))
        most = len(self._told) + len(self._scores)
        least = len(self._told) + (deal.packages in self._scores)
        if not least <= document["applied"] <= most:
            what = f"deal {self._key} was changed by {document['applied']} messages, and must have been by {least} to {most}"
            yield Violation(Broken.STATE, what, (self._key,))


def _matches(outcome: Outcome, events: Sequence[Record]) -> bool:
    return len(outcome.events) == len(events) and all(
        name == record.name and _agrees(body, record.body) for (name, body), record in zip(outcome.events, events, strict=True)
    )


def _agrees(expected: Any, found: Any) -> bool:
    """Whether everything that is expected is found; what is more does no harm."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(_agrees(value, found.get(name)) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(_agrees(one, other) for one, other in zip(expected, found, strict=True))
    return bool(expected == found)
