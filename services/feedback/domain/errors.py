"""The rules of a survey that say no, by name."""

from chassis.decision import DomainError, Unknown


class SurveyUnknown(Unknown):
    """The deal has no such survey in its present cycle."""

    code = "survey_unknown"


class NotInvited(Unknown):
    """The person was not asked in this survey."""

    code = "not_invited"


class AlreadyAnswered(DomainError):
    """The person answered before, and said something else."""

    code = "already_answered"


class SurveyClosed(DomainError):
    """The survey takes no more answers: it has expired, or the deal was reopened."""

    code = "survey_closed"
    status = 410
