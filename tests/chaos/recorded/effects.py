"""Ways to break a recorded run in which a message was taken and what it leads to is missing, or there is more than it leads to.

For each: words of the violation, an id that must show it, and the smallest change that does it.
"""

from dataclasses import replace
from typing import Any

from tests.chaos.recorded.breaks import Break, document, drop, forget
from tests.chaos.recorded.journey import LOST, WIN
from tests.chaos.recorded.recording import DONE, OUTSIDE, WON, Recording


def undo(recording: Recording, name: str, key: str, collection: str = "handovers", service: str = "onboarding", **state: Any) -> None:
    """An event and what it says of the state are gone, as if its cause had done nothing. `state`: as it is then."""
    drop(recording, name)
    known = document(recording, service, collection, key)
    known["state"].update(state)
    known.update(sequence=known["sequence"] - 1, applied=known["applied"] - 1)


def _prepared_by_nothing(recording: Recording) -> None:
    recording.put("deals.events", "calm-1", "DealOpened", {**WIN, "deal_id": "calm-1", "stage": "proposal"}, "calm-opened", OUTSIDE)
    recording.told("onboarding.events", "calm-1", "HandoverPrepared", {**WIN, "deal_id": "calm-1"}, "calm-opened", 1)


def _followed_up_twice(recording: Recording) -> None:
    answer = {**WIN, "survey_id": "told", "respondent_id": "person-1", "score": 2}
    recording.told("onboarding.events", WON, "FollowUpOpened", answer, "joined", 5)


def ask(recording: Recording, name: str, came_to: str, code: str = "", sequence: int | None = 5, **fields: Any) -> None:
    """A command to the handover of the win, without a token, and what it came to. `sequence`: None as of a handover that is not there."""
    recording.command("onboarding.commands", WON, name, {"deal_id": WON, **fields}, "asked")
    recording.operations[-1] = replace(recording.operations[-1], sent_at=9.0)
    told = {**WIN, **fields, **({"command": name, "code": code} if code else {})}
    recording.told("onboarding.events", WON, came_to, told, "asked", sequence)


def _private(recording: Recording, name: str, key: str, **fields: Any) -> None:
    """A private message of feedback's that was taken."""
    body = {"deal_id": DONE, "survey_id": "s", "cycle": 1, **fields}
    recording.told("feedback.private", key, name, body, "completed")


def _mailed(recording: Recording, **row: Any) -> None:
    """A notification by e-mail is otherwise."""
    document(recording, "notifications", "notifications", "win/department:finance/email").update(row)


def _reopened(recording: Recording, **state: Any) -> None:
    """The won deal is reopened far from its end. `state`: of its handover then."""
    again = {**WIN, "cycle": 2, "was": "won", "stage": "prospecting"}
    recording.put("deals.events", WON, "DealReopened", again, "again", OUTSIDE)
    document(recording, "onboarding", "handovers", WON)["state"].update(state)


def _scored(recording: Recording, points: int) -> None:
    package = {"deal_id": "scored-1", "cycle": 1, "package_version": 1, "package": {"solution_document": "there"}}
    recording.put("deals.events", "scored-1", "PackageSubmitted", package, "submitted", OUTSIDE)
    told = {**WIN, "deal_id": "scored-1", "package_version": 1, "score": points, "threshold": 50}
    recording.told("onboarding.events", "scored-1", "PackageScored", told, "submitted", 1)


BROKEN: dict[str, tuple[str, str, Break]] = {
    "a preparation that did not begin": (
        "DealStageMoved of lost-1 was followed by []",
        "lost-moved",
        lambda r: undo(r, "HandoverPrepared", LOST),
    ),
    "a preparation that a loss did not stop": (
        "DealClosedLost of lost-1 was followed by []",
        "lost-closed",
        lambda r: undo(r, "HandoverStopped", LOST, state="prepared"),
    ),
    "a preparation at a stage that begins none": ("DealOpened of calm-1 was followed by", "calm-opened", _prepared_by_nothing),
    "a handover that is not returned without a package": (
        "DealClosedWon of won-1 was followed by",
        "win",
        lambda r: drop(r, "HandoverReturned"),
    ),
    "a handover that did not open": (
        "the win of won-1 in cycle 1 opened 0 handovers",
        "win",
        lambda r: drop(r, "HandoverOpened"),
    ),
    "an unhappy answer that nobody follows up": ("followed up 0 times", "raised", lambda r: undo(r, "FollowUpOpened", WON)),
    "an unhappy answer that is followed up twice": ("followed up 2 times", "raised", _followed_up_twice),
    "a contact who did not join": (
        "handovers won-1: as contacts it has []",
        "joined",
        lambda r: document(r, "onboarding", "handovers", WON)["state"]["won"].update(contacts=[]),
    ),
    "a handover of another account": (
        "handovers lost-1: as account it has ('account-1', 'Another')",
        LOST,
        lambda r: document(r, "onboarding", "handovers", LOST)["state"].update(account_name="Another"),
    ),
    "a good command to a handover that is refused": (
        "BookKickoff came to kickoff_already_held in state returned",
        "asked",
        lambda r: ask(r, "BookKickoff", "HandoverCommandRefused", "kickoff_already_held", at="2026-02-05T00:00:00Z"),
    ),
    "a command that is refused for another reason": (
        "HoldKickoff came to handover_not_open in state returned",
        "asked",
        lambda r: ask(r, "HoldKickoff", "HandoverCommandRefused", "handover_not_open", held_at="2026-02-05T00:00:00Z"),
    ),
    "a command that is refused as if there were no handover": (
        "as if there were no handover",
        "asked",
        lambda r: ask(r, "BookKickoff", "HandoverCommandRefused", "handover_unknown", None, at="2026-02-05T00:00:00Z"),
    ),
    "a package that nobody in particular accepts": (
        "AcceptHandover came to HandoverAccepted in state returned, and by the rules to ['forbidden']",
        "asked",
        lambda r: ask(r, "AcceptHandover", "HandoverAccepted"),
    ),
    "a step that is done by who may not": (
        "CompleteStep came to StepCompleted in state returned, and by the rules to ['role_not_allowed']",
        "asked",
        lambda r: ask(r, "CompleteStep", "StepCompleted", step="promises", role="csm", informed=[]),
    ),
    "a command to a handover that nothing follows": (
        "its effect was never told",
        "booked",
        lambda r: r.command("onboarding.commands", WON, "BookKickoff", {"deal_id": WON, "at": "2026-02-05T00:00:00Z"}, "booked"),
    ),
    "a survey that was due and asks nobody": ("nobody was asked", "SurveyDue", lambda r: _private(r, "SurveyDue", DONE)),
    "a survey that expired and did not end": ("did not end", "SurveyExpires", lambda r: _private(r, "SurveyExpires", DONE)),
    "a question to a respondent without an answer": (
        "was answered 0 times",
        "AskRespondent",
        lambda r: _private(r, "AskRespondent", "person-1", respondent_id="person-1"),
    ),
    "a respondent who may be asked and is not": (
        "person-1 may be asked about done-1, and was not invited",
        "RespondentGranted",
        lambda r: _private(r, "RespondentGranted", DONE, respondent_id="person-1"),
    ),
    "a respondent who is not reminded": (
        "person-1 was to be reminded about done-1, and was not",
        "ReminderDue",
        lambda r: _private(r, "ReminderDue", DONE, respondent_id="person-1"),
    ),
    "a reopening that stops no survey": (
        "the survey of done-1 goes on, and cycle 2 was reopened",
        "again",
        lambda r: r.put(
            "deals.events", DONE, "DealReopened", {**WIN, "deal_id": DONE, "cycle": 2, "was": "lost", "stage": "proposal"}, "again", OUTSIDE
        ),
    ),
    "a reopening of which the surveys have not heard": (
        "the surveys of done-1 have not heard",
        "again",
        lambda r: r.put(
            "deals.events", DONE, "DealReopened", {**WIN, "deal_id": DONE, "cycle": 2, "was": "lost", "stage": "proposal"}, "again", OUTSIDE
        ),
    ),
    "a package with a wrong score": ("package was scored [(80, 50)], and has 40", "submitted", lambda r: _scored(r, 80)),
    "a reopening of which the handover has not heard": ("has not heard that cycle 2 was reopened", "again", _reopened),
    "a handover that goes on after a reopening": (
        "goes on in cycle 1, and 2 was reopened",
        "again",
        lambda r: _reopened(r, highest_reopened=2),
    ),
    "a completed handover without a survey": (
        "0 surveys were scheduled for the handover of done-2",
        "done",
        lambda r: r.put("onboarding.events", "done-2", "HandoverCompleted", {**WIN, "deal_id": "done-2"}, "done", OUTSIDE),
    ),
    "an e-mail that was to go out and is nowhere": (
        "was to go out, and is not known",
        "SendEmail",
        lambda r: r.told("notifications.private", "x", "SendEmail", {"email_id": "x", "recipient_id": "r", "digest": None}, "win"),
    ),
    "a digest that was not sent": (
        "department:finance has had 2 digests",
        "department:finance",
        lambda r: document(r, "notifications", "recipients", "department:finance")["state"].update(digest=3),
    ),
    "a notification that is queued for nothing": ("is queued, and its e-mail", "win/", lambda r: _mailed(r, state="queued", email="x")),
    "a notification that waits for no digest": (
        "waits for a digest that is never due",
        "win/",
        lambda r: document(r, "notifications", "recipients", "department:finance")["state"].update(digest_due_at=None),
    ),
    "a notification in no state": ("is in the state lost", "win/", lambda r: _mailed(r, state="lost")),
    "a notification that is sent without an e-mail": ("and its e-mail is not", "win/", lambda r: _mailed(r, state="sent", email="x")),
    "a person who was not copied": (
        "feedback does not know person-1",
        "recorded",
        lambda r: forget(r, "feedback", "customers", "person-1"),
    ),
    "a person as they were before": (
        "notifications does not know person-1",
        "recorded",
        lambda r: document(r, "notifications", "customers", "person-1")["state"].update(name="Nobody"),
    ),
    "a person who was to be erased": (
        "feedback does not know person-1",
        "person-1",
        lambda r: r.put("deals.people", "person-1", "PersonErased", None, "", OUTSIDE),
    ),
    "a person of whom nobody told": (
        "feedback knows person-2",
        "person-2",
        lambda r: r.aggregate("feedback", "customers", "person-2", {"person_id": "person-2"}),
    ),
}
