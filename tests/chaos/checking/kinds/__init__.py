"""One module for each kind of violation: pure functions over the evidence of a run."""

from tests.chaos.checking.evidence import Evidence
from tests.chaos.checking.kinds import (
    agreement,
    answers,
    asking,
    causes,
    commanded,
    contents,
    copies,
    counted,
    courses,
    deals,
    follow_ups,
    handovers,
    hearing,
    inboxes,
    letters,
    lost,
    notices,
    offsets,
    order,
    repeats,
    surveys,
    teams,
    timers,
    twice,
)
from tests.chaos.checking.run import Run
from tests.chaos.checking.violation import Violation

KINDS = (
    lost,
    twice,
    agreement,
    order,
    contents,
    counted,
    letters,
    timers,
    repeats,
    notices,
    offsets,
    causes,
    answers,
    deals,
    handovers,
    courses,
    follow_ups,
    commanded,
    surveys,
    asking,
    hearing,
    teams,
    inboxes,
    copies,
)


def judge(run: Run) -> list[Violation]:
    """Every violation that the run shows, kind by kind."""
    evidence = Evidence(run)
    return [violation for kind in KINDS for violation in kind.judge(evidence)]
