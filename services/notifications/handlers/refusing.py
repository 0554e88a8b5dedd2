"""What is told to everybody when a command is refused and the rule has no event of its own."""

from chassis.refusing import refused_as
from contracts.notifications import DirectoryCommandRefused

refusal = refused_as(DirectoryCommandRefused)
