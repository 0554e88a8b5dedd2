"""A kind of aggregate: its model, its collection, and how documents of older schema versions are lifted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
Lift = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Aggregate(Generic[M]):
    """`lifts[n]` turns a state of schema version n into one of n + 1. `indexes`: keys under `state.` that are queried."""

    name: str
    model: type[M]
    collection: str
    schema: int = 1
    lifts: Mapping[int, Lift] = field(default_factory=dict)
    indexes: tuple[tuple[tuple[str, int], ...], ...] = ()

    def decode(self, state: dict[str, Any], schema: int) -> M:
        """The model of a stored state, lifted to this build's schema version."""
        for version in range(schema, self.schema):
            state = self.lifts[version](state)
        return self.model.model_validate(state, strict=False)

    def encode(self, state: BaseModel) -> dict[str, Any]:
        """What is stored of a state: JSON types only, times as ISO 8601 text in UTC (which sorts as the times do)."""
        return state.model_dump(mode="json")
