"""The surveys of one deal: the one of its present cycle, and which cycles are over."""

from pydantic import BaseModel, ConfigDict

from contracts.values import Id
from services.feedback.domain.errors import SurveyUnknown
from services.feedback.domain.survey import Survey, SurveyState


class DealSurveys(BaseModel):
    """`reopened`: the highest cycle that a reopening began; everything of an older one is nothing to do. 0: never reopened."""

    model_config = ConfigDict(frozen=True)

    deal_id: Id
    reopened: int = 0
    survey: Survey | None = None

    def takes(self, cycle: int) -> bool:
        """Whether a survey of this cycle is still to be made."""
        return cycle >= self.reopened and (self.survey is None or cycle > self.survey.cycle)

    def find(self, survey_id: str) -> Survey:
        """The survey.

        Raises:
            SurveyUnknown: the deal has no such survey in its present cycle.
        """
        if self.survey is None or self.survey.survey_id != survey_id:
            raise SurveyUnknown(f"the deal {self.deal_id!r} has no survey {survey_id!r} in its present cycle", field="survey_id")
        return self.survey

    def going(self, survey_id: str) -> Survey | None:
        """The survey if it is the deal's present one and not over; None means that a message came too late."""
        survey = self.survey
        return survey if survey and survey.survey_id == survey_id and not survey.over else None

    def keep(self, survey: Survey) -> "DealSurveys":
        """The deal with this survey as its present one."""
        return self.model_copy(update={"survey": survey})

    def stop_before(self, cycle: int) -> "DealSurveys":
        """The deal with no survey of a cycle before this one going on; the same object if there was none."""
        survey = self.survey
        if survey is None or survey.over or survey.cycle >= cycle:
            return self
        return self.keep(survey.end(SurveyState.STOPPED))

    def reopen(self, cycle: int) -> "DealSurveys":
        """A new cycle began, and what is older is over."""
        return self.stop_before(cycle).model_copy(update={"reopened": cycle})
