"""The ground of a run, as far as it can be seen without starting it."""

from pathlib import Path

from tests.chaos.ground import StackWithWays


def test_each_slot_has_a_listener_that_leads_clients_back_through_its_way(tmp_path: Path) -> None:
    stack = StackWithWays(tmp_path, ("deals-0", "feedback-0"), ("deals-8",))
    stack._place()
    formatted = stack.kafka.folder / "logs" / "meta.properties"
    formatted.parent.mkdir()
    formatted.touch()
    stack.kafka.prepare()
    said = dict(line.split("=", 1) for line in (stack.kafka.folder / "server.properties").read_text().splitlines())
    own, way = stack.listeners["deals-0"]
    assert way == stack.way_ports["deals-0"][0]
    listens, advertised = said["listeners"].split(","), said["advertised.listeners"].split(",")
    assert f"DEALS_0://127.0.0.1:{own}" in listens
    assert f"DEALS_0://127.0.0.1:{way}" in advertised
    assert f"PLAINTEXT://{stack.kafka.address}" in listens
    assert f"PLAINTEXT://{stack.kafka.address}" in advertised
    mapped = {pair.partition(":")[0] for pair in said["listener.security.protocol.map"].split(",")}
    assert {listener.partition(":")[0] for listener in listens} == mapped == {"PLAINTEXT", "CONTROLLER", "DEALS_0", "FEEDBACK_0"}
