"""Cost per event as the database grows."""
