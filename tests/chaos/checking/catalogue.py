"""What the documentation says of messages: on which topic each type belongs, and which service decides on it, about which aggregate."""

from collections.abc import Mapping
from typing import NamedTuple

TYPES: Mapping[str, tuple[str, ...]] = {
    "deals.commands": (
        *("OpenDeal", "MoveStage", "SignContract", "ConfirmLegal", "ConfirmFinance", "AddContact", "RecordBuyingReason"),
        *("SetTerms", "SubmitPackage", "CloseDeal", "LoseDeal", "ReopenDeal", "ImportDeal"),
    ),
    "deals.events": (
        *("DealOpened", "DealStageMoved", "DealReassigned", "DealConditionMet", "DealContactAdded", "DealBuyingReasonRecorded"),
        *("DealTermsSet", "PackageSubmitted", "DealClosedWon", "DealClosedLost", "DealReopened", "CloseRefused", "DealCommandRefused"),
    ),
    "deals.people": ("CustomerPersonRecorded",),
    "onboarding.commands": ("AcceptHandover", "ReturnHandover", "CompleteStep", "BookKickoff", "HoldKickoff"),
    "onboarding.events": (
        *("HandoverPrepared", "PackageScored", "HandoverOpened", "HandoverReturned", "HandoverAccepted", "StepCompleted", "StepOverdue"),
        *("KickoffBooked", "KickoffHeld", "KickoffOverdue", "HandoverCompleted", "HandoverStopped", "PackageOverdue", "FollowUpOpened"),
        "HandoverCommandRefused",
    ),
    "onboarding.private": ("StepDue", "KickoffBookingDue", "KickoffHoldingDue", "PackageDue"),
    "notifications.commands": ("AssignAccountTeam", "SetPreferences", "MarkRead"),
    "notifications.events": ("NotificationSent", "NotificationUncertain", "NotificationFailed", "DirectoryCommandRefused"),
    "notifications.private": ("NotifyRecipient", "DigestDue", "SendEmail", "EmailExpired"),
    "notifications.people": ("ColleagueRecorded",),
    "feedback.commands": ("AnswerSurvey",),
    "feedback.events": (
        *("SurveyScheduled", "SurveyInvited", "SurveySkipped", "SurveyEnded", "FeedbackCollected", "DetractorRaised"),
        "SurveyCommandRefused",
    ),
    "feedback.private": (
        *("SurveyDue", "AskRespondent", "PersonAwaited", "RespondentGranted", "RespondentDenied", "ReminderDue", "SurveyExpires"),
    ),
}
HOME = {f"{topic.partition('.')[0]}.{name}.v1": topic for topic, names in TYPES.items() for name in names}
"""The topic of each type."""


class Line(NamedTuple):
    """What a service does with a message. `collection`: of the aggregate; `key`: the field of the message that names it."""

    name: str
    collection: str
    key: str = "deal_id"


def _lines(collection: str, table: str, key: str = "deal_id") -> dict[str, Line]:
    """From a table of types and deciders, such as `OpenDeal open_deal`."""
    rows = (row.split() for row in table.split(","))
    return {message: Line(decider, collection, key) for message, decider in rows}


COLLEAGUES = {"notifications.people": _lines("colleagues", "ColleagueRecorded copy_colleague", "person_id")}
CUSTOMERS = {"deals.people": _lines("customers", "CustomerPersonRecorded copy_customer", "person_id")}
LINES: Mapping[str, Mapping[str, Mapping[str, Line]]] = {
    "deals": {
        "deals.commands": _lines(
            "deals",
            "OpenDeal open_deal,MoveStage move_stage,SignContract sign_contract,ConfirmLegal confirm_legal,ConfirmFinance confirm_finance,"
            "AddContact add_contact,RecordBuyingReason record_buying_reason,SetTerms set_terms,SubmitPackage submit_package,"
            "CloseDeal close_deal,LoseDeal lose_deal,ReopenDeal reopen_deal,ImportDeal import_deal",
        ),
        "onboarding.events": _lines("deals", "PackageScored record_score"),
        "deals.private": {},
        **COLLEAGUES,
    },
    "onboarding": {
        "deals.events": _lines(
            "handovers",
            "DealOpened prepare_at_opening,DealStageMoved prepare_at_stage,PackageSubmitted score_package,DealClosedWon open_handover,"
            "DealClosedLost stop_lost,DealReopened stop_reopened,DealReassigned follow_account,DealContactAdded take_contact",
        ),
        "feedback.events": _lines("handovers", "DetractorRaised follow_up_detractor"),
        "onboarding.commands": _lines(
            "handovers",
            "AcceptHandover accept_handover,ReturnHandover return_handover,CompleteStep complete_step,BookKickoff book_kickoff,"
            "HoldKickoff hold_kickoff",
        ),
        "onboarding.private": _lines(
            "handovers", "StepDue raise_step,KickoffBookingDue raise_booking,KickoffHoldingDue raise_holding,PackageDue raise_package"
        ),
        **COLLEAGUES,
    },
    "notifications": {
        "deals.events": _lines("deals", "DealClosedWon tell_of_win,DealReopened tell_of_reopening,DealReassigned note_new_owner"),
        "onboarding.events": _lines(
            "deals",
            "HandoverReturned tell_of_return,StepCompleted tell_of_step,StepOverdue tell_of_late_step,KickoffOverdue tell_of_late_kickoff,"
            "PackageOverdue tell_of_late_package,FollowUpOpened tell_of_follow_up",
        ),
        "feedback.events": _lines("deals", "DetractorRaised tell_of_detractor,SurveyInvited tell_of_survey"),
        "notifications.commands": _lines("recipients", "SetPreferences set_preferences,MarkRead mark_read", "person_id")
        | _lines("teams", "AssignAccountTeam assign_account_team", "account_id"),
        "notifications.private": _lines("recipients", "NotifyRecipient notify_recipient,DigestDue send_digest", "recipient_id")
        | _lines("emails", "SendEmail queue_email,EmailExpired forget_email", "email_id"),
        **CUSTOMERS,
    },
    "feedback": {
        "onboarding.events": _lines("deal_surveys", "HandoverCompleted schedule_survey"),
        "deals.events": _lines("deal_surveys", "DealReopened stop_surveys"),
        "feedback.private": _lines(
            "deal_surveys",
            "SurveyDue ask_respondents,RespondentGranted invite,RespondentDenied leave_out,ReminderDue remind,SurveyExpires expire",
        )
        | _lines("respondents", "AskRespondent ask_respondent,PersonAwaited look_again", "respondent_id"),
        "feedback.commands": _lines("deal_surveys", "AnswerSurvey answer_survey"),
        **CUSTOMERS,
    },
}
"""By service, topic and name of the type. What a service reads and does not name here, it passes over."""
AGGREGATES: Mapping[str, tuple[str, ...]] = {
    "deals": ("deals", "customers"),
    "onboarding": ("handovers",),
    "notifications": ("emails", "colleagues", "recipients", "teams", "deals"),
    "feedback": ("deal_surveys",),
}
"""Collections whose documents count events: those that a service publishes about."""
