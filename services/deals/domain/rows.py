"""What is kept beside the deal so that the deal stays small, and in which collection."""

PACKAGES = "packages"
"""Every version of every handover package, as it was published; by `deal_id:version`."""

PAST_CYCLES = "past_cycles"
"""How each earlier cycle of a reopened deal ended (R2); by `deal_id:cycle`."""
