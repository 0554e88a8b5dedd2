"""The rules of notifications that say no, by name."""

from chassis.decision import DomainError, Forbidden, Invalid, Unknown


class ChannelUnknown(Invalid):
    """A preference names a channel that does not exist."""

    code = "channel_unknown"


class NotYourInbox(Forbidden):
    """An inbox is for its recipient, for the colleagues of a department where it is the department's, and for operators."""

    code = "not_your_inbox"


class EmailUnknown(Unknown):
    """There is no such e-mail."""

    code = "notification_unknown"


class NotResendable(DomainError):
    """Only an e-mail that is uncertain or failed can be sent again; any other is on its way, or there."""

    code = "not_resendable"
