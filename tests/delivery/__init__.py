"""Conformance of delivery: what is promised about messages, shown on every service with a real broker and a real database."""
