"""The reconciliation: what the bus says, what each service says, and what we did, side by side; they have to be the same."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from aiokafka import TopicPartition

from contracts.topics import SERVICES
from ops.asking import asking
from ops.dead_letters import Filter, list_letters
from ops.demo.stage import Stage
from ops.journey.entry import entry_of
from ops.log import consumer, counts_of, records_until
from ops.system import System


@dataclass(frozen=True)
class Check:
    """A count that has to be the same wherever it is taken. `places`: by who counted."""

    what: str
    expected: int
    places: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return all(count == self.expected for count in self.places.values())


@dataclass(frozen=True)
class Played:
    """What we did ourselves, outside: the numbers that all others are held against."""

    rows: int
    taken: int
    rejected: int
    won: int
    lost: int
    steps: int
    answers: int
    detractors: int


@dataclass(frozen=True)
class OnTheBus:
    """Events by type: how many, and about how many deals."""

    events: Counter[str]
    deals: dict[str, set[str]]

    def of(self, name: str) -> int:
        """Deals about which there is such an event."""
        return len(self.deals[name])


async def read_bus(system: System) -> OnTheBus:
    """All events of all services, each id once. Raises: OpsError."""
    names = [service.events.name(system.prefix) for service in SERVICES]
    counts = await counts_of(system, names)
    found = OnTheBus(Counter(), defaultdict(set))
    seen: set[str | None] = set()
    async with consumer(system) as reader:
        partitions = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
        async for batch in records_until(reader, await reader.end_offsets(partitions)):
            for entry in map(entry_of, batch):
                if entry.type and entry.id not in seen:
                    seen.add(entry.id)
                    name = entry.type.split(".")[1]
                    found.events[name] += 1
                    found.deals[name].add(str(entry.subject))
    return found


async def reconcile(stage: Stage, played: Played) -> list[Check]:
    """Every count of the journey, in its order. Raises: OpsError."""
    bus = await read_bus(stage.system)
    won, lost = await stage.all_of("deals", "/deals", outcome="won"), await stage.all_of("deals", "/deals", outcome="lost")
    completed = await stage.all_of("onboarding", "/handovers", state="completed")
    surveys = await stage.all_of("feedback", "/surveys")
    async with asking(stage.system, "feedback") as feedback:
        nps = await feedback.get("/nps")
    async with asking(stage.system, "notifications") as notifications:
        asked = await notifications.get("/notifications/summary", kind="survey_invited")
        told = await notifications.get("/notifications/summary", kind="deal_won")
    letters = await list_letters(stage.system, Filter(), "open")
    answered = sum(any(one["score"] is not None for one in survey["respondents"]) for survey in surveys)
    return [
        Check("rows of the export", played.rows, {"taken and rejected": played.taken + played.rejected}),
        Check("deals opened", played.taken, {"bus": bus.of("DealOpened")}),
        Check("deals lost", played.lost, {"bus": bus.of("DealClosedLost"), "deals": len(lost)}),
        Check("deals won", played.won, {"bus": bus.of("DealClosedWon"), "deals": len(won)}),
        Check("handovers opened", played.won, {"bus": bus.of("HandoverOpened")}),
        Check("packages accepted", played.won, {"bus": bus.of("HandoverAccepted")}),
        Check("steps completed", played.won * played.steps, {"bus": bus.events["StepCompleted"]}),
        Check("kick-offs held", played.won, {"bus": bus.of("KickoffHeld")}),
        Check("handovers completed", played.won, {"bus": bus.of("HandoverCompleted"), "onboarding": len(completed)}),
        Check("surveys scheduled", played.won, {"bus": bus.of("SurveyScheduled"), "feedback": len(surveys)}),
        Check("customers invited", played.won, {"bus": bus.of("SurveyInvited"), "notifications": _sent(asked)}),
        Check(
            "surveys answered",
            played.answers,
            {"bus": bus.of("FeedbackCollected"), "feedback": answered, "score": nps["n"], "won": played.won},
        ),
        Check("detractors followed up", played.detractors, {"bus": bus.of("DetractorRaised"), "onboarding": bus.of("FollowUpOpened")}),
        Check("wins told nobody", 0, {"notifications": told["by_state"].get("unaddressed", 0) + told["by_state"].get("failed", 0)}),
        Check("dead letters", 0, {"all services": len(letters)}),
    ]


def _sent(summary: dict[str, dict[str, int]]) -> int:
    return summary["by_state"].get("sent", 0)
