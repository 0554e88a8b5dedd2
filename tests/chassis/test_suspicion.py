"""Which record is blamed for the deaths of a process, judged from what stands in the fence."""

from chassis.crashes import KILLS, Suspicion, after_take_up


def test_the_third_death_blames_the_record_of_the_flight_though_a_gap_stands_before_it() -> None:
    """Guarantee: a message that kills the process three times is a dead letter, also where a transaction marker leaves a gap."""
    fence = {"next": 10, "holder": "dead", "suspicion": {"since": 10, "until": 40, "times": 2, "flight": [10, 13]}}
    found = after_take_up(fence, "me", 2000)
    assert found == Suspicion(10, 40, KILLS, guilty=12)


def test_the_guilty_record_stays_guilty_while_another_partition_of_the_lane_goes_on() -> None:
    """Guarantee: a suspicion ends when reading has gone past the record, not when something else of the lane was taken."""
    suspicion = Suspicion(10, 40, KILLS, guilty=12)
    assert not suspicion.is_behind(10)
    assert not suspicion.is_behind(12)
    assert suspicion.is_behind(13)


def test_records_that_came_after_the_crash_are_not_suspected() -> None:
    """Guarantee: after a crash a quiet lane is itself again at once; only what the log had then can have killed the process."""
    assert after_take_up({"next": 10, "holder": "dead"}, "me", 0) is None
    assert after_take_up({"next": 10, "holder": "dead"}, "me", 3) == Suspicion(10, 13, 1)
