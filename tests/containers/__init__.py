"""Kafka and MongoDB in containers, and the tests that drive the Compose file."""
