"""Snapshots of every message's JSON Schema, and the check that a change breaks no earlier reader and no earlier writer."""

from contracts.schemas.compatibility import Break, breaks
from contracts.schemas.snapshots import FOLDER, every, schema_of, text_of, wire_types

__all__ = ["FOLDER", "Break", "breaks", "every", "schema_of", "text_of", "wire_types"]
