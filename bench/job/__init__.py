"""The job that every contestant does: its records, and what must come of them."""
