"""Recorded runs in which events came late, and in which inboxes were read; and the ways in which each can be wrong."""

from tests.chaos.recorded.breaks import Break
from tests.chaos.recorded.journey import ACCOUNT, WIN, journey, notify
from tests.chaos.recorded.recording import OUTSIDE, WON, Body, Recording

NEXT: Body = {**WIN, "cycle": 2}
REASON = {"person_id": "nobody", "sealed": ""}
MANAGER, SALES = "manager", "department:sales"


def reopened() -> Recording:
    """The deal of the journey was reopened, and behind that comes which account it had before."""
    recording = journey()
    told = {**NEXT, "was": "won", "stage": "engaging", "reopened_by": "m", "reason": REASON}
    recording.put("deals.events", WON, "DealReopened", told, "reopened", OUTSIDE)
    for department in ("customer_success", "finance", "product"):
        notify(recording, "reopened", f"department:{department}")
    recording.aggregate("notifications", "deals", WON, {"cycle": 2, "account_name": ACCOUNT["name"]}, 0, 4)
    recording.told("onboarding.events", WON, "HandoverStopped", {**WIN, "because": "reopened"}, "reopened", 5)
    handover = recording.documents["onboarding"]["handovers"][WON]
    handover["state"].update(state="stopped", highest_reopened=2, overdue=[], deadlines={})
    handover.update(sequence=5, applied=handover["applied"] + 1)
    del recording.documents["onboarding"]["timers"][f"handovers|{WON}|kickoff_booking"]
    late = {**WIN, "account": {**ACCOUNT, "name": "An older name"}, "owner_id": "o", "closed_on": "2026-02-03"}
    recording.put("deals.events", WON, "DealReassigned", late, "late", OUTSIDE)
    recording.aggregate("feedback", "deal_surveys", WON, {"reopened": 2, "survey": None}, 0, 1)
    return recording


def chosen() -> Recording:
    """A person has chosen twice, and a notification of a department was read."""
    recording = journey()
    for number, channels in enumerate((["inbox"], ["email"]), 1):
        body = {"person_id": MANAGER, "channels": channels, "digest_every_minutes": number}
        recording.command("notifications.commands", MANAGER, "SetPreferences", body, f"choice-{number}")
    state = {"channels": ["email"], "digest_every_minutes": 2, "digest": 1, "digest_due_at": None}
    recording.aggregate("notifications", "recipients", MANAGER, state, 0, 2)
    rows = recording.documents["notifications"]["notifications"]
    read = next(id_ for id_, row in rows.items() if row["recipient"] == SALES and row["channel"] == "inbox")
    rows[read]["read_at"] = "now"
    body = {"person_id": SALES, "notification_ids": [read]}
    recording.command("notifications.commands", SALES, "MarkRead", body, "read")
    recording.documents["notifications"]["recipients"][SALES]["applied"] += 1
    return recording


def _older_account(recording: Recording) -> None:
    recording.documents["notifications"]["deals"][WON]["state"]["account_name"] = "An older name"


def _scored_late(recording: Recording) -> None:
    """Version 1 comes after version 2, and is scored."""
    for version in (2, 1):
        body = {**NEXT, "package_version": version, "package": {}, "submitted_by": "o"}
        recording.put("deals.events", WON, "PackageSubmitted", body, f"package-{version}", OUTSIDE)
        scored = {**NEXT, "package_version": version, "score": 0, "threshold": 50}
        recording.told("onboarding.events", WON, "PackageScored", scored, f"package-{version}", 8 - version)


def _opened_late(recording: Recording) -> None:
    """The next cycle is being prepared when the win of the first comes along under another id."""
    moved = {**NEXT, "from_stage": "proposal", "to_stage": "negotiation", "owner_id": "o", "account": ACCOUNT}
    recording.put("deals.events", WON, "DealStageMoved", moved, "moved", OUTSIDE)
    recording.told("onboarding.events", WON, "HandoverPrepared", NEXT, "moved", 6)
    win = {**WIN, "account": ACCOUNT, "owner_id": "o", "closed_on": "2026-02-03"}
    recording.put("deals.events", WON, "DealClosedWon", win, "win-again", OUTSIDE)
    recording.told("onboarding.events", WON, "HandoverOpened", WIN, "win-again", 7)


def _not_opened(recording: Recording) -> None:
    win = {**NEXT, "account": ACCOUNT, "owner_id": "o", "closed_on": "2026-02-03"}
    recording.put("deals.events", WON, "DealClosedWon", win, "win-2", OUTSIDE)


def _surveyed_late(recording: Recording) -> None:
    for cycle in (2, 1):
        completed = {**WIN, "cycle": cycle, "contacts": []}
        recording.put("onboarding.events", WON, "HandoverCompleted", completed, f"completed-{cycle}", OUTSIDE)
        scheduled = {**WIN, "cycle": cycle, "survey_id": f"s-{cycle}"}
        recording.told("feedback.events", WON, "SurveyScheduled", scheduled, f"completed-{cycle}", 3 - cycle)


def _unheard(recording: Recording) -> None:
    """All that the win led to for its recipients is gone, but for what is kept of them."""
    recording.records = [record for record in recording.records if (record.name, record.causation) != ("NotifyRecipient", "win")]


def _older_choice(recording: Recording) -> None:
    recording.documents["notifications"]["recipients"][MANAGER]["state"].update(channels=["inbox"], digest_every_minutes=1)


def _not_read(recording: Recording) -> None:
    for row in recording.documents["notifications"]["notifications"].values():
        row["read_at"] = None


def _read_by_nobody(recording: Recording) -> None:
    for row in recording.documents["notifications"]["notifications"].values():
        row["read_at"] = "now"


LATE: dict[str, tuple[str, str, Break]] = {
    "an older account of news": ("notifications's deals won-1: as account it has 'An older name'", WON, _older_account),
    "an account of a cycle that is over": (
        "onboarding's handovers won-1: as account it has ('account-1', 'An older name')",
        WON,
        lambda recording: recording.documents["onboarding"]["handovers"][WON]["state"].update(account_name="An older name"),
    ),
    "an older version": ("was followed by ['PackageScored'] in onboarding, and by the rules by []", "package-1", _scored_late),
    "an older win": ("was followed by ['HandoverOpened'] in onboarding, and by the rules by []", "win-again", _opened_late),
    "a win in time": ("was followed by [] in onboarding, and by the rules by ['HandoverOpened', 'HandoverReturned']", "win-2", _not_opened),
    "a win of which nobody heard": ("was followed by [] in notifications, and by the rules by ['NotifyRecipient',", "win", _unheard),
    "a cycle that nobody reopened": (
        "as cycles it has (1, 3), and must have (1, 2)",
        WON,
        lambda recording: recording.documents["onboarding"]["handovers"][WON]["state"].update(highest_reopened=3),
    ),
    "an older handover": ("was followed by ['SurveyScheduled'] in feedback, and by the rules by []", "completed-1", _surveyed_late),
}
INBOXES: dict[str, tuple[str, str, Break]] = {
    "an older choice": ("and has chosen", "choice-2", _older_choice),
    "marked and not read": ("were marked as read, and are not", "read", _not_read),
    "read and not marked": ("are read, and nobody marked them", "win/", _read_by_nobody),
}
