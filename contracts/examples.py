"""An example of every message, the same each time, for documents and for tests that need a valid one."""

import re
from typing import Any

from contracts.message import Message

Schema = dict[str, Any]

NAMED: dict[str, Any] = {
    "account_name": "Example Company",
    "account_id": "account-7",
    "accountable": "onboarding_manager",
    "amount_minor": 1250000,
    "because": "no_contact",
    "because_of": "0b9d7a8e-5a2f-5c1e-9a51-6f2f1f0f3a11",
    "because_of_source": "/baton/deals",
    "channel": "email",
    "code": "handover_unknown",
    "command": "AcceptHandover",
    "currency": "EUR",
    "deal_id": "deal-1042",
    "about": "deal-1042",
    "department": "finance",
    "detail": "no handover of this deal is open",
    "email": "person@example.com",
    "from_stage": "proposal",
    "informed": "cs_executive",
    "consulted": "sales_engineer",
    "responsible": "onboarding_rep",
    "kind": "deal_won",
    "name": "Example Company",
    "notification_id": "5d0c1c4e-0f6b-5f0e-8f0a-2f3c9b1d7e55",
    "owner_id": "colleague-3",
    "person_id": "person-12",
    "phone": "+49 30 0000000",
    "product": "Support Suite",
    "reason": "the provider refused it",
    "respondent_id": "person-12",
    "recipient_id": "colleague-3",
    "region": "Europe",
    "row_hash": "9f86d081884c7d65",
    "score": 8,
    "sealed": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRW",
    "sealing_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "gaps": "goals",
    "section": "goals",
    "sections": "goals",
    "sector": "retail",
    "stage": "negotiation",
    "step": "introduce_csm",
    "steps": "introduce_csm",
    "subject_id": "account-7",
    "survey_id": "deal-1042-1-nps",
    "time_zone": "Europe/Berlin",
    "title": "Introduce the customer success manager",
    "to_stage": "negotiation",
    "version": 1,
    "role": "champion",
    "roles": "sales_rep",
    "solution_document": "https://documents.example.com/osd/deal-1042",
}
"""Values by a field's name, where they are valid; otherwise one is made from the field's type and limits."""

PEOPLE = re.compile(r"(_by|_id)$|^by$")


def example_of(message: type[Message]) -> Schema:
    """A payload of the message that its model takes, as JSON types, with every field present."""
    schema = message.model_json_schema()
    example = _value("", schema, schema.get("$defs", {}))
    if not isinstance(example, dict):
        raise TypeError(f"{message.wire_type()} is not an object")
    return example


def _value(name: str, schema: Schema, definitions: Schema) -> Any:
    if "$ref" in schema:
        return _value(name, definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    for branch in schema.get("anyOf", ()):
        return _value(name, branch, definitions)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        return _object(schema, definitions)
    if schema.get("type") == "array":
        return [_value(name, schema.get("items", {}), definitions)]
    return _scalar(name, schema)


def _object(schema: Schema, definitions: Schema) -> Schema:
    if "properties" in schema:
        return {name: _value(name, child, definitions) for name, child in schema["properties"].items()}
    by_name = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    values: Schema | None = next((values for values in by_name if isinstance(values, dict)), None)
    return {} if values is None else {"csm": _value("owner_id", values, definitions)}


def _scalar(name: str, schema: Schema) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return _number(NAMED.get(name), schema)
    return _text(name, schema)


def _number(named: Any, schema: Schema) -> int:
    low, high = int(schema.get("minimum", 1)), int(schema.get("maximum", 10**9))
    wished = named if isinstance(named, int) else 1
    return max(low, min(high, wished))


def _text(name: str, schema: Schema) -> str:
    dated = {"date-time": "2026-03-02T09:00:00Z", "date": "2026-03-02"}.get(schema.get("format", ""))
    if dated:
        return dated
    pattern, named = schema.get("pattern", ""), NAMED.get(name)
    if choices := re.fullmatch(r"\^\(?([\w|]+?)\)?\$", pattern):
        return choices[1].split("|")[0]
    if isinstance(named, str) and re.search(pattern, named):
        return named
    if PEOPLE.search(name):
        return "colleague-3"
    return "example" if pattern else "An example."
