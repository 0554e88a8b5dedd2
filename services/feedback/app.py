"""The composition of the feedback service."""

from pathlib import Path

from chassis.service import Service
from contracts.topics import FEEDBACK
from services.feedback.handlers import refusal
from services.feedback.http import ROUTERS
from services.feedback.policy import FeedbackPolicy, prepare
from services.feedback.settings import FeedbackSettings
from services.feedback.store import ANSWERS
from services.feedback.subscriptions import LINES

SERVICE = Service(
    topics=FEEDBACK,
    lines=LINES,
    policy=(FeedbackPolicy, Path(__file__).with_name("policy.yaml")),
    refusal=refusal,
    routers=ROUTERS,
    collections=(ANSWERS,),
    settings=FeedbackSettings,
    prepare=prepare,
)
