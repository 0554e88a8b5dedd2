"""The recorded run that every test of the checker begins with: each service has done something, and nothing is wrong."""

from typing import Any

from tests.chaos.checking.data import RunData
from tests.chaos.recorded.recording import DEAL, DONE, OUTSIDE, PREFIX, TEAM, WON, Body, Recording

ACCOUNT: Body = {"account_id": TEAM, "name": "A customer"}
WIN: Body = {"deal_id": WON, "account_id": TEAM, "cycle": 1}
LOST = "lost-1"
LETTER = f"{PREFIX}.deals.commands:0:1"


def journey() -> Recording:
    """A deal is opened and its terms are set; a win opens a handover; a completed one is followed by a survey; all hear of it."""
    recording = Recording()
    _deal(recording)
    _poison(recording)
    _handover(recording)
    _preparation(recording)
    _survey(recording)
    _person(recording)
    _notifications(recording)
    _team(recording)
    return recording


def _deal(recording: Recording) -> None:
    body = {"deal_id": DEAL, "account": ACCOUNT, "owner_id": "o", "opened_on": "2026-01-05"}
    recording.command("deals.commands", DEAL, "OpenDeal", body, "open")
    about = {"deal_id": DEAL, "account_id": TEAM, "cycle": 1, "product": None, "price": None}
    opened = {**about, "account": ACCOUNT, "stage": "prospecting", "owner_id": "o", "opened_on": "2026-01-05"}
    recording.told("deals.events", DEAL, "DealOpened", opened, "open", 1)
    set_ = recording.told("deals.events", DEAL, "DealTermsSet", {**about, "product": "P", "terms": None}, "chief|PUT /any|terms", 2)
    recording.request("deals", DEAL, "SetTerms", {"deal_id": DEAL, "product": "P"}, "terms", [set_.id])
    state: dict[str, Any] = {**body, "stage": "prospecting", "product": "P", "price": None, "terms": None, "outcome": "open", "cycle": 1}
    state |= {"confirmations": [], "contacts": [], "buying_reason": None, "package_version": 0, "package_scores": []}
    recording.aggregate("deals", "deals", DEAL, state, sequence=2, applied=2)


def _poison(recording: Recording) -> None:
    bad = recording.put("deals.commands", DEAL, "Unheard", {}, "poison", OUTSIDE)
    recording.buried(bad, "deals", "", "unknown_type", 1.0)


def _handover(recording: Recording) -> None:
    """A win that another system tells; its package is returned, since there is none. A step is late; the kick-off may yet be.
    One of the customer's people joins, and is unhappy; that is followed up."""
    win = {**WIN, "account": ACCOUNT, "owner_id": "o", "closed_on": "2026-02-03"}
    recording.put("deals.events", WON, "DealClosedWon", win, "win", OUTSIDE)
    recording.told("onboarding.events", WON, "HandoverOpened", WIN, "win", 1)
    recording.told("onboarding.events", WON, "HandoverReturned", {**WIN, "returned_by": "policy"}, "win", 2)
    late = {**WIN, "step": "promises", "due_at": "2026-02-04T00:00:00Z"}
    due = recording.told("onboarding.private", WON, "StepDue", late, "win", baton_timer="step_promises", baton_generation="1")
    overdue = {**late, "accountable": "sales_manager"}
    recording.told("onboarding.events", WON, "StepOverdue", overdue, due.id, 3)
    answer = {**WIN, "survey_id": "told", "respondent_id": "person-1", "score": 2}
    recording.put("feedback.events", WON, "DetractorRaised", answer, "raised", OUTSIDE)
    recording.told("onboarding.events", WON, "FollowUpOpened", answer, "raised", 4)
    contact = {"person_id": "person-1", "role": "champion"}
    recording.put("deals.events", WON, "DealContactAdded", {**WIN, "contact": contact}, "joined", OUTSIDE)
    state: Body = {"account_id": TEAM, "account_name": ACCOUNT["name"], "won": {"contacts": [contact]}}
    state |= {"cycle": 1, "state": "returned", "package": None, "returns": 1, "steps": {}, "highest_reopened": 1}
    state |= {
        "kickoff": {"at": None, "held_at": None},
        "overdue": ["step_promises"],
        "deadlines": {"step_promises": "", "kickoff_booking": ""},
    }
    recording.aggregate("onboarding", "handovers", WON, state, 4, 4, step_promises=1, kickoff_booking=1)
    del recording.documents["onboarding"]["timers"][f"handovers|{WON}|step_promises"]


def _preparation(recording: Recording) -> None:
    """Another system's deal comes near its end, which begins a preparation, and is lost, which stops it."""
    about = {**WIN, "deal_id": LOST, "account": ACCOUNT}
    recording.put("deals.events", LOST, "DealOpened", {**about, "stage": "proposal"}, "lost-opened", OUTSIDE)
    recording.put("deals.events", LOST, "DealStageMoved", {**about, "to_stage": "negotiation"}, "lost-moved", OUTSIDE)
    recording.told("onboarding.events", LOST, "HandoverPrepared", {**WIN, "deal_id": LOST}, "lost-moved", 1)
    recording.put("deals.events", LOST, "DealClosedLost", about, "lost-closed", OUTSIDE)
    recording.told("onboarding.events", LOST, "HandoverStopped", {**WIN, "deal_id": LOST, "because": "lost"}, "lost-closed", 2)
    state: Body = {"account_id": TEAM, "account_name": ACCOUNT["name"], "won": None, "cycle": 1, "state": "stopped", "package": None}
    state |= {"returns": 0, "steps": {}, "highest_reopened": 1, "kickoff": {"at": None, "held_at": None}, "overdue": [], "deadlines": {}}
    recording.aggregate("onboarding", "handovers", LOST, state, 2, 2)


def _person(recording: Recording) -> None:
    """One of the customer's people, whom all who need to know."""
    body = {"person_id": "person-1", "name": "Somebody"}
    recording.put("deals.people", "person-1", "CustomerPersonRecorded", body, "recorded", OUTSIDE)
    for service in ("notifications", "feedback"):
        recording.aggregate(service, "customers", "person-1", body)


def _survey(recording: Recording) -> None:
    completed = {**WIN, "deal_id": DONE, "contacts": []}
    recording.put("onboarding.events", DONE, "HandoverCompleted", completed, "completed", OUTSIDE)
    scheduled = {**WIN, "deal_id": DONE, "survey_id": "s"}
    recording.told("feedback.events", DONE, "SurveyScheduled", scheduled, "completed", 1)
    survey = {"survey_id": "s", "cycle": 1, "state": "scheduled", "invitees": []}
    recording.aggregate("feedback", "deal_surveys", DONE, {"reopened": 0, "survey": survey}, 1, 1, due=1)


def _notifications(recording: Recording) -> None:
    """Everybody who must hear of the events above; their e-mails wait for a digest."""
    events = {record.name: record.id for record in recording.records}
    heard = {"DealClosedWon": ("customer_success", "finance", "product"), "HandoverReturned": ("sales",), "StepOverdue": ("sales",)}
    heard |= {"DetractorRaised": ("customer_success",), "FollowUpOpened": ("customer_success",)}
    for name, departments in heard.items():
        for department in departments:
            notify(recording, events[name], f"department:{department}")
    recording.aggregate("notifications", "deals", WON, {"cycle": 1, "account_name": ACCOUNT["name"]}, 0, 5)


def notify(recording: Recording, event: str, recipient: str) -> None:
    """The recipient hears of the event, as of something about the deal that was won."""
    body = {"recipient_id": recipient, "because_of": event, "about": WON}
    recording.told("notifications.private", recipient, "NotifyRecipient", body, event)
    for channel, state in (("inbox", "delivered"), ("email", "waiting_for_digest")):
        row = {"recipient": recipient, "because_of": event, "channel": channel, "state": state, "email": None, "read_at": None}
        recording.store("notifications", "notifications", f"{event}/{recipient}/{channel}", row)
    times = sum(record.key == recipient for record in recording.records)
    recording.aggregate("notifications", "recipients", recipient, {"digest": 1, "digest_due_at": "soon"}, 0, times, digest=1)


def _team(recording: Recording) -> None:
    members = {"csm": ["somebody"]}
    recording.command("notifications.commands", TEAM, "AssignAccountTeam", {"account_id": TEAM, "members": members}, "assign")
    recording.aggregate("notifications", "teams", TEAM, {"members": members})
    email = {"status": "sent", "recipient_id": "r"}
    recording.aggregate("notifications", "emails", "mail-1", {**email, "email_id": "mail-1"}, expire=1)
    recording.mails.append("mail-1@baton.example")


def unfinished() -> tuple[RunData, str]:
    """A run in which a fence stands before the end of its log, and the fence."""
    run = journey().run()
    (fence,) = (id_ for id_ in run.services["deals"].all("fences") if "deals.commands" in id_)
    run.services["deals"].all("fences")[fence]["next"] -= 1  # type: ignore[index]
    return run, fence
