"""The rules of a sale that say no, by name."""

from chassis.decision import DomainError, Invalid, Unknown


class DealUnknown(Unknown):
    """No deal has this id."""

    code = "deal_unknown"


class DealExists(DomainError):
    """A deal with this id was opened before, with other content."""

    code = "deal_exists"


class DealIsClosed(DomainError):
    """The deal is won or lost, and what is asked for would change that, or what it was closed on."""

    code = "deal_is_closed"


class DealNotClosed(DomainError):
    """The deal is open, and only a closed one can be reopened."""

    code = "deal_not_closed"


class NotReadyToClose(DomainError):
    """The close gate found a condition that is neither met nor waived (R1). `problem["missing"]` lists them."""

    code = "not_ready_to_close"


class ExportDisagrees(DomainError):
    """A CRM export undoes how a deal was closed here; only a named person can reopen it."""

    code = "export_disagrees"


class TooManyContacts(Invalid):
    """The deal has as many contacts as the policy allows."""

    code = "too_many_contacts"
