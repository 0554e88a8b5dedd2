"""What is told to everybody when a command is refused and the rule has no event of its own."""

from chassis.refusing import refused_as
from contracts.feedback import SurveyCommandRefused

refusal = refused_as(SurveyCommandRefused)
