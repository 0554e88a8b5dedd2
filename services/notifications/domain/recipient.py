"""A recipient: the channels they chose, how often they want a digest, and which digest is being gathered."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifications.domain.notification import Channel


class Recipient(BaseModel):
    """One person or department mailbox. `digest`: number of that being gathered; `digest_due_at`: when it goes out, if it holds anything.

    `channels` and `digest_every_minutes` are None until chosen: the policy's defaults hold.
    """

    model_config = ConfigDict(frozen=True)

    recipient_id: str
    channels: tuple[Channel, ...] | None = None
    digest_every_minutes: int | None = None
    digest: int = 1
    digest_due_at: AwareDatetime | None = None

    def period(self, default: timedelta) -> timedelta:
        """How long e-mails are gathered; zero sends each at once."""
        return default if self.digest_every_minutes is None else timedelta(minutes=self.digest_every_minutes)

    def choose(self, channels: tuple[Channel, ...] | None, digest_every_minutes: int | None) -> Self:
        """With other preferences; None leaves one as it is."""
        chosen = {"channels": channels, "digest_every_minutes": digest_every_minutes}
        return self.model_copy(update={name: value for name, value in chosen.items() if value is not None})

    def gather(self, until: datetime) -> Self:
        """Something waits for the digest, which goes out at `until` at the latest."""
        if self.digest_due_at is not None and self.digest_due_at <= until:
            return self
        return self.model_copy(update={"digest_due_at": until})

    def close_digest(self) -> Self:
        """The digest goes out; what comes from now on waits for the next."""
        return self.model_copy(update={"digest": self.digest + 1, "digest_due_at": None})
