"""A survey of one deal in one cycle: whom it asks, in which state it is, and when it is over."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts.values import ContactRef, Id, Label, SealedText, Time
from services.feedback.domain.errors import AlreadyAnswered, NotInvited, SurveyClosed
from services.feedback.domain.invitee import AWAITED, Answer, Invitee, InviteeState


class SurveyState(StrEnum):
    """Where a survey stands. `ASKING`: those chosen are being asked whether they may be invited."""

    SCHEDULED = "scheduled"
    ASKING = "asking"
    INVITED = "invited"
    REMINDED = "reminded"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    STOPPED = "stopped"


OVER = frozenset({SurveyState.ANSWERED, SurveyState.SKIPPED, SurveyState.EXPIRED, SurveyState.STOPPED})
"""States in which nothing happens any more."""


class Survey(BaseModel):
    """`contacts`: those to choose from, until it is due. `expires_at`: known once it is due. `invitees`: in the order of preference."""

    model_config = ConfigDict(frozen=True)

    survey_id: Id
    cycle: int
    account_id: Id
    account_name: Label
    due_at: Time
    state: SurveyState = SurveyState.SCHEDULED
    contacts: tuple[ContactRef, ...] = ()
    expires_at: Time | None = None
    invitees: tuple[Invitee, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing happens any more."""
        return self.state in OVER

    @property
    def invited(self) -> int:
        """People to whom an invitation went out."""
        return sum(invitee.was_invited for invitee in self.invitees)

    @property
    def answered(self) -> int:
        """People who answered."""
        return sum(invitee.answer is not None for invitee in self.invitees)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Ids of those who were invited and have not answered."""
        return tuple(invitee.person_id for invitee in self.invitees if invitee.state in AWAITED)

    def find(self, person_id: str) -> Invitee:
        """The person as invited here.

        Raises:
            NotInvited: no invitation went out to them.
        """
        for invitee in self.invitees:
            if invitee.person_id == person_id and invitee.was_invited:
                return invitee
        raise NotInvited("this person was not invited to the survey", field="respondent_id")

    def place(self, person_id: str) -> int:
        """The person's place among those chosen."""
        return next(place for place, invitee in enumerate(self.invitees) if invitee.person_id == person_id)

    def stands(self, person_id: str) -> InviteeState | None:
        """Where the person stands; None when the survey does not ask them."""
        return next((invitee.state for invitee in self.invitees if invitee.person_id == person_id), None)

    def ask(self, person_ids: Sequence[str], expires_at: datetime) -> "Survey":
        """It is due, and these people are to be asked; nobody: it is skipped."""
        state = SurveyState.ASKING if person_ids else SurveyState.SKIPPED
        invitees = tuple(Invitee(person_id=person_id) for person_id in person_ids)
        return self.model_copy(update={"state": state, "contacts": (), "expires_at": expires_at, "invitees": invitees})

    def invite(self, person_id: str, link: SealedText) -> "Survey":
        """An invitation goes out to the person."""
        return self._change(person_id, lambda invitee: invitee.invite(link))

    def deny(self, person_id: str, because: InviteeState) -> "Survey":
        """The person may not be asked."""
        return self._change(person_id, lambda invitee: invitee.deny(because))

    def remind(self, person_id: str) -> "Survey":
        """The person is asked once more."""
        return self._change(person_id, Invitee.remind)

    def must_take(self, person_id: str, at: datetime) -> None:
        """Whether the person may answer at this time.

        Raises:
            NotInvited: no invitation went out to them.
            AlreadyAnswered: they did so before.
            SurveyClosed: it has expired, or was stopped.
        """
        if self.find(person_id).answer:
            raise AlreadyAnswered("this person has answered already; an answer cannot be changed")
        if self.over or (self.expires_at and at >= self.expires_at):
            raise SurveyClosed("this survey takes no more answers")

    def answer(self, person_id: str, answer: Answer) -> "Survey":
        """The person answers."""
        return self._change(person_id, lambda invitee: invitee.say(answer))

    def end(self, state: SurveyState) -> "Survey":
        """It is over before everybody answered."""
        return self.model_copy(update={"state": state, "contacts": ()})

    def _change(self, person_id: str, change: Callable[[Invitee], Invitee]) -> "Survey":
        invitees = tuple(change(invitee) if invitee.person_id == person_id else invitee for invitee in self.invitees)
        return self.model_copy(update={"invitees": invitees, "state": _state_of(invitees)})


def choose(contacts: Sequence[ContactRef], roles: Sequence[str], most: int) -> list[str]:
    """Ids of the people to ask: those in one of the roles, the most preferred role first, each once, `most` of them at most."""
    preferred = sorted((contact for contact in contacts if contact.role in roles), key=lambda contact: roles.index(contact.role))
    return list(dict.fromkeys(contact.person_id for contact in preferred))[:most]


def _state_of(invitees: Sequence[Invitee]) -> SurveyState:
    """The state of a survey that is not over by the calendar: the furthest that anybody still awaited has come."""
    states = {invitee.state for invitee in invitees}
    if InviteeState.REMINDED in states:
        return SurveyState.REMINDED
    if InviteeState.INVITED in states:
        return SurveyState.INVITED
    if InviteeState.ASKED in states:
        return SurveyState.ASKING
    return SurveyState.ANSWERED if InviteeState.ANSWERED in states else SurveyState.SKIPPED
