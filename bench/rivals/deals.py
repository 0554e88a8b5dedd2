"""The domain, as somebody who needs only this job would write it: dictionaries in, dictionaries out."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from contracts.deals import OpenDeal, SetTerms
from contracts.envelope import Envelope, Headers, parse_time

IDS = uuid.UUID("6b1f5c52-7a7e-5d3f-8c55-1d9f1f6f3a70")
READERS = {model.wire_type(): model for model in (OpenDeal, SetTerms)}
LINES = {"deals.OpenDeal.v1": "open_deal", "deals.SetTerms.v1": "set_terms"}
OPENED = ("account", "stage", "owner_id", "team", "product", "price", "opened_on")
AGREED = ("terms", "price", "product")
Document = dict[str, Any]


class Unreadable(Exception):
    """The record is a dead letter; the text says why."""


class Refused(Unreadable):
    """The command makes no sense for the deal as it is."""


@dataclass(slots=True)
class Command:
    """A record that was read. `seen_as`: the id that the inbox remembers."""

    seen_as: str
    id: str
    source: str
    type: str
    time: str
    deal_id: str
    content: Document


def read(record: Any) -> Command:
    """The command of a record, validated by the contract that Baton validates it by.

    Raises:
        Unreadable: it has no good envelope, or its content is not what its type says.
    """
    try:
        headers = dict(record.headers)
        id, source, type, time = (headers[name].decode() for name in ("ce_id", "ce_source", "ce_type", "ce_time"))
        body = READERS[type].model_validate_json(record.value)
    except (KeyError, ValueError) as error:
        raise Unreadable(_why(error)) from None
    return Command(f"{source}|{id}", id, source, type, time, body.deal_id, body.model_dump(mode="json"))


def place_of(record: Any) -> str:
    """The id of a record that has none of its own."""
    return f"{record.topic}:{record.partition}:{record.offset}"


def decide(deal: Document | None, command: Command) -> tuple[Document, tuple[str, Document]]:
    """The deal after the command, and the type and content of the event that tells of it.

    Raises:
        Refused: the deal is not there yet, or is there already.
    """
    content = command.content
    if command.type == "deals.OpenDeal.v1":
        if deal is not None:
            raise Refused(f"there is a deal {command.deal_id!r} already")
        state = {**content, "stage": content["stage"] or "prospecting", "outcome": "open", "cycle": 1}
        kind, told = "deals.DealOpened.v1", OPENED
    else:
        if deal is None:
            raise Refused(f"there is no deal {command.deal_id!r}")
        state = {**deal, **{name: content[name] for name in AGREED if content[name] is not None}}
        kind, told = "deals.DealTermsSet.v1", AGREED
    value = {"deal_id": command.deal_id, "account_id": state["account"]["account_id"], "cycle": state["cycle"]}
    return state, (kind, {**value, **{name: state.get(name) for name in told}})


def event_headers(command: Command, kind: str, sequence: int, source: str) -> Headers:
    """The event's envelope; its id follows from the command's, so that a repeat has the same."""
    line = LINES[command.type]
    envelope = Envelope(
        id=str(uuid.uuid5(IDS, f"{command.source}|{command.id}|{line}|0")),
        source=source,
        type=kind,
        subject=command.deal_id,
        time=parse_time(command.time),
        sequence=sequence,
        dataschema=f"{kind}.json",
        correlation_id=command.id,
        causation_id=command.id,
    )
    return envelope.headers()


def as_json(value: Document) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))[:300]
    return f"{type(error).__name__}: {error}"[:300]
