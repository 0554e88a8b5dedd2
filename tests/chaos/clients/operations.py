"""What a client asks for, and the log of what it was told: one line of JSON for every try."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ACKNOWLEDGED, REFUSED, UNKNOWN, FAILED = "acknowledged", "refused", "unknown", "failed"


@dataclass(frozen=True)
class Ask:
    """A command. `name`: of its type; `who`: in whose name, if a token is to come along; `key`: its business key."""

    service: str
    name: str
    key: str
    body: Mapping[str, Any]
    who: str | None = None

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        return f"{self.service}.{self.name}.v1"

    def value(self) -> str:
        """The payload."""
        return json.dumps(self.body, separators=(",", ":"), sort_keys=True)


@dataclass
class Operation:
    """One try of one operation. `id`: `ce_id`, Idempotency-Key, or for a line of a bulk request that key and the line's number.

    `source`: the CloudEvents source, or who asks over HTTP. `told`: one of the four words above. Times: seconds since 1970.
    """

    client: str
    way: str
    service: str
    type: str
    key: str | None
    id: str
    source: str
    value: str | None
    topic: str | None = None
    route: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sent_at: float = field(default_factory=time.time)
    told_at: float = 0.0
    told: str = UNKNOWN
    answer: dict[str, Any] | None = None
    place: dict[str, int] | None = None
    n: int = 0


class OperationLog:
    """Appends to `clients.jsonl`; for many threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}

    def ended(self, operation: Operation, told: str, answer: dict[str, Any] | None = None) -> None:
        """Note what the client was told of an operation, and when."""
        operation.told, operation.answer, operation.told_at = told, answer, time.time()
        with self._lock:
            operation.n = self._numbers[operation.client] = self._numbers.get(operation.client, 0) + 1
            self._file.write(json.dumps(asdict(operation), separators=(",", ":")) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Nothing more is logged."""
        self._file.close()
