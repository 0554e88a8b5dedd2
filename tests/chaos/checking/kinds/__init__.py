"""One module for each kind of violation: pure functions over the evidence of a run."""

from tests.chaos.checking.data import RunData
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
    digests,
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
from tests.chaos.checking.violation import Verdict

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
    digests,
    teams,
    inboxes,
    copies,
)


def judge(run: RunData) -> Verdict:
    """Every violation that the run shows, kind by kind; and what is excused."""
    evidence = Evidence(run)
    return Verdict([violation for kind in KINDS for violation in kind.judge(evidence)], list(evidence.excuses.values()))
