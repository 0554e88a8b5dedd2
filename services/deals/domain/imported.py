"""The last row of a CRM export that a deal was made or changed from; only what differs from it acts."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.deals import Account, ImportDeal, TeamMember
from contracts.values import Id, Label, Money, Slug

DESCRIPTIVE = ("account", "owner_id", "team", "product", "price", "opened_on")


class ImportedRow(BaseModel):
    """What the CRM said of a deal. All but `outcome` empty: no export has shown the deal yet."""

    model_config = ConfigDict(frozen=True)

    row_hash: str = ""
    outcome: str = "open"
    account: Account | None = None
    owner_id: Id | None = None
    team: tuple[TeamMember, ...] = ()
    product: Label | None = None
    price: Money | None = None
    stage: Slug | None = None
    opened_on: date | None = None
    closed_on: date | None = None

    @classmethod
    def of(cls, command: ImportDeal) -> "ImportedRow":
        """The row that the command carries."""
        return cls(**{name: getattr(command, name) for name in cls.model_fields})

    def changes_since(self, before: "ImportedRow") -> dict[str, Any]:
        """The descriptive fields that the CRM changed, with their new values."""
        return {name: getattr(self, name) for name in DESCRIPTIVE if getattr(self, name) != getattr(before, name)}
