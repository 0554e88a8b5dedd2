"""Mistakes that break no promise, because something else holds: kept with the exploration that shows it."""

from tests.model.bugs import Bug
from tests.model.exploring import ANYTHING
from tests.model.network import Fault
from tests.model.planting import Edit
from tests.model.scenarios import ON_AND_ON, TWO_LANES, TWO_WRITERS

TAKEN_FOR_FAILURE = Bug(
    "an unknown outcome of a commit is taken for failure",
    (Edit("flights", "Flights._fly", "if outcome_unknown(error):", "if False:"),),
    ON_AND_ON,
    ((Fault.REQUEST_LOST, Fault.REPLY_LOST),),
    "",
)
"""The batch is tried again with the position it had, which the chain refuses if the commit did happen."""
_OUTSIDE = (
    Edit("workspace", "Workspace.load", '{"h": 1, "r": 1}, session=session', '{"h": 1, "r": 1}, session=None'),
    Edit("commit", "Committer._decide", "None if ask_all else self._repeats", "None"),
)
CHECKED_OUTSIDE = tuple(
    Bug(f"the inbox is checked outside the transaction, in {scenario.name}", _OUTSIDE, scenario, (ANYTHING,), "")
    for scenario in (TWO_LANES, TWO_WRITERS)
)
"""What an aggregate's own lane wrote before is on a majority when the lane goes on, or the fence does not match. Of two lanes that do not
see each other's row, the one that inserts it second meets it, and begins again."""
HARMLESS = (TAKEN_FOR_FAILURE, *CHECKED_OUTSIDE)
