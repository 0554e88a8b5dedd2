"""Tests of the documents: what they point to is there."""
