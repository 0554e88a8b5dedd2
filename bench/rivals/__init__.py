"""Programs that do the same job with the same guarantee, written by hand; each runs as a process of its own."""
