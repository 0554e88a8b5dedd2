"""What notifications remember of a won deal: the customer's name, who of ours was on it, and which cycle it is in."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from contracts.deals import DealClosedWon, DealReassigned, DealReopened


class KnownDeal(BaseModel):
    """A deal that was won. `team`: colleagues by role; `cycle`: the highest one heard of, and what belongs to an older one is over."""

    model_config = ConfigDict(frozen=True)

    deal_id: str
    cycle: int = 1
    account_name: str | None = None
    team: dict[str, tuple[str, ...]] = {}

    def is_over(self, cycle: int) -> bool:
        """Whether the deal was reopened after that cycle."""
        return cycle < self.cycle

    def won(self, event: DealClosedWon, owner_role: str) -> Self:
        """With the team that won it. `owner_role`: what the deal's owner is, where the team names nobody in that role."""
        return self.model_copy(update={"cycle": max(self.cycle, event.cycle)}).reassigned(event, owner_role)

    def reassigned(self, event: DealClosedWon | DealReassigned, owner_role: str) -> Self:
        """With the account, the owner and the team as they are now."""
        team: dict[str, tuple[str, ...]] = {}
        for member in event.team:
            team[member.role] = (*team.get(member.role, ()), member.person_id)
        team.setdefault(owner_role, (event.owner_id,))
        return self.model_copy(update={"account_name": event.account.name, "team": team})

    def reopened(self, event: DealReopened) -> Self:
        """In a new cycle."""
        return self.model_copy(update={"cycle": max(self.cycle, event.cycle)})
