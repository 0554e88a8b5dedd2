"""The faults of a run that were carried out, and what they explain: clocks that were wrong, and deaths of a service."""

from collections.abc import Sequence

from tests.chaos.checking.data import Document

DEADLY = frozenset({"kill", "freeze", "cut", "hold", "rebalance-storm", "backlog"})
NOT_DONE = ("skipped:", "failed:")
"""How the outcome of a fault begins that was planned and not carried out."""


class Faults:
    """The lines of `faults.jsonl`, but for those of faults that were not carried out."""

    def __init__(self, lines: Sequence[Document]) -> None:
        self._done = [line for line in lines if not str(line.get("detail", {}).get("outcome", "")).startswith(NOT_DONE)]

    def skew(self, service: str) -> float:
        """How far, in seconds, a clock of the service was wrong at most."""
        wrong = (abs(line["detail"]["ahead"]) for line in self._done if line["fault"] == "clock-skew" and _hits(line, service))
        return float(max(wrong, default=0.0))

    def deaths(self, service: str, begin: float, end: float) -> int:
        """How often an instance of the service was killed or lost touch between two times, in seconds since 1970."""
        during = (line for line in self._done if line["until"] >= begin and line["at"] <= end and _hits(line, service))
        return sum(_times(line) for line in during if line["fault"] in DEADLY)


def _times(line: Document) -> int:
    """How many deaths it brought. A storm may kill those that it ends; and one of those who must give back may not come to it."""
    detail = line["detail"]
    if line["fault"] == "rebalance-storm":
        return 1 + (int(detail["ended"]) if detail["killed"] else 0)
    return int(detail["ended"]) if line["fault"] == "backlog" else 1


def _hits(line: Document, service: str) -> bool:
    """Whether the target of a fault is the service, or an instance of it; those who publish a backlog are instances of deals."""
    target = "deals" if line["fault"] == "backlog" else str(line["target"])
    return target == service or target.rpartition("-")[0] == service
