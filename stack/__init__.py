"""Kafka, MongoDB and a mail catcher as local processes: no Docker and no root needed."""
