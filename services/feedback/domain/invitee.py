"""One person in one survey: how far they were asked, and what they answered."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts.values import Id, SealedText, Time


class InviteeState(StrEnum):
    """Where a person stands in a survey. `ASKED`: it is being found out whether they may be invited."""

    ASKED = "asked"
    INVITED = "invited"
    REMINDED = "reminded"
    ANSWERED = "answered"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"


AWAITED = frozenset({InviteeState.INVITED, InviteeState.REMINDED})
"""Invited, and not answered yet."""


class Answer(BaseModel):
    """What a person said. `score`: 0 to 10."""

    model_config = ConfigDict(frozen=True)

    score: int
    comment: SealedText | None
    at: Time


class Invitee(BaseModel):
    """A person chosen for a survey. `link`: kept for the reminder, sealed for them."""

    model_config = ConfigDict(frozen=True)

    person_id: Id
    state: InviteeState = InviteeState.ASKED
    link: SealedText | None = None
    answer: Answer | None = None

    @property
    def was_invited(self) -> bool:
        """Whether an invitation went out to them."""
        return self.link is not None

    def invite(self, link: SealedText) -> "Invitee":
        """They may be asked."""
        return self.model_copy(update={"state": InviteeState.INVITED, "link": link})

    def deny(self, because: InviteeState) -> "Invitee":
        """They may not be asked."""
        return self.model_copy(update={"state": because})

    def remind(self) -> "Invitee":
        """They are asked once more."""
        return self.model_copy(update={"state": InviteeState.REMINDED})

    def say(self, answer: Answer) -> "Invitee":
        """They answered."""
        return self.model_copy(update={"state": InviteeState.ANSWERED, "answer": answer})
