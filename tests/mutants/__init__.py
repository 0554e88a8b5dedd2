"""Planted bugs, each a realistic mistake, and the program that shows which check finds it."""
