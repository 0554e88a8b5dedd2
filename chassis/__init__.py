"""Delivery, never business: how a message is consumed, decided, committed, published, retried and traced."""
