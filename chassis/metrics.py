"""What a service counts and measures, for Prometheus."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The measures of one service, in a registry of their own. Times in seconds."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        labels: Any = {"registry": self.registry, "namespace": "baton", "subsystem": service}
        self.messages = Counter("messages", "messages from topics, by what became of them", ["outcome"], **labels)
        self.commands = Counter("commands", "commands over HTTP, by what became of them", ["outcome"], **labels)
        self.dead_letters = Counter("dead_letters", "dead letters, by reason", ["reason"], **labels)
        self.batch_size = Histogram(
            "batch_messages", "messages in a transaction", buckets=(1, 10, 50, 100, 500, 1000, 2000, 5000), **labels
        )
        self.transaction = Histogram("transaction_seconds", "from the start of a transaction to its commit", **labels)
        self.retries = Counter("retries", "transactions that failed and were tried again", **labels)
        self.conflicts = Counter("conflicts", "commands over HTTP that met another writer", **labels)
        self.fenced = Counter("fenced", "batches whose chain was broken", **labels)
        self.published = Counter("published", "records acknowledged by the broker", **labels)
        self.publish_failures = Counter("publish_failures", "outbox looks that failed", **labels)
        self.parked = Gauge("parked_aggregates", "aggregates with a record that the broker will never take", **labels)
        self.outbox_age = Gauge("outbox_age_seconds", "age of the oldest outbox document of the lanes held", **labels)
        self.timers_fired = Counter("timers_fired", "timers whose message was sent", **labels)
        self.timers_late = Histogram("timers_late_seconds", "how late timers fired", **labels)
        self.lag = Gauge("lag_messages", "records behind the end of the log", ["topic", "partition"], **labels)
        self.lag_seconds = Gauge("lag_seconds", "age of the last record taken where there are more", ["topic", "partition"], **labels)
        self.lanes = Gauge("lanes_held", "lanes that this instance works on", **labels)
        self.stopped = Gauge("partitions_stopped", "partitions stopped because the log is not the one the fence knows", **labels)

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
