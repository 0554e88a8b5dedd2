"""Notifications: who hears of what, on which channel, when, and what became of each e-mail."""
