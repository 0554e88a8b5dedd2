"""Everything that happened to one deal, across all topics and services, in causal order."""

from ops.journey.entry import Entry
from ops.journey.order import in_causal_order
from ops.journey.scan import journey_of

__all__ = ["Entry", "in_causal_order", "journey_of"]
