"""The parts of a handover: the score of its package, the win, answers, steps done, the kick-off, follow-ups."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.onboarding import Gap
from contracts.values import ContactRef, Id, Slug


class State(StrEnum):
    """Where a handover stands. `expected`: a package came, and neither preparation nor the win has."""

    EXPECTED = "expected"
    PREPARED = "prepared"
    OPEN = "open"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    STOPPED = "stopped"


class Part(BaseModel):
    """Base of the parts."""

    model_config = ConfigDict(frozen=True)


class PackageScore(Part):
    """The score of the package's latest version."""

    version: Annotated[int, Field(ge=1)]
    score: Annotated[int, Field(ge=0, le=100)]
    gaps: tuple[Gap, ...] = ()


class Win(Part):
    """The win that opened the handover. `at`: when Baton was told; `deadlines`: whether anything can be late."""

    closed_on: date
    at: datetime
    waived: bool = False
    contacts: tuple[ContactRef, ...] = ()
    deadlines: bool = True


class Acceptance(Part):
    """Who accepted which version of the package."""

    by: Id
    at: datetime
    package_version: int | None


class Return(Part):
    """Who gave which version of the package back. `by`: a person, or `policy`."""

    by: Id
    at: datetime
    package_version: int | None


class StepDone(Part):
    """Who did a step, in which role. `claimed`: no token proved the role, the command's source claims it."""

    by: Id
    role: Slug
    at: datetime
    claimed: bool = False


class Kickoff(Part):
    """The kick-off. `at`: the time it is booked for; `minutes`: its length; `moves`: how often it was booked anew."""

    at: datetime | None = None
    booked_by: Id | None = None
    booked_at: datetime | None = None
    minutes: int = 60
    moves: int = 0
    held_at: datetime | None = None
    held_by: Id | None = None


class FollowUp(Part):
    """A detractor's answer that somebody follows up."""

    survey_id: Id
    respondent_id: Id
    role: Slug
    due_at: datetime
