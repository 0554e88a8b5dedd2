"""Real processes driven end to end, from outside: through Kafka, HTTP and SMTP."""
