"""What goes wrong on purpose while the system runs."""

import httpx
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource  # type: ignore[attr-defined]


async def publish_nonsense(kafka: str) -> None:
    """Three commands that are no JSON."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for n in range(3):
        headers = [("ce_id", f"nonsense-{n}".encode()), ("ce_type", b"deals.OpenDeal.v1"), ("ce_source", b"/tests")]
        headers += [("ce_time", b"2026-01-01T00:00:00Z"), ("ce_specversion", b"1.0")]
        await producer.send_and_wait("baton.deals.commands", b"no JSON", key=b"D1", headers=headers)
    await producer.stop()


def limit_of_events(kafka: str, most: str) -> str:
    """Set the `max.message.bytes` of deals' events; returns what it was."""
    admin = AdminClient({"bootstrap.servers": kafka})
    topic = ConfigResource(ConfigResource.Type.TOPIC, "baton.deals.events")
    before: str = admin.describe_configs([topic])[topic].result(20)["max.message.bytes"].value
    entry = ConfigEntry("max.message.bytes", most, incremental_operation=AlterConfigOpType.SET)
    changed = ConfigResource(ConfigResource.Type.TOPIC, "baton.deals.events", incremental_configs=[entry])
    for done in admin.incremental_alter_configs([changed]).values():
        done.result(20)
    return before


def open_a_heavy_deal(url: str, token: str, deal: str) -> None:
    """A deal whose first event has more than 3,000 bytes."""
    team = [{"person_id": f"person-of-the-team-{n:080}", "role": "sales_rep"} for n in range(60)]
    body = {"deal_id": deal, "account": {"account_id": "a", "name": "0"}, "owner_id": "o", "team": team}
    assert httpx.post(f"{url}/deals", json=body, headers={"Authorization": f"Bearer {token}"}).status_code == 200
