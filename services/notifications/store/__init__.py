"""Where notifications keeps things: aggregates, rows, the directory's snapshot, the queue of e-mails, and queries for reading."""
