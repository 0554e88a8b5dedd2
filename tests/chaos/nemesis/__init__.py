"""The nemesis: what it does to a run is drawn from the seed before it begins, and written down as it happens."""

from tests.chaos.nemesis.arena import Arena, Workload
from tests.chaos.nemesis.nemesis import Nemesis
from tests.chaos.nemesis.profiles import PROFILES, Profile
from tests.chaos.nemesis.schedule import draw

__all__ = ["PROFILES", "Arena", "Nemesis", "Profile", "Workload", "draw"]
