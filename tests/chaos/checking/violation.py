"""What is reported of a run."""

from enum import StrEnum
from typing import NamedTuple


class Broken(StrEnum):
    """What is broken: each kind of violation; the first ones by the checker, the others by the program that carries a run out."""

    LOST = "lost command"
    TWICE = "effect twice"
    UNTOLD = "state change without its event"
    UNFOUNDED = "event without its state change"
    UNASKED = "effect without a message"
    ORDER = "order inverted within an aggregate"
    CONTENTS = "same id with two contents"
    STATE = "aggregate not what its messages imply"
    LETTER = "dead letter lost or wrong"
    TIMER = "timer lost or fired twice"
    NOTICE = "notification twice"
    REPEAT = "published twice when nothing failed"
    OFFSET = "offset past uncommitted work"
    ANSWER = "a repeat was answered otherwise"
    FAULT = "a service failed"
    UNSETTLED = "never settled"
    FENCE = "offset past the fence"
    ENDED = "ended by itself"
    DISORDER = "does not end in order"
    RUN = "the run failed"
    NEMESIS = "the nemesis failed"
    CHECKER = "the checker failed"


class Violation(NamedTuple):
    """A promise that was broken. `kind`: which; `what`: a sentence; `ids`: of the messages, operations and documents that show it."""

    kind: str
    what: str
    ids: tuple[str, ...] = ()


class Excuse(NamedTuple):
    """A dead letter of a good message that is no violation. `type`, `id`: of the message; `reason`: of the letter; `deaths`: how often the
    service was killed or lost touch while the message waited, so that it had to take it for one that kills."""

    service: str
    type: str
    id: str
    reason: str
    deaths: int


class Verdict(NamedTuple):
    """What the checker says of a run. `excuses`: what it would have reported, had no fault explained it."""

    violations: list[Violation]
    excuses: list[Excuse]
