"""An e-mail on its way: claimed, sent, refused, uncertain; and what may follow what."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.notifications import Audience


class Status(StrEnum):
    """Where an e-mail is. `claimed`: being prepared, nothing handed over yet; `sending`: handed over, the answer not yet recorded."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


SETTLED = frozenset({Status.SENT, Status.UNCERTAIN, Status.FAILED})
RESENDABLE = frozenset({Status.UNCERTAIN, Status.FAILED})
OPEN = frozenset({Status.CLAIMED, Status.SENDING, Status.UNCERTAIN})
"""In these, a sender that learns late how its attempt went may still say so."""


class Email(BaseModel):
    """One e-mail to one recipient. `attempt`: how often it was claimed, which fences out a sender that was thought dead;
    `refusals`: how often it was put off; `not_before`, `lease_until`: when it may be claimed, and by when its holder must have recorded.
    """

    model_config = ConfigDict(frozen=True)

    email_id: str
    recipient_id: str
    audience: Audience
    kind: str
    digest: int | None = None
    about: str | None = None
    status: Status = Status.QUEUED
    attempt: int = 0
    refusals: int = 0
    not_before: AwareDatetime
    holder: str | None = None
    lease_until: AwareDatetime | None = None
    reason: str | None = None
    queued_at: AwareDatetime
    changed_at: AwareDatetime
    resent_by: str | None = None

    def hears_of(self, attempt: int) -> bool:
        """Whether news of that attempt still matters."""
        return self.attempt == attempt and self.status in OPEN

    def settle(self, status: Status, at: datetime, reason: str | None = None) -> Self:
        """In its last state, unless somebody sends it again."""
        return self._free(status, at, reason=reason)

    def put_off(self, until: datetime, at: datetime, reason: str) -> Self:
        """Queued again: it is certain that nobody took it."""
        return self._free(Status.QUEUED, at, reason=reason, not_before=until, refusals=self.refusals + 1)

    def resend(self, by: str, at: datetime) -> Self:
        """Queued again because a person said so."""
        return self._free(Status.QUEUED, at, reason=None, not_before=at, refusals=0, resent_by=by)

    def _free(self, status: Status, at: datetime, **changed: object) -> Self:
        return self.model_copy(update={"status": status, "changed_at": at, "holder": None, "lease_until": None, **changed})
