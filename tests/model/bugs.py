"""Bugs of the kind that is written into every home-made delivery, each with the small exploration that finds it.

They test the model: each must be found by the one scenario and the one kind of fault that were made for it, and for the promise that it
breaks. They are planted in the running process, so that every run of the tests tries all of them, in seconds. `tests/mutants` tests every
check that there is: patches of the sources, each judged in a copy and a process of its own, most of them on servers; there a bug counts as
killed whichever history of a whole exploration met it. Some bugs are in both, for neither says what the other does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.deployment import Deployment
from tests.model.backup import restorations
from tests.model.exploring import Run, Scenario, Turn, deviations
from tests.model.network import Fault
from tests.model.planting import Edit
from tests.model.scenarios import ALARMS, BOTH_SIDES, IN_TRANSACTIONS, ON_AND_ON, ON_TOPICS_ONLY, SMALLEST, TWO_LANES, TWO_WRITERS


@dataclass(frozen=True)
class Bug:
    """A realistic mistake, where to look for it, and what the model says when it meets it."""

    name: str
    edits: tuple[Edit, ...]
    scenario: Scenario
    deviations: tuple[tuple[Turn | Fault, ...], ...]
    complaint: str
    restored: bool = False

    def explore(self, deployment: Deployment) -> Iterator[Run]:
        """The histories that should meet it; with `restored`, those that go on from a backup."""
        if self.restored:
            return restorations(self.scenario, deployment)
        return deviations(self.scenario, deployment, *self.deviations)


_LOCAL = '__import__("pymongo").read_concern.ReadConcern("local")'
_WEAK = '__import__("pymongo").WriteConcern(1)'
_REREAD = """for s in fences:
            s["q"]["next"] = (await self.database.fences.find_one({"_id": s["q"]["_id"]}, session=session))["next"]
        if await update("""
_DELETED_FIRST = """await self._outbox.delete_many({"_id": {"$in": [d["_id"] for d in documents]}})
    results = iter("""
_TAKEN_FOR_SUCCESS = """if outcome_unknown(error):
            self._landed(work, {part: part.queued for lane, _ in work for part in lane.parts.values()}, 0.0)
        elif False:"""
_REPLACED = """await update(database, "inbox", [{"q": {"_id": r["_id"]}, "u": r, "upsert": True} for r in self.rows], session)"""
_FIRST_OFFSET = '"next": next(t.record.offset for lane, some in work for t in some if lane.parts[t.record.topic] is part)}'
_SEND = "producer.send_batch(batch, first.topic, partition=first.partition)"
_ZOMBIE, _LATE = ((Turn.FREEZE,),), ((Turn.HELD,),)
_NO_REQUEST, _NO_REPLY = ((Fault.REQUEST_LOST,),), ((Fault.REPLY_LOST,),)

TAKING = (
    Bug(
        "the fence is a high-water mark",
        (Edit("commit", "Committer.batch", '"next": part.next}', '"next": {"$lte": record.offset + 1}}'),),
        ON_AND_ON,
        _ZOMBIE,
        "goes from 3 to 3",
    ),
    Bug(
        "the fence is read again in the transaction",
        (Edit("commit", "Committer._decide", "if await update(", _REREAD),),
        ON_AND_ON,
        _ZOMBIE,
        "goes from 3 to 3",
    ),
    Bug(
        "fences are read before a majority has them",
        (Edit("takeup", "TakeUp._fences", "database.fences.find(", f'database.get_collection("fences", read_concern={_LOCAL}).find('),),
        SMALLEST,
        ((Turn.CRASH_AFTER,), (Turn.STEP_DOWN,)),
        "does not come to rest",
    ),
    Bug(
        "no seek when partitions are taken up",
        (Edit("takeup", "TakeUp._open_one", "holding.consumer.seek(part.tp, part.at)", "pass"),),
        ON_AND_ON,
        _ZOMBIE,
        "does not come to rest",
    ),
    Bug(
        "memory outlives the assignment",
        (
            Edit("flights", "Flights.revoke", "self._holding.drop_all()", "list(self._holding.parts.values())"),
            Edit("consumer", "Barrier.on_partitions_assigned", "self._holding.drop_all()", "pass"),
        ),
        BOTH_SIDES,
        ((Turn.CRASH_BEFORE,),),
        "goes from 2 to 2",
    ),
    Bug(
        "a failed poll is not rewound",
        (
            Edit("holding", "Holding.rewind", "if part.open:", "if False:"),
            Edit("consumer", "LaneSubscriber._one_by_one", "consumer.seek(tp, part.at)", "pass"),
        ),
        TWO_LANES,
        _NO_REPLY,
        "does not come to rest",
    ),
    Bug(
        "an unknown outcome of a commit is taken for success",
        (Edit("flights", "Flights._fly", "if outcome_unknown(error):", _TAKEN_FOR_SUCCESS),),
        SMALLEST,
        _NO_REQUEST,
        "does not come to rest",
    ),
    Bug(
        "the inbox is not written",
        (Edit("workspace", "Workspace.remember", "else self.rows)", "else [])"),),
        ON_AND_ON,
        (),
        "was told",
    ),
    Bug(
        "the inbox remembers a message for the whole service",
        (Edit("incoming", "Incoming.inbox_id", "{self.line.name if self.line else ''}|", ""),),
        TWO_LANES,
        (),
        "was told",
    ),
    Bug(
        "the inbox is checked outside the transaction, and its rows replace what is there",
        (
            Edit("workspace", "Workspace.load", '{"h": 1, "r": 1}, session=session', '{"h": 1, "r": 1}, session=None'),
            Edit("workspace", "Workspace.write", 'await insert(database, "inbox", self.rows, session)', _REPLACED),
            Edit("commit", "Committer._decide", "None if ask_all else self._repeats", "None"),
        ),
        TWO_WRITERS,
        ((Turn.HELD, Turn.OTHER_FIRST),),
        "was told",
    ),
    Bug(
        "the fence expects the next record at the next offset",
        (Edit("commit", "Committer.batch", '"next": part.next}', _FIRST_OFFSET),),
        IN_TRANSACTIONS,
        (),
        "does not come to rest",
    ),
    Bug(
        "answers over HTTP are not kept",
        (Edit("commit", "Committer._commands", "workspace.answers.append(row)", "pass"),),
        BOTH_SIDES,
        (),
        "was told",
    ),
)

PUBLISHING = (
    Bug(
        "the relay deletes before the acknowledgement",
        (Edit("relay", "Relay._publish", "results = iter(", _DELETED_FIRST),),
        SMALLEST,
        _NO_REQUEST,
        "published",
    ),
    Bug(
        "the relay does not wait for acknowledgements",
        (Edit("sending", "Sender._partition", f"await (await {_SEND})", f"await {_SEND}"),),
        SMALLEST,
        _NO_REQUEST,
        "published",
    ),
    Bug(
        "the relay reads what a step-down can undo",
        (Edit("relay", "Relay.__init__", "read_concern=SNAPSHOT", f"read_concern={_LOCAL}"),),
        ON_AND_ON,
        _LATE,
        "and a majority has",
    ),
    Bug(
        "the relay forgets what it has just deleted",
        (Edit("relay", "Relay._look", "*self._gone, *self._stuck", "*self._stuck"),),
        SMALLEST,
        _LATE,
        "published twice though nothing failed",
    ),
    Bug(
        "a weak delete under a majority read",
        (Edit("relay", "Relay.__init__", "write_concern=MAJORITY", f"write_concern={_WEAK}"),),
        ON_AND_ON,
        _LATE,
        "published twice though nothing failed",
    ),
    Bug(
        "the producer is kept after a failure",
        (
            Edit("sending", "Sender.send", "if any(results):", "if False:"),
            Edit("relay", "Relay.run", "await self._sender.close()", "pass"),
        ),
        SMALLEST,
        _NO_REQUEST,
        "does not come to rest",
    ),
    Bug(
        "the outbox is in the order of clocks",
        (Edit("workspace", "Workspace.page", "max(self.now, last + 1)", "self.now"),),
        BOTH_SIDES,
        _LATE,
        "published",
    ),
    Bug(
        "event ids are random",
        (Edit("outbox", "event_id", "IDS.id(", '(lambda name: str(__import__("uuid").uuid4()))('),),
        ON_TOPICS_ONLY,
        (),
        "published",
        restored=True,
    ),
)

TIMERS = (
    Bug(
        "a timer is deleted outside the transaction",
        (Edit("timers", "Timers._swap", "for t in due], session)", "for t in due], None)"),),
        ON_AND_ON,
        _NO_REPLY,
        "never rang",
    ),
    Bug(
        "a timer is fired without its generation",
        (Edit("timers", "Timers._swap", ', "generation": t["generation"]}', "}"),),
        ALARMS,
        _LATE,
        "never rang",
    ),
    Bug(
        "the decider does not look at the generation",
        (Edit("deciding", "_fold", "if m.timer and (", "if False and ("),),
        ALARMS,
        _LATE,
        "was current",
    ),
    Bug(
        "a timer that is moved keeps its generation",
        (Edit("deciding", "_timers", "generations[name] = generations.get(name, 0) + 1", "generations[name] = 1"),),
        ALARMS,
        (),
        "has two contents on baton.deals.private",
    ),
)
EVERY_BUG = TAKING + PUBLISHING + TIMERS
