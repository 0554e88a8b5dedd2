"""The business: one folder a service; none imports another."""
