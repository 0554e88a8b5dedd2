"""Names of the collections that are written beside the aggregates."""

NPS_ANSWERS = "nps_answers"
"""All answers ever given, one row each, without what the person wrote; a survey itself lives as long as its deal's cycle."""
