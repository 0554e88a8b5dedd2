"""The letters of a step: who is Responsible, Accountable, Consulted and Informed (seed 002)."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from contracts.values import Slug

LETTERS = "RACI"


class Raci(BaseModel):
    """The roles of a step, by letter. A role may have several letters: the one that does the work may answer for it too."""

    model_config = ConfigDict(frozen=True)

    responsible: tuple[Slug, ...]
    accountable: Slug
    consulted: tuple[Slug, ...] = ()
    informed: tuple[Slug, ...] = ()

    @classmethod
    def of(cls, letters: Mapping[str, str]) -> "Raci":
        """From letters by role, such as `{"sales_rep": "R", "sales_manager": "A"}`, of which exactly one is an A."""
        by_letter = {letter: tuple(role for role, given in letters.items() if letter in given) for letter in LETTERS}
        (accountable,) = by_letter["A"]
        return cls(responsible=by_letter["R"], accountable=accountable, consulted=by_letter["C"], informed=by_letter["I"])

    @property
    def may_complete(self) -> tuple[str, ...]:
        """The roles that may say the step is done: the Responsible and the Accountable."""
        return tuple(dict.fromkeys((*self.responsible, self.accountable)))
