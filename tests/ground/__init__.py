"""Tests of the project's own ground: import rules, sizes, requirement rows."""
