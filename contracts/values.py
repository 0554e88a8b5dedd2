"""Values that messages of several services share: ids, money, sealed text, references to people."""

import re
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An opaque identifier: 1 to 200 printable characters. Nothing may be read out of it."""
_ID = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


def is_id(text: str) -> bool:
    """Whether the text can be an `Id`."""
    return _ID.fullmatch(text) is not None


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A name that a policy file defines: a stage, a role, a step, a department."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""A short text about a thing, never about a person."""

FreeText = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
"""Text written by or about a person. Only commands carry it in the clear; events carry it as `SealedText`."""

Time = AwareDatetime
"""A moment, with its offset; written in UTC."""


class Value(BaseModel):
    """Base of the parts of messages: frozen, strict about types, silent about fields that a newer build added."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Money(Value):
    """An amount in minor units (cents) of an ISO 4217 currency."""

    amount_minor: int
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class SealedText(Value):
    """Free text encrypted under the key in a person's record; unreadable once that person is erased."""

    person_id: Id
    sealed: Annotated[str, Field(description="base64 of nonce (12 bytes) and AES-256-GCM ciphertext; associated data: the person id")]


class ContactRef(Value):
    """A person of the customer's, and what they are in this deal: champion, decision_maker, influencer, detractor, power_user, …"""

    person_id: Id
    role: Slug
