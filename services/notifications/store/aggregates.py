"""The kinds of aggregates and the rows beside them, with their collections and indexes."""

from chassis.aggregate import Aggregate
from chassis.service import Collection
from services.notifications.domain import ROWS, TO_LOOK_AT, Channel, Email, KnownDeal, Recipient, Team

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
    # every entry is paid for by each of the rows, of which a win makes a dozen: no index holds what nobody asks it for
    indexes=((("recipient", 1), ("created_at", -1), ("_id", 1)), (("about", 1),)),
    partial=(
        ((("recipient", 1), ("read_at", 1)), {"channel": Channel.INBOX.value, "read_at": None}),
        ((("state", 1), ("_id", 1)), {"state": {"$in": [state.value for state in TO_LOOK_AT]}}),
        ((("email", 1),), {"email": {"$gt": ""}}),
    ),
    expire_after=("expires_at", 0),
)
