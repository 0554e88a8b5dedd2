"""The unit of work: one transaction from fence to outbox, for batches of lanes and for commands over HTTP alike."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError

from chassis.deciding import Kind, Outcome, decide
from chassis.deployment import Deployment
from chassis.incoming import Death, Incoming, Reason
from chassis.metrics import Metrics
from chassis.mongo import Client, Conflict, Database, outcome_unknown, transaction, update
from chassis.part import Lane, Part, Taken
from chassis.reading import fingerprint
from chassis.reference import Snapshot
from chassis.repeats import Repeats
from chassis.workspace import NeedsCare, SeenBefore, Workspace

LOGGER = "baton.messages"
log = structlog.get_logger(LOGGER)
Work = list[tuple[Lane, list[Taken]]]


class Fenced(Exception):
    """The fence is not where this assignment left it: somebody else works here, or our last commit did happen."""


@dataclass(frozen=True)
class Answer:
    """What a command over HTTP came to. `stored`: the row of the answer given before under the same idempotency key."""

    outcome: Outcome
    stored: dict[str, Any] | None = None


class Committer:
    """Runs units of work of one service."""

    def __init__(self, deployment: Deployment, client: Client, metrics: Metrics) -> None:
        self.deployment, self.client, self.metrics = deployment, client, metrics
        self.database: Database = client[deployment.service.database(deployment.settings.prefix)]
        self.snapshot = Snapshot(deployment.service.reference)
        self._repeats = Repeats()

    # ---- batches ----------------------------------------------------------------------------------------------

    async def batch(self, work: Work) -> dict[Part, int]:
        """Commit the records of some lanes in one transaction; returns the new position of each partition.

        Raises:
            Fenced: the chain is broken; nothing was written.
            PyMongoError, Conflict: nothing was written, or, if `outcome_unknown`, perhaps everything.
        """
        ends = {lane.parts[taken.record.topic]: taken.record for lane, some in work for taken in some}
        statements = [
            {
                "q": {"_id": part.fence, "next": part.next},
                "u": {
                    "$set": {
                        "next": record.offset + 1,
                        "last": record.offset,
                        "timestamp": record.timestamp,
                        "hash": fingerprint(record),
                    }
                },
            }
            for part, record in ends.items()
        ]
        messages = {lane: _messages(lane, some) for lane, some in work}
        with self.metrics.transaction.time():
            # behind a crash all are asked for: a copy of what killed the process shall not kill it again
            ask_all, careful = self._repeats.of_old or any(lane.suspected for lane, _ in work), False
            while True:
                try:
                    outcomes = await self._decide(statements, messages, ask_all, careful)
                    break
                except SeenBefore:
                    ask_all = True
                except NeedsCare:
                    if careful:
                        raise
                    ask_all = careful = True
        self._count([m for some in messages.values() for m in some], outcomes)
        return {part: record.offset + 1 for part, record in ends.items()}

    async def _decide(self, fences: Sequence[Any], messages: Mapping[Lane, list[Incoming]], ask_all: bool, careful: bool) -> list[Outcome]:
        """Move the fences on, and decide the messages of each lane, in one transaction."""
        async with transaction(self.client) as session:
            if await update(self.database, "fences", fences, session) != len(fences):
                raise Fenced(", ".join(statement["q"]["_id"] for statement in fences))
            reference = await self.snapshot.get(self.database, session)
            workspace = Workspace(self.deployment, self.database, reference, careful, None if ask_all else self._repeats)
            everything = [m for some in messages.values() for m in some]
            await workspace.load(everything, session)
            met = workspace.inbox.keys() - {m.inbox_id for m in everything if m.redrive}  # those are known to be there
            outcomes = [outcome for lane, some in messages.items() for outcome in _fold_lane(workspace, lane, some)]
            await workspace.write(session)
        self._repeats.took(workspace.inbox, ask_all, met)
        return outcomes

    def _count(self, messages: Sequence[Incoming], outcomes: Sequence[Outcome]) -> None:
        self.metrics.batch_size.observe(len(outcomes))
        for kind, times in Counter(outcome.kind for outcome in outcomes).items():
            self.metrics.messages.labels(kind.value).inc(times)
        for outcome in outcomes:
            if outcome.death:
                self.metrics.dead_letters.labels(outcome.death.reason.value).inc()
        log_outcomes(messages, outcomes)

    # ---- commands over HTTP -----------------------------------------------------------------------------------

    async def commands(self, messages: Sequence[Incoming], patience: float = 20.0) -> list[Answer]:
        """Commit commands, all in one transaction, each with its own outcome. A conflict is tried again for `patience` seconds.

        Raises:
            PyMongoError, Conflict: the database did not take it.
        """
        ends, pause, careful = time.monotonic() + patience, 0.01, False
        while True:
            try:
                return await self._commands(messages, careful)
            except NeedsCare:
                if careful:
                    raise
                careful = True
            except (PyMongoError, Conflict) as error:
                if time.monotonic() > ends or not _transient(error):
                    raise
                self.metrics.conflicts.inc()
                await asyncio.sleep(random.uniform(0.5, 1) * pause)
                pause = min(1.0, pause * 2)

    async def _commands(self, messages: Sequence[Incoming], careful: bool) -> list[Answer]:
        async with transaction(self.client) as session:
            workspace = Workspace(self.deployment, self.database, await self.snapshot.get(self.database, session), careful)
            stored = await self._stored_answers(messages, session)
            await workspace.load(messages, session)
            pages = {lane: workspace.page(lane, [m for m in messages if m.lane == lane]) for lane in {m.lane for m in messages}}
            answers: list[Answer] = []
            for m in messages:
                if before := stored.get(m.answer_key or ""):
                    answers.append(Answer(Outcome(Kind.SEEN), before))
                    continue
                outcome = decide(workspace, pages[m.lane], m)
                answers.append(Answer(outcome))
                if outcome.death:
                    continue  # nothing was changed: a repeat is decided anew
                row = {"_id": m.answer_key, "digest": m.digest, "at": workspace.wall, "answer": stored_form(m, outcome)}
                workspace.answers.append(row)
            await workspace.write(session)
        for answer in answers:
            self.metrics.commands.labels(answer.outcome.kind.value).inc()
        log_outcomes(messages, [answer.outcome for answer in answers])
        return answers

    async def _stored_answers(self, messages: Sequence[Incoming], session: Any) -> dict[str, dict[str, Any]]:
        found = self.database.answers.find({"_id": {"$in": [m.answer_key for m in messages]}}, session=session)
        return {row["_id"]: row for row in await found.to_list(None)}


def stored_form(m: Incoming, outcome: Outcome) -> dict[str, Any]:
    """What is kept of an outcome, to answer a repeat with."""
    error = outcome.error
    problem = None
    if error:
        problem = {"status": error.status, "code": error.code, "detail": error.detail, "field": error.field, "members": error.problem}
    return {"kind": outcome.kind.value, "key": m.key, "events": list(outcome.events), "problem": problem}


def log_outcomes(messages: Sequence[Incoming], outcomes: Sequence[Outcome]) -> None:
    """What became of each message, to be found by its id and by the id of the message that began it all; never its content."""
    enabled = logging.getLogger(LOGGER).isEnabledFor
    levels = {level: enabled(level) for level in (logging.WARNING, logging.INFO, logging.DEBUG)}
    for m, outcome in zip(messages, outcomes, strict=True):
        level = logging.WARNING if outcome.death else logging.INFO if outcome.error else logging.DEBUG
        if levels[level]:
            reason = outcome.death.reason.value if outcome.death else outcome.error.code if outcome.error else None
            line = m.line.name if m.line else None
            log.log(
                level, outcome.kind.value, type=m.type, line=line, message_id=m.id, correlation_id=m.correlation, reason=reason, **_place(m)
            )


def _place(m: Incoming) -> dict[str, Any]:
    return {"topic": m.origin.topic, "partition": m.origin.partition, "offset": m.origin.offset} if m.record else {}


def _transient(error: Exception) -> bool:
    """Whether trying again can help. An unknown outcome is tried again too: the inbox makes the repeat harmless."""
    return isinstance(error, Conflict) or outcome_unknown(error) or (isinstance(error, PyMongoError) and _is_passing(error))


def _is_passing(error: PyMongoError) -> bool:
    return error.has_error_label("TransientTransactionError") or isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError)


def _messages(lane: Lane, some: Sequence[Taken]) -> list[Incoming]:
    """The messages of the records; one that killed the process too often is dead."""
    for taken in some:
        suspicion = lane.parts[taken.record.topic].suspicion
        if suspicion and suspicion.guilty == taken.record.offset:
            for m in taken.messages:
                m.death = Death(Reason.CRASHED, f"the process died {suspicion.times} times while working on it")
    return [m for taken in some for m in taken.messages]


def _fold_lane(workspace: Workspace, lane: Lane, messages: list[Incoming]) -> list[Outcome]:
    page = workspace.page(lane.number, messages, lane.position)
    lane.position = page.position
    return [decide(workspace, page, m) for m in messages]
