"""The directory: who fills which role for an account, and which colleagues have a role or belong to a department."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pydantic import BaseModel, ConfigDict

DEPARTMENT_PREFIX = "department:"
"""Recipient ids of departments' shared mailboxes begin with this."""


class Team(BaseModel):
    """An account's team: person ids by role."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    members: dict[str, tuple[str, ...]] = {}

    def assign(self, members: Mapping[str, tuple[str, ...]]) -> Self:
        """With these roles filled as told; one that nobody fills is dropped, one that is not named stays."""
        merged = {**self.members, **members}
        return self.model_copy(update={"members": {role: people for role, people in merged.items() if people}})


@dataclass(frozen=True)
class Directory:
    """A snapshot of the directory. `teams`: by account, then role; `departments`: each colleague's; `known`: ids of all colleagues."""

    teams: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    by_role: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_department: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    def may_read(self, person_id: str, recipient_id: str) -> bool:
        """Whether an inbox is the person's own, or that of their department."""
        department = self.departments.get(person_id)
        return person_id == recipient_id or (department is not None and recipient_id == DEPARTMENT_PREFIX + department)
