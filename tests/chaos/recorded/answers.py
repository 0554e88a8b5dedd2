"""Ways to break what the outside world sees of a recorded run: answers over HTTP, e-mails, repeats where nothing failed."""

from dataclasses import replace
from typing import Any

from tests.chaos.recorded.breaks import Break, repeat
from tests.chaos.recorded.journey import LETTER
from tests.chaos.recorded.recording import DEAL, OUTSIDE, PREFIX, TEAM, Recording


def refuse(recording: Recording, code: str, remembered: str | None = None) -> None:
    """A request that was refused. `remembered`: the code that the service keeps, if it keeps any."""
    asked = next(one for one in recording.operations if one.way == "http")
    refusal = {"status": 404, "code": code}
    recording.operations.append(replace(asked, id="asked", sent_at=3.0, told_at=4.0, told="refused", answer=refusal))
    if remembered:
        kept = {"answer": {"kind": "refused", "events": [], "problem": {"code": remembered}}}
        recording.store("deals", "answers", f"/{PREFIX}/deals/http|any|chief|PUT /any|asked", kept)


def forward(recording: Recording, offset: int) -> None:
    """A command of the directory is brought to its lane. `offset`: of the record that is brought there."""
    body: dict[str, Any] = {"account_id": TEAM, "members": {"csm": ["somebody"]}}
    origin = f"{PREFIX}.notifications.commands:0:{offset}"
    recording.put("notifications.private", TEAM, "AssignAccountTeam", body, "assign", OUTSIDE, baton_origin=origin)


def _forward_twice(recording: Recording) -> None:
    forward(recording, 0)
    forward(recording, 0)


def _forward_renamed(recording: Recording) -> None:
    recording.put("notifications.private", TEAM, "AssignAccountTeam", {}, "renamed", OUTSIDE, baton_origin="somewhere")


def _elsewhere(recording: Recording) -> None:
    told = recording.told("deals.events", DEAL, "DealTermsSet", {"deal_id": DEAL}, "open", 3)
    recording.records[-1] = replace(told, partition=1)


def _repeat(recording: Recording, **changes: Any) -> None:
    """The request once more, and otherwise."""
    asked = next(one for one in recording.operations if one.way == "http")
    recording.operations.append(replace(asked, n=3, **changes))


def _late(recording: Recording) -> None:
    said = next(one for one in recording.operations if one.way == "topic")
    recording.operations[recording.operations.index(said)] = replace(said, sent_at=9.0)


BROKEN: dict[str, tuple[str, str, Break]] = {
    "a refusal that the service does not remember": ("lost command", "asked", lambda r: refuse(r, "deal_unknown")),
    "a refusal that the service remembers otherwise": ("lost command", "asked", lambda r: refuse(r, "deal_unknown", "deal_is_closed")),
    "a refusal that is kept and not by the rules": ("lost command", "asked", lambda r: refuse(r, "deal_unknown", "deal_unknown")),
    "a repeat that is answered otherwise": (
        "a repeat was answered otherwise",
        "terms",
        lambda r: _repeat(r, answer={"outcome": "nothing", "events": []}),
    ),
    "another request under a used key": ("a repeat was answered otherwise", "terms", lambda r: _repeat(r, value="{}")),
    "a fault of the service": ("a service failed", "terms", lambda r: _repeat(r, told="unknown", answer={"status": 500})),
    "a request that is overtaken": ("order inverted within an aggregate", "terms", _late),
    "an acknowledgement that the service does not remember": (
        "lost command",
        "terms",
        lambda r: r.documents["deals"]["answers"].clear(),
    ),
    "an e-mail that nobody ordered": ("effect without a message", "mail-9", lambda r: r.mails.append("mail-9@baton.example")),
    "an e-mail that nobody ordered, twice": ("notification twice", "mail-9", lambda r: r.mails.extend(["mail-9@baton.example"] * 2)),
    "a dead letter told twice though nothing failed": (
        "published twice when nothing failed",
        LETTER,
        lambda r: repeat(r, "Unheard", topic="deals.dead-letters"),
    ),
    "copies of a dead letter that differ": (
        "dead letter lost or wrong",
        LETTER,
        lambda r: repeat(r, "Unheard", topic="deals.dead-letters", ce_subject="another"),
    ),
    "a copy of a dead letter that is none": (
        "dead letter lost or wrong",
        f"{PREFIX}.elsewhere:0:1",
        lambda r: repeat(r, "Unheard", topic="deals.dead-letters", **{"kafka_dlt-original-topic": f"{PREFIX}.elsewhere"}),
    ),
    "a record forwarded twice though nothing failed": ("published twice when nothing failed", "assign", _forward_twice),
    "a record forwarded under another id": ("effect twice", "renamed", _forward_renamed),
    "an aggregate told in several partitions": (
        "order inverted within an aggregate",
        DEAL,
        _elsewhere,
    ),
}
