"""Tests of the language of the bus: its documents, its snapshots and what may change in them."""
