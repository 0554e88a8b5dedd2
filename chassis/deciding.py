"""The fold: each message in its own try, in order; what comes of it is in the workspace as a whole, or not at all."""

from enum import StrEnum
from typing import Any, NamedTuple

import structlog

from chassis.aggregate import Aggregate
from chassis.context import Context
from chassis.dead_letters import REDRIVEN, burial, copy_of
from chassis.decision import Decision, DomainError
from chassis.incoming import Death, Incoming, Reason
from chassis.outbox import Page, event_id, forwarded, publication
from chassis.reading import describe, fault
from chassis.stored import Stored, TooLarge, Unreadable, checked
from chassis.timer_documents import timer_document, timer_id
from chassis.workspace import DEAD, DONE, Workspace
from contracts.message import Event

log = structlog.get_logger("baton.deciding")


class Kind(StrEnum):
    """What became of a message."""

    CHANGED = "changed"
    NOTHING = "nothing"
    REFUSED = "refused"
    SEEN = "seen"
    PASSED = "passed"
    FORWARDED = "forwarded"
    DEAD = "dead"


class Outcome(NamedTuple):
    """What became of a message; the ids of the events that follow from it, the error of a refusal, the reason of a dead letter."""

    kind: Kind
    events: tuple[str, ...] = ()
    error: DomainError | None = None
    death: Death | None = None


def decide(workspace: Workspace, page: Page, m: Incoming) -> Outcome:
    """Take one message into the workspace. `page`: what its lane publishes. Raises nothing."""
    if m.passed:
        _settle(workspace, m)
        return Outcome(Kind.PASSED)
    if m.death is None and m.line and not m.here:
        page.add(forwarded(workspace.deployment, m))
        return Outcome(Kind.FORWARDED)
    if m.known and (seen := workspace.inbox.get(m.inbox_id)):
        if seen[0] != m.digest:
            return _bury(workspace, page, m, Death(Reason.ID_REUSED, "the id was used before, with other content"))
        if seen[1] == DONE or m.redrive is None:
            _settle(workspace, m)
            return Outcome(Kind.SEEN)
    try:
        outcome = _fold(workspace, page, m) if m.death is None else Outcome(Kind.DEAD, death=m.death)
    except TooLarge as error:
        outcome = Outcome(Kind.DEAD, death=Death(Reason.TOO_LARGE, str(error)))
    except Unreadable as error:
        outcome = Outcome(Kind.DEAD, death=Death(Reason.FAILED, str(error)))
        log.error("a stored document cannot be read", line=m.line and m.line.name, type=m.type, id=m.id, fault=str(error))
    except DomainError as error:
        outcome = Outcome(Kind.DEAD, death=Death(Reason.REFUSED, describe(error)), error=_without_frames(error))
    except Exception as error:
        outcome = Outcome(Kind.DEAD, death=Death(Reason.FAILED, fault(error)))
        log.error("a decider failed", line=m.line and m.line.name, type=m.type, id=m.id, fault=fault(error))
    if outcome.death:
        outcome = _bury(workspace, page, m, outcome.death)._replace(error=outcome.error)
    else:
        _settle(workspace, m)
    if m.known:
        workspace.remember(m, DEAD if outcome.kind is Kind.DEAD else DONE)
    return outcome


def _fold(workspace: Workspace, page: Page, m: Incoming) -> Outcome:
    """Decide one message of this lane.

    Raises:
        DomainError: an event met a rule that says no.
        TooLarge: what would be written or published is too large.
        Unreadable: a document that it is decided by cannot be read.
    """
    line = m.line
    assert line is not None
    assert m.time is not None
    workspace.demand_readable(m)  # first of all: what cannot be read is not the same as what does not exist
    kind = line.aggregate
    stored = workspace.stored.get((kind.collection, m.key)) if kind else None
    if m.timer and (stored is None or stored.timers.get(m.timer[0]) != m.timer[1]):
        return Outcome(Kind.NOTHING)  # the timer was moved or cancelled while it fired
    state = stored.state if stored else None
    people = workspace.people(m) if line.mentions else {}
    context: Context[Any] = Context(m.time, workspace.deployment.policy, m.id, m.source, m.actor, people, workspace.reference)
    try:
        if m.refusal:
            raise m.refusal
        decision = line.decide(state, m.body, context)
    except DomainError as error:
        if not line.is_command:
            raise
        event = error.event or workspace.deployment.service.refusal(m.body, error, context)
        ids = _apply(workspace, page, m, Decision(state, events=[event]), stored, kind)
        return Outcome(Kind.REFUSED, ids, _without_frames(error))
    if decision is None:
        return Outcome(Kind.NOTHING)
    return Outcome(Kind.CHANGED, _apply(workspace, page, m, decision, stored, kind))


def _without_frames(error: DomainError) -> DomainError:
    """The error without its traceback, whose frames hold the outcome that holds the error: a cycle, and the whole batch in it."""
    return error.with_traceback(None)


def _apply(
    workspace: Workspace,
    page: Page,
    m: Incoming,
    decision: Decision[Any],
    stored: Stored | None,
    kind: Aggregate[Any] | None,
) -> tuple[str, ...]:
    """Serialise everything first; only then, when nothing can fail any more, put it into the workspace."""
    before = stored or Stored(m.key)
    counted = kind is not None and (decision.state is not None or stored is not None)
    sequence, ids, records = before.sequence, [], []
    for index, message in enumerate(decision.events):
        sequence += counted and isinstance(message, Event)
        ids.append(event_id(m, index))
        records.append(publication(workspace.deployment, m, message, ids[-1], sequence if counted else None).packed())
    generations, timers = _timers(page, m, decision, before, kind) if decision.timers or decision.cancel else (before.timers, {})
    if kind and decision.state is None:  # what would still ring might meet another life of the aggregate
        timers |= dict.fromkeys(timer_id(kind.collection, m.key, name) for name in before.timers)
    rows = [(row, checked(row.collection, {"_id": row.id, "lane": page.lane, **row.content})) for row in decision.rows]
    for change in decision.changes:
        checked(change.collection, {"where": change.where, "set": change.set})
    if kind is None and decision.state is not None:
        raise TypeError(f"the line {m.line.name if m.line else ''} has no aggregate, and its decision a state")
    after = Stored(m.key, decision.state, sequence, page.position, before.applied + 1, generations)
    if kind and decision.state is not None and workspace.careful:
        after.encode(kind, page.lane)
    # nothing below can fail: the message is in as a whole, or not at all
    page.packed.extend(records)
    if kind:
        _keep(workspace, kind, after, page.lane, was_there=stored is not None)
        workspace.timers.update(timers)
    for row, content in rows:
        workspace.extra.setdefault(row.collection, {}).setdefault(row.id, content)
    workspace.changes.extend(decision.changes)
    return tuple(ids)


def _timers(
    page: Page, m: Incoming, decision: Decision[Any], before: Stored, kind: Aggregate[Any] | None
) -> tuple[dict[str, int], dict[str, dict[str, Any] | None]]:
    """The aggregate's generations with those of the timers that are set or cancelled moved on; and these timers' documents by id, None
    where there is none any more."""
    if kind is None or (decision.timers and decision.state is None):
        raise TypeError("a timer belongs to an aggregate, and the decision leaves none")
    generations = dict(before.timers)
    for name in [*(timer.name for timer in decision.timers), *decision.cancel]:
        generations[name] = generations.get(name, 0) + 1
    found: dict[str, dict[str, Any] | None] = {}
    for timer in decision.timers:
        document = timer_document(m, kind.collection, page.lane, timer, generations[timer.name])
        found[document["_id"]] = document
    for name in decision.cancel:
        found[timer_id(kind.collection, m.key, name)] = None
    return generations, found


def _keep(workspace: Workspace, kind: Aggregate[Any], after: Stored, lane: int, was_there: bool) -> None:
    place = kind.collection, after.key
    if after.state is not None:
        workspace.stored[place] = after
        workspace.changed[place] = kind, lane
        workspace.gone.discard(place)
    elif was_there:
        del workspace.stored[place]
        workspace.changed.pop(place, None)
        workspace.gone.add(place)


def _bury(workspace: Workspace, page: Page, m: Incoming, death: Death) -> Outcome:
    """A message from a topic becomes a dead letter; one over HTTP answers its caller, and leaves nothing."""
    if m.record is not None:
        kind = m.line.aggregate if m.line else None
        place = (kind.collection, m.key) if kind else None
        found = workspace.stored.get(place) or workspace.broken.get(place) if place else None
        workspace.letters.append(burial(m, death, found.applied if found else None))
        page.add(copy_of(workspace.deployment, m, death))
    return Outcome(Kind.DEAD, death=death)


def _settle(workspace: Workspace, m: Incoming) -> None:
    """A redriven message that went through, or is nobody's business here any more, closes its dead letter."""
    if m.redrive:
        changed = {"status": REDRIVEN, "changed_at": workspace.wall}
        workspace.letters.append({"q": {"_id": m.redrive, "status": {"$ne": REDRIVEN}}, "u": {"$set": changed}})
