"""Causal order: a cause before what follows from it; among the rest, what came first in time, then in the log."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ops.journey.entry import Entry

Rank = tuple[str, str, int, int]


def in_causal_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries sorted by causation; ties by time, then by topic, partition and offset.

    A message that was forwarded under its id to a private topic follows its original. Where causes go round in a circle, as only forged
    ids can, the earliest goes first.
    """
    known = sorted(entries, key=_rank)
    first: dict[str, int] = {}
    for index, entry in enumerate(known):
        if entry.id is not None:
            first.setdefault(entry.id, index)
    causes = [_cause(index, entry, first) for index, entry in enumerate(known)]
    return [known[index] for index in _sorted(known, causes)]


def _rank(entry: Entry) -> Rank:
    return (entry.time, entry.topic, entry.partition, entry.offset)


def _cause(index: int, entry: Entry, first: dict[str, int]) -> int | None:
    if entry.id is not None and first[entry.id] != index:
        return first[entry.id]
    cause = first.get(entry.causation_id) if entry.causation_id else None
    return None if cause == index else cause


def _sorted(known: Sequence[Entry], causes: Sequence[int | None]) -> Iterable[int]:
    effects: dict[int | None, list[int]] = defaultdict(list)
    for index, cause in enumerate(causes):
        effects[cause].append(index)
    ready, left = list(effects[None]), set(range(len(known)))
    heapq.heapify(ready)  # indexes follow the rank
    while left:
        if not ready:
            ready = [min(left)]
        index = heapq.heappop(ready)
        if index in left:
            left.remove(index)
            yield index
            for effect in effects[index]:
                heapq.heappush(ready, effect)
