"""The composition of the notifications service."""

from pathlib import Path

from chassis.people import COLLEAGUES
from chassis.service import Reference, Service
from contracts.topics import NOTIFICATIONS as TOPICS
from services.notifications.effects import send_mail
from services.notifications.handlers import refusal
from services.notifications.http import ROUTERS
from services.notifications.policy import NotificationsPolicy
from services.notifications.settings import NotificationsSettings
from services.notifications.store.aggregates import NOTIFICATIONS, TEAM
from services.notifications.store.directory import load_directory
from services.notifications.subscriptions import LINES

SERVICE = Service(
    topics=TOPICS,
    lines=LINES,
    policy=(NotificationsPolicy, Path(__file__).with_name("policy.yaml")),
    refusal=refusal,
    routers=ROUTERS,
    collections=(NOTIFICATIONS,),
    reference=Reference(collections=(TEAM.collection, COLLEAGUES.collection), load=load_directory),
    effects=(send_mail,),
    settings=NotificationsSettings,
)
