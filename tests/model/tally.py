"""A service small enough to be seen through: it writes down what it is told, in order, and has one alarm that can be set and cancelled."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from chassis.aggregate import Aggregate
from chassis.context import Context
from chassis.decision import Decision, DomainError, Timer
from chassis.deployment import Deployment
from chassis.line import on
from chassis.policy import Policy
from chassis.service import Service
from chassis.settings import Settings
from contracts.message import Command, Event, Private
from contracts.topics import DEALS, ONBOARDING
from contracts.values import Id

ALARM = "alarm"
PLAIN, SET, CANCEL, RANG, TOLD = "plain", "set", "cancel", "rang", "told"


class Enter(Command, abstract=True):
    """Write down a number; `how`: plainly, or set the alarm (again) to ring with it, or cancel the alarm."""

    topic = DEALS.commands
    wire_name = "Enter"

    deal_id: Id
    number: int
    how: str = PLAIN
    seconds: int = 60


class Told(Event, abstract=True):
    """Another service tells two tallies a number: one under the record's key, and one under another."""

    topic = ONBOARDING.events
    wire_name = "Told"
    key_field = "handover_id"

    handover_id: Id
    deal_id: Id
    number: int


class Entered(Event, abstract=True):
    """A number was written down, as the `count`-th one."""

    topic = DEALS.events
    wire_name = "Entered"

    deal_id: Id
    number: int
    how: str
    count: int


class Alarm(Private, abstract=True):
    """The alarm that was set with this number."""

    topic = DEALS.private
    wire_name = "Alarm"

    deal_id: Id
    number: int


class Tally(BaseModel):
    """What was written down, in order: how, and the number."""

    model_config = ConfigDict(frozen=True)

    history: tuple[tuple[str, int], ...] = ()


class NoPolicy(Policy):
    """Nothing to decide by."""


TALLIES = Aggregate("tally", Tally, "tallies")


def enter(state: Tally | None, command: Enter, context: Context[Any]) -> Decision[Tally]:
    """Write it down."""
    timers = []
    if command.how == SET:
        due = context.now + timedelta(seconds=command.seconds)
        timers = [Timer(ALARM, Alarm(deal_id=command.deal_id, number=command.number), due)]
    return _written(state, command, command.how, timers, [ALARM] if command.how == CANCEL else [])


def told(state: Tally | None, event: Told, context: Context[Any]) -> Decision[Tally]:
    """Write it down in the tally that the event names."""
    return _written(state, event, TOLD)


def heard(state: Tally | None, event: Told, context: Context[Any]) -> Decision[Tally]:
    """Write it down in the tally of the record's key."""
    return _written(state, event, TOLD, key=event.handover_id)


def ring(state: Tally | None, alarm: Alarm, context: Context[Any]) -> Decision[Tally]:
    """Write down that the alarm rang."""
    return _written(state, alarm, RANG)


def _written(
    state: Tally | None, m: Any, how: str, timers: list[Timer] | None = None, cancel: list[str] | None = None, key: str | None = None
) -> Decision[Tally]:
    after = Tally(history=(*(state.history if state else ()), (how, m.number)))
    event = Entered(deal_id=key or m.deal_id, number=m.number, how=how, count=len(after.history))
    return Decision(after, events=[event], timers=timers or (), cancel=cancel or ())


def refusal(command: Any, error: DomainError, context: Context[Any]) -> Event:
    """The tally refuses nothing."""
    raise AssertionError(f"{command} was refused: {error}")


def deployed(folder: Path, partitions: int) -> Deployment:
    """The service, with so many lanes. Another instance's HTTP writes are looked for once a second, and timers too."""
    policy = folder / "policy.yaml"
    policy.write_text("{}\n")
    lines = [on(DEALS.commands, Enter, enter, TALLIES), on(DEALS.private, Alarm, ring, TALLIES)]
    if partitions > 1:  # with one lane nothing is ever re-keyed
        lines.append(on(ONBOARDING.events, Told, told, TALLIES, key=lambda event: str(event.deal_id)))
        lines.append(on(ONBOARDING.events, Told, heard, TALLIES))
    service = Service(topics=DEALS, lines=tuple(lines), policy=(NoPolicy, policy), refusal=refusal)
    settings: dict[str, Any] = {"partitions": partitions, "outbox_look": 1.0, "timer_look": 1.0, "linger": 0.0}
    return Deployment.of(service, Settings.model_validate(settings))
