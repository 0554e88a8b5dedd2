"""The contents page of notifications: one line per topic and message, and what decides on it."""

from chassis.line import Line, offer, on
from chassis.people import COLLEAGUES, COPY_CUSTOMERS, ErasePerson, RecordColleague
from contracts.deals import DealClosedWon, DealReassigned, DealReopened
from contracts.feedback import DetractorRaised, SurveyInvited
from contracts.notifications import AssignAccountTeam, DigestDue, EmailExpired, MarkRead, NotifyRecipient, SendEmail, SetPreferences
from contracts.onboarding import FollowUpOpened, HandoverReturned, KickoffOverdue, PackageOverdue, StepCompleted, StepOverdue
from contracts.topics import DEALS, FEEDBACK, NOTIFICATIONS, ONBOARDING
from services.notifications import handlers
from services.notifications.domain import RecordAttempt, ResendEmail
from services.notifications.store.aggregates import DEAL, EMAIL, RECIPIENT, TEAM

LINES: tuple[Line, ...] = (
    on(DEALS.events, DealClosedWon, handlers.tell_of_win, DEAL),
    on(DEALS.events, DealReopened, handlers.tell_of_reopening, DEAL),
    on(DEALS.events, DealReassigned, handlers.note_new_owner, DEAL),
    on(ONBOARDING.events, HandoverReturned, handlers.tell_of_return, DEAL),
    on(ONBOARDING.events, StepCompleted, handlers.tell_of_step, DEAL),
    on(ONBOARDING.events, StepOverdue, handlers.tell_of_late_step, DEAL),
    on(ONBOARDING.events, KickoffOverdue, handlers.tell_of_late_kickoff, DEAL),
    on(ONBOARDING.events, PackageOverdue, handlers.tell_of_late_package, DEAL),
    on(ONBOARDING.events, FollowUpOpened, handlers.tell_of_follow_up, DEAL),
    on(FEEDBACK.events, DetractorRaised, handlers.tell_of_detractor, DEAL),
    on(FEEDBACK.events, SurveyInvited, handlers.tell_of_survey, DEAL),
    on(NOTIFICATIONS.private, NotifyRecipient, handlers.notify_recipient, RECIPIENT),
    on(NOTIFICATIONS.private, DigestDue, handlers.send_digest, RECIPIENT),
    on(NOTIFICATIONS.commands, SetPreferences, handlers.set_preferences, RECIPIENT, needs_person=True),
    on(NOTIFICATIONS.commands, MarkRead, handlers.mark_read, RECIPIENT, needs_person=True),
    on(NOTIFICATIONS.private, SendEmail, handlers.queue_email, EMAIL),
    on(NOTIFICATIONS.private, EmailExpired, handlers.forget_email, EMAIL),
    offer(RecordAttempt, handlers.record_attempt, EMAIL),
    offer(ResendEmail, handlers.resend_email, EMAIL),
    on(NOTIFICATIONS.commands, AssignAccountTeam, handlers.assign_account_team, TEAM),
    offer(RecordColleague, handlers.record_colleague, COLLEAGUES),
    offer(ErasePerson, handlers.erase_colleague, COLLEAGUES),
    *COPY_CUSTOMERS,
)
