"""What a company decides about its surveys: when, whom, how often; what the answer page says; and who may read comments."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from chassis.policy import Duration, Policy
from contracts.values import Label, Slug
from services.feedback.links import AnswerLinks
from services.feedback.settings import FeedbackSettings

Span = Annotated[Duration, Field(gt=timedelta(0))]


class LongOnboarding(Policy):
    """A later first survey where the way from the win to the end of the handover took `from_days` days or more."""

    from_days: Annotated[int, Field(ge=1)]
    first_after: Span


class AwaitedPerson(Policy):
    """How to wait for the record of a person who is to be asked."""

    look_again_every: Span
    give_up_after: Span


class NpsPolicy(Policy):
    """The survey after a handover. `first_after`: from the end of the handover; the other spans from the day the survey is due."""

    first_after: Span
    long_onboarding: LongOnboarding | None = None
    roles: Annotated[tuple[Slug, ...], Field(min_length=1)]
    most_respondents: Annotated[int, Field(ge=1, le=20)]
    remind_after: Span
    open_for: Span
    throttle: Duration
    awaited_person: AwaitedPerson
    confidence_level: Annotated[float, Field(gt=0.5, lt=1)]

    @model_validator(mode="after")
    def _reminder_in_time(self) -> "NpsPolicy":
        if self.remind_after >= self.open_for:
            raise ValueError("remind_after must be shorter than open_for: nobody can answer once the survey has closed")
        return self

    def wait(self, days_from_win: int) -> timedelta:
        """How long after the end of the handover the survey is due."""
        late = self.long_onboarding
        return late.first_after if late and days_from_win >= late.from_days else self.first_after


class Notice(Policy):
    """What a page says where there is nothing to ask."""

    title: Label
    text: Label


class PageErrors(Policy):
    """What is said of an answer that cannot be taken as it is. `person_unknown`: a comment cannot be kept, the score can."""

    title: Label
    no_score: Label
    comment_too_long: Label
    person_unknown: Label


class AnswerPage(Policy):
    """Every text that a respondent reads. `language`: their BCP 47 tag."""

    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")]
    organisation: Label
    title: Label
    question: Label
    lowest: Label
    highest: Label
    comment: Label
    optional: Label
    privacy: Label
    send: Label
    errors: PageErrors
    thanks: Notice
    answered: Notice
    other_answer: Notice
    expired: Notice
    closed: Notice
    invalid: Notice
    unavailable: Notice


class FeedbackPolicy(Policy):
    """The policy of the feedback service; `policy.yaml` beside this file is the default, with a comment on each part."""

    nps: NpsPolicy
    page: AnswerPage
    answer_takers: frozenset[Slug]
    comment_readers: frozenset[Slug]


@dataclass(frozen=True)
class Rules:
    """What deciders and pages go by: the policy, and how links are signed in this deployment."""

    nps: NpsPolicy
    page: AnswerPage
    answer_takers: frozenset[Slug]
    comment_readers: frozenset[Slug]
    links: AnswerLinks


def prepare(policy: FeedbackPolicy, settings: FeedbackSettings) -> Rules:
    """The rules of this deployment.

    Raises:
        SettingsError: there is no key to sign links with.
    """
    links = AnswerLinks(settings.signing_key(), settings.base())
    return Rules(policy.nps, policy.page, policy.answer_takers, policy.comment_readers, links)
