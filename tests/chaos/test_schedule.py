"""A schedule comes from its seed alone, and leaves no kind of fault out."""

import itertools
import re
from pathlib import Path

import pytest

from tests.chaos.nemesis import PROFILES, draw
from tests.chaos.nemesis.planned import Planned
from tests.chaos.nemesis.profiles import KINDS


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_same_seed_gives_the_same_schedule(profile: object) -> None:
    assert draw(7, 30, profile) == draw(7, 30, profile)  # type: ignore[arg-type]


def test_another_seed_gives_another_schedule() -> None:
    assert draw(7, 30, PROFILES["full"]) != draw(8, 30, PROFILES["full"])


def test_a_longer_run_begins_as_the_shorter_one() -> None:
    """What a seed showed in 30 s can be looked for with the same seed in 60."""
    short, long = (draw(7, seconds, PROFILES["full"]) for seconds in (30, 60))
    assert long[: len(short)] == short


def test_few_seeds_have_every_kind_of_fault() -> None:
    found = {planned.fault for seed in range(10) for planned in draw(seed, 30, PROFILES["full"])}
    assert found == set(KINDS)


def test_a_third_of_the_kills_comes_under_load() -> None:
    kills = [planned for planned in _many() if planned.fault in ("kill", "terminate")]
    assert 0.25 < sum("burst" in planned.detail for planned in kills) / len(kills) < 0.42


def test_every_fault_has_its_moment_within_the_run() -> None:
    assert all(0 < planned.at <= 30 for planned in _many())


def test_a_calm_run_has_no_faults() -> None:
    assert draw(7, 30, PROFILES["calm"]) == []


def test_a_backlog_run_begins_with_a_hundred_thousand_operations_while_the_broker_is_away() -> None:
    first = draw(7, 60, PROFILES["backlog"])[0]
    assert (first.fault, first.target, first.detail["operations"]) == ("backlog", "kafka", 100_000)


def test_the_runs_of_the_continuous_integration_have_every_kind_of_fault_and_a_run_without_any() -> None:
    text = (Path(__file__).parents[2] / ".ci" / "run").read_text()
    lanes = re.findall(r'^make chaos SEED=(\d+) RUNS=(\d+) SECONDS=(\d+) CHAOS_OPTIONS="--profile (\w+)"$', text, re.MULTILINE)
    assert len(lanes) == text.count("make chaos")
    schedules = [
        draw(number, int(seconds), PROFILES[profile])
        for seed, runs, seconds, profile in lanes
        for number in range(int(seed), int(seed) + int(runs))
    ]
    assert {planned.fault for schedule in schedules for planned in schedule} == set(KINDS)
    assert [] in schedules


def _many() -> list[Planned]:
    return list(itertools.chain.from_iterable(draw(seed, 30, PROFILES["full"]) for seed in range(100)))
