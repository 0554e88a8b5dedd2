"""Small histories, each with everything in it that one part of delivery has to get right."""

from tests.model.exploring import Scenario
from tests.model.tally import CANCEL, SET
from tests.model.world import World


def _one_lane(world: World) -> None:
    world.callers.publish("a")
    world.callers.publish("a", SET)
    world.callers.duplicate(0)
    world.callers.call("a")


def _later(world: World) -> None:
    world.callers.duplicate(1)
    world.callers.publish("a")
    world.callers.reuse_id(0)


def _on_topics(world: World) -> None:
    world.callers.publish("a")
    world.callers.publish("b")
    world.callers.duplicate(0)


def _alarms(world: World) -> None:
    """One is moved while it rings, the other cancelled; the service looks for timers at every full second."""
    world.callers.publish("a", SET, seconds=0)
    world.callers.publish("b", SET, seconds=0)
    world.at(1, _change_alarms)


def _change_alarms(world: World) -> None:
    world.callers.call("a", SET, seconds=2)
    world.callers.call("b", CANCEL)


def _two_lanes(world: World) -> None:
    """`a` belongs to one lane and `d` to the other."""
    world.callers.publish("d")
    world.callers.tell("d", "a")
    world.callers.duplicate(1)


def _both_lanes_again(world: World) -> None:
    world.callers.publish("a")
    world.callers.publish("d")


def _from_both_sides(world: World) -> None:
    world.callers.publish("a")
    world.at(1, _from_the_other_side)


def _from_the_other_side(world: World) -> None:
    world.callers.call("a", times=2)
    world.callers.publish("a")


def _smallest(world: World) -> None:
    world.callers.publish("a")


def _in_transactions(world: World) -> None:
    """Markers between records, and one behind the last."""
    world.callers.publish("a")
    world.callers.end_transaction(0)
    world.callers.publish("a")
    world.callers.publish("b")
    world.callers.end_transaction(0)


def _another_transaction(world: World) -> None:
    """An aborted one first, of which only the marker is to be seen."""
    world.callers.end_transaction(0)
    world.callers.publish("a")


def _one_instance_for_each_lane(world: World) -> None:
    world.share(world.processes[0])


def _one_id_on_two_lanes(world: World) -> None:
    world.callers.publish("a")
    world.callers.rival(0, "d")


ONE_LANE = Scenario("one lane", (_one_lane,))
ON_AND_ON = Scenario("one lane, and more of it later", (_one_lane, _later))
ALARMS = Scenario("alarms set, moved and cancelled", (_alarms,))
TWO_LANES = Scenario("two lanes and messages under another key", (_two_lanes, _both_lanes_again), partitions=2)
BOTH_SIDES = Scenario("two instances whose clocks differ", (_from_both_sides,), others=1, skews=(5.0, -5.0))
SMALLEST = Scenario("one message", (_smallest,))
ON_TOPICS_ONLY = Scenario("commands on their topic", (_on_topics, _later))
IN_TRANSACTIONS = Scenario("offsets with gaps", (_in_transactions, _another_transaction))
TWO_WRITERS = Scenario("one id on two lanes", (_one_instance_for_each_lane, _one_id_on_two_lanes), partitions=2, others=1)
EVERY = (ON_AND_ON, ALARMS, TWO_LANES, BOTH_SIDES, SMALLEST, IN_TRANSACTIONS, TWO_WRITERS)
