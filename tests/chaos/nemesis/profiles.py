"""Profiles: how long a run is, how close its faults follow each other, and which it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.nemesis import backlogs, network, processes, servers
from tests.chaos.nemesis.planned import Kind, Planned

KINDS: Mapping[str, Kind] = {kind.name: kind for part in (processes, servers, network, backlogs) for kind in part.KINDS}


@dataclass(frozen=True)
class Profile:
    """`seconds`: of disturbance by default; `gap`: seconds between two faults on average, None for none at all.

    `without`: kinds that are left out. `first`: faults that every run of the profile begins with.
    """

    name: str
    seconds: float
    gap: float | None
    without: frozenset[str] = frozenset()
    first: tuple[Planned, ...] = field(default=())

    @property
    def kinds(self) -> list[Kind]:
        """The kinds that its deck has."""
        return [kind for kind in KINDS.values() if kind.name not in self.without]


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("full", 30, 1.5),
        Profile("short", 12, 2.0, frozenset({"backlog", "rebalance-storm", "slow-database"})),
        Profile("calm", 15, None),
        Profile(
            "backlog",
            60,
            4.0,
            frozenset({"backlog", "broker-kill", "broker-freeze"}),
            (Planned(1.0, "backlog", "kafka", {"operations": backlogs.LARGE, "kills": 6}),),
        ),
    )
}
