"""Onboarding: from the first preparation of a handover to a customer who is in the hands of those who serve them."""
