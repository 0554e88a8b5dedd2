"""The job, done by every contestant in turn: how fast, at what cost, and whether the result is right."""
