"""The composition of the deals service."""

from pathlib import Path

from chassis.people import CUSTOMERS
from chassis.service import Collection, Service
from contracts.topics import DEALS
from services.deals.domain.rows import PACKAGES, PAST_CYCLES
from services.deals.handlers import refusal
from services.deals.http import ROUTERS
from services.deals.policy import DealsPolicy
from services.deals.subscriptions import LINES

SERVICE = Service(
    topics=DEALS,
    lines=LINES,
    policy=(DealsPolicy, Path(__file__).with_name("policy.yaml")),
    refusal=refusal,
    routers=ROUTERS,
    collections=(
        Collection(PACKAGES),
        Collection(PAST_CYCLES, indexes=((("deal_id", 1), ("cycle", 1)),)),
        Collection(CUSTOMERS.collection, indexes=((("state.account_id", 1), ("_id", 1)),)),
    ),
)
