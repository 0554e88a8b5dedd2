"""Ways to break a recorded run: for each, the kind of violation, an id that must show it, and the smallest change that does it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.chaos.checking.data import Record
from tests.chaos.recorded.journey import LETTER, WIN
from tests.chaos.recorded.recording import DEAL, DONE, OUTSIDE, PREFIX, TEAM, WON, Recording

Break = Callable[[Recording], Any]


def find(recording: Recording, name: str, topic: str = "") -> Record:
    """The first record of that type."""
    return next(record for record in recording.records if record.name == name and record.topic.startswith(topic))


def drop(recording: Recording, name: str, topic: str = "") -> None:
    """Take a record away; those behind it on its topic stay where they are."""
    recording.records.remove(find(recording, name, topic))


def exchange(recording: Recording, name: str, **changes: Any) -> None:
    """Put another record in the place of the first of that type."""
    record = find(recording, name)
    recording.records[recording.records.index(record)] = replace(record, **changes)


def repeat(recording: Recording, name: str, topic: str = "", **headers: str) -> None:
    """The record once more at the end of its topic, with other headers where some are given."""
    record = find(recording, name, topic)
    offset = 1 + max(one.offset for one in recording.records if one.topic == record.topic)
    kept = tuple(pair for pair in record.headers if pair[0] not in headers)
    given = tuple((header, text.encode()) for header, text in headers.items())
    recording.records.append(replace(record, offset=offset, headers=(*kept, *given)))


def document(recording: Recording, service: str, collection: str, id_: str) -> dict[str, Any]:
    """A stored document, to be changed."""
    return recording.documents[service][collection][id_]


def _inverted(recording: Recording) -> None:
    first, second = find(recording, "DealOpened"), find(recording, "DealTermsSet")
    exchange(recording, "DealOpened", offset=second.offset)
    exchange(recording, "DealTermsSet", offset=first.offset)


def forget(recording: Recording, service: str, collection: str, id_: str) -> None:
    """Take a document away."""
    del recording.documents[service][collection][id_]


BROKEN: dict[str, tuple[str, str, Break]] = {
    "an acknowledged record that is not on its topic": ("lost command", "assign", lambda r: drop(r, "AssignAccountTeam")),
    "a good message that nobody took": (
        "lost command",
        "open",
        lambda r: forget(r, "deals", "inbox", f"open_deal|{OUTSIDE}|open"),
    ),
    "a good message that counts as dead": (
        "lost command",
        "open",
        lambda r: document(r, "deals", "inbox", f"open_deal|{OUTSIDE}|open").update(r="dead"),
    ),
    "an answer whose events are nowhere": ("lost command", "terms", lambda r: drop(r, "DealTermsSet")),
    "a command that was taken and had no effect": (
        "lost command",
        "sign",
        lambda r: r.command("deals.commands", DEAL, "SignContract", {"deal_id": DEAL}, "sign"),
    ),
    "two events from one cause": ("effect twice", "open", lambda r: repeat(r, "DealOpened", ce_id="another")),
    "two events under one number": (
        "effect twice",
        "DealTermsSet",
        lambda r: r.told("deals.events", DEAL, "DealTermsSet", {"deal_id": DEAL}, "open", 2),
    ),
    "an event that the state does not count": (
        "event without its state change",
        "DealTermsSet",
        lambda r: document(r, "deals", "deals", DEAL).update(sequence=1),
    ),
    "an event of an aggregate that does not exist": (
        "event without its state change",
        "SurveyScheduled",
        lambda r: forget(r, "feedback", "deal_surveys", DONE),
    ),
    "an event because of nothing": (
        "event without its state change",
        "never-said",
        lambda r: r.told("deals.events", "other", "DealCommandRefused", {"deal_id": "other"}, "never-said"),
    ),
    "a change that nobody was told of": (
        "state change without its event",
        DEAL,
        lambda r: document(r, "deals", "deals", DEAL).update(sequence=3),
    ),
    "a message taken that stands on no topic": (
        "effect without a message",
        "set_terms|x|y",
        lambda r: r.store("deals", "inbox", "set_terms|x|y", {"r": "done"}),
    ),
    "events the wrong way round": ("order inverted within an aggregate", "DealOpened", _inverted),
    "a repeat that differs": (
        "same id with two contents",
        "DealTermsSet",
        lambda r: repeat(r, "DealTermsSet", ce_sequence="3"),
    ),
    "a repeat though nothing failed": ("published twice when nothing failed", "DealTermsSet", lambda r: repeat(r, "DealTermsSet")),
    "a dead letter that is missing": ("dead letter lost or wrong", "poison", lambda r: forget(r, "deals", "dead_letters", LETTER)),
    "a dead letter with another reason": (
        "dead letter lost or wrong",
        "poison",
        lambda r: document(r, "deals", "dead_letters", LETTER).update(reason="failed"),
    ),
    "a dead letter without its copy": ("dead letter lost or wrong", LETTER, lambda r: drop(r, "Unheard", "deals.dead-letters")),
    "a good message among the dead letters": (
        "dead letter lost or wrong",
        "open",
        lambda r: r.store(
            "deals",
            "dead_letters",
            f"{PREFIX}.deals.commands:0:0:open_deal",
            {
                **document(r, "deals", "dead_letters", LETTER),
                "id": "open",
                "reason": "crashed",
            },
        ),
    ),
    "a timer that is owed and gone": (
        "timer lost or fired twice",
        DONE,
        lambda r: forget(r, "feedback", "timers", f"deal_surveys|{DONE}|due"),
    ),
    "a timer that fired twice in one setting": (
        "timer lost or fired twice",
        "StepDue",
        lambda r: repeat(r, "StepDue", ce_id="another"),
    ),
    "a timer that fired before its time": (
        "timer lost or fired twice",
        "StepDue",
        lambda r: repeat(r, "StepDue", ce_id="StepDue-early", ce_time="2026-02-04T00:00:00Z", baton_generation="9"),
    ),
    "a timer that fired and is still to fire": (
        "timer lost or fired twice",
        f"handovers|{WON}|step_promises",
        lambda r: r.store("onboarding", "timers", f"handovers|{WON}|step_promises", {"generation": 1}),
    ),
    "a timer that waits for nothing": (
        "timer lost or fired twice",
        DONE,
        lambda r: document(r, "feedback", "deal_surveys", DONE)["state"]["survey"].update(state="stopped"),
    ),
    "a notification of which there are two": (
        "notification twice",
        "win",
        lambda r: r.store(
            "notifications", "notifications", "other", document(r, "notifications", "notifications", "win/department:finance/inbox")
        ),
    ),
    "a recipient who was to be told twice": (
        "notification twice",
        "win",
        lambda r: r.told(
            "notifications.private",
            "department:finance",
            "NotifyRecipient",
            {
                "recipient_id": "department:finance",
                "because_of": "win",
            },
            "another",
        ),
    ),
    "an e-mail that was sent twice": ("notification twice", "mail-1", lambda r: r.mails.append("mail-1@baton.example")),
    "an e-mail that counts as sent": ("lost command", "mail-1", lambda r: r.mails.clear()),
    "a department that did not hear of a win": (
        "lost command",
        "win",
        lambda r: drop(r, "NotifyRecipient"),
    ),
    "a parked record": ("never settled", "x", lambda r: r.store("deals", "parked", "x", {})),
    "a state that no command asked for": (
        "aggregate not what its messages imply",
        DEAL,
        lambda r: document(r, "deals", "deals", DEAL)["state"].update(product="Q"),
    ),
    "a message counted twice": (
        "aggregate not what its messages imply",
        DEAL,
        lambda r: document(r, "deals", "deals", DEAL).update(applied=3),
    ),
    "a recipient changed once too often": (
        "aggregate not what its messages imply",
        "department:finance",
        lambda r: document(r, "notifications", "recipients", "department:finance").update(applied=2),
    ),
    "a handover changed once too often": (
        "aggregate not what its messages imply",
        WON,
        lambda r: document(r, "onboarding", "handovers", WON).update(applied=5),
    ),
    "an event that the rules do not know": (
        "aggregate not what its messages imply",
        "open",
        lambda r: exchange(r, "DealOpened", value=b'{"deal_id": "deal-1", "stage": "contracting"}'),
    ),
    "a handover that was opened twice": (
        "aggregate not what its messages imply",
        "HandoverOpened",
        lambda r: r.told("onboarding.events", WON, "HandoverOpened", WIN, "StepDue-won-1-step_promises-win", 4),
    ),
    "a handover in another state": (
        "aggregate not what its messages imply",
        WON,
        lambda r: document(r, "onboarding", "handovers", WON)["state"].update(state="open"),
    ),
    "a survey in another state": (
        "aggregate not what its messages imply",
        DONE,
        lambda r: document(r, "feedback", "deal_surveys", DONE)["state"]["survey"].update(state="expired"),
    ),
    "a team that somebody else fills": (
        "aggregate not what its messages imply",
        "assign",
        lambda r: document(r, "notifications", "teams", TEAM)["state"].update(members={"csm": ["nobody"]}),
    ),
}
