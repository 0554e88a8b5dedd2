"""The kinds of aggregates and the rows beside them, with their collections and indexes."""

from chassis.aggregate import Aggregate
from chassis.service import Collection
from services.notifications.domain import ROWS, Email, KnownDeal, Recipient, Team

DEAL = Aggregate("deal", KnownDeal, "deals")
RECIPIENT = Aggregate("recipient", Recipient, "recipients")
TEAM = Aggregate("team", Team, "teams")
EMAIL = Aggregate(
    "e-mail",
    Email,
    "emails",
    indexes=(
        (("state.status", 1), ("state.not_before", 1)),
        (("state.status", 1), ("state.lease_until", 1)),
        (("state.recipient_id", 1), ("_id", 1)),
    ),
)
NOTIFICATIONS = Collection(
    ROWS,
    indexes=(
        (("recipient", 1), ("channel", 1), ("created_at", -1), ("_id", 1)),
        (("recipient", 1), ("channel", 1), ("read_at", 1)),
        (("about", 1), ("_id", 1)),
        (("state", 1), ("_id", 1)),
        (("email", 1),),
    ),
    expire_after=("expires_at", 0),
)
