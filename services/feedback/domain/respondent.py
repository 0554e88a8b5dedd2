"""A person who is asked: when they were last asked, over all deals, and which questions wait until their record has come."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from contracts.values import Id, Time


class Ask(BaseModel):
    """A deal's question whether the person may be asked."""

    model_config = ConfigDict(frozen=True)

    deal_id: Id
    survey_id: Id
    expires_at: Time
    give_up_at: Time


class Respondent(BaseModel):
    """`asked_at`: of the last invitation; reminders do not count."""

    model_config = ConfigDict(frozen=True)

    person_id: Id
    asked_at: Time | None = None
    waiting: tuple[Ask, ...] = ()

    def throttled(self, now: datetime, throttle: timedelta) -> bool:
        """Whether they were asked less than `throttle` ago."""
        return bool(throttle) and self.asked_at is not None and now < self.asked_at + throttle  # times of other deals may lie behind

    def asked(self, now: datetime) -> "Respondent":
        """They are asked now."""
        return self.model_copy(update={"asked_at": max(now, self.asked_at or now)})

    def wait(self, *asks: Ask) -> "Respondent":
        """The respondent with exactly these questions waiting."""
        return self.model_copy(update={"waiting": asks})
