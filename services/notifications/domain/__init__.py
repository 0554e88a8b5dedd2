"""The business of notifications: recipients, notifications, e-mails, the directory and the deals they are about."""

from services.notifications.domain.commands import RecordAttempt, ResendEmail, Result
from services.notifications.domain.directory import DEPARTMENT_PREFIX, Directory, Team
from services.notifications.domain.email import RESENDABLE, SETTLED, Email, Status
from services.notifications.domain.errors import ChannelUnknown, EmailUnknown, NotResendable, NotYourInbox
from services.notifications.domain.known_deal import KnownDeal
from services.notifications.domain.notification import ROWS, TO_LOOK_AT, Channel, Kind, State, Way, content, digest_id, notification_id, row
from services.notifications.domain.recipient import Recipient

__all__ = [
    "DEPARTMENT_PREFIX",
    "RESENDABLE",
    "ROWS",
    "SETTLED",
    "TO_LOOK_AT",
    "Channel",
    "ChannelUnknown",
    "Directory",
    "Email",
    "EmailUnknown",
    "Kind",
    "KnownDeal",
    "NotResendable",
    "NotYourInbox",
    "Recipient",
    "RecordAttempt",
    "ResendEmail",
    "Result",
    "State",
    "Status",
    "Team",
    "Way",
    "content",
    "digest_id",
    "notification_id",
    "row",
]
