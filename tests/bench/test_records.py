"""The records of the job are what its size says."""

from bench.job.records import Size, make_records


def test_aggregates_that_are_changed_in_turn_are_all_changed_before_any_is_changed_again() -> None:
    """Guarantee: however few aggregates there are, none comes twice in a short while: growth would be measured by company otherwise."""
    size = Size(records=100, aggregates=20, duplicates=0, poison=0, opened=True, in_turn=True)
    keys = [sent.key for sent in make_records(size)]
    rounds = [keys[first : first + 20] for first in range(0, 100, 20)]
    assert all(len(set(some)) == 20 for some in rounds)
    assert rounds[0] != rounds[1]
