"""What is kept beside the handover so that the handover stays small, and in which collection."""

PAST_HANDOVERS = "past_handovers"
"""The handovers of a reopened deal's earlier cycles, as they ended; by `deal_id:cycle`."""

RETURNS = "returns"
"""Every return of a package with its reasons; by `deal_id:cycle:n`."""

KICKOFF_NOTES = "kickoff_notes"
"""The notes of a kick-off that took place; by `deal_id:cycle`."""
