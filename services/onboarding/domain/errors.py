"""The rules of a handover that say no, by name."""

from chassis.decision import DomainError, Forbidden, Invalid, Unknown


class HandoverUnknown(Unknown):
    """No handover was prepared or opened for the deal."""

    code = "handover_unknown"


class HandoverNotOpen(DomainError):
    """The deal is not won yet, so there is nothing to accept, to return or to hold."""

    code = "handover_not_open"


class HandoverNotRunning(DomainError):
    """The handover was stopped, or the deal was reopened and its next handover has not begun."""

    code = "handover_not_running"


class HandoverAlreadyAccepted(DomainError):
    """The package was accepted, and an accepted one is not given back."""

    code = "handover_already_accepted"


class HandoverAlreadyReturned(DomainError):
    """The package was returned, and no better version has come since."""

    code = "handover_already_returned"


class PackageMovedOn(DomainError):
    """A newer version of the package came than the one that the caller read."""

    code = "package_moved_on"


class KickoffAlreadyHeld(DomainError):
    """The kick-off took place, at another time than the caller says."""

    code = "kickoff_already_held"


class StepUnknown(Invalid):
    """The policy's template has no such step."""

    code = "step_unknown"


class RoleNotAllowed(Forbidden):
    """The role may not do this, or is not one of the caller's."""

    code = "role_not_allowed"
