"""The services as real processes, each in a slot with a port, ways and a log of its own, and a keeper that starts again what was killed."""

from tests.chaos.running.births import Births
from tests.chaos.running.keeper import Keeper
from tests.chaos.running.slot import Slot

__all__ = ["Births", "Keeper", "Slot"]
