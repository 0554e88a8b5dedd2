"""The Message-IDs of every e-mail that the mail catcher took."""

import json
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

AT_ONCE = 1000
PATIENCE = 30.0


def read_mails(kept: Path, address: str) -> list[str] | None:
    """Message-IDs without their brackets, in the order of arrival. `kept`: a file that holds them already, a message a line; otherwise
    the catcher at the address is asked. None where there is neither."""
    if kept.exists():
        return [_message_id(json.loads(line)["headers"]) for line in kept.read_text(encoding="utf-8").splitlines()]
    return _ask(address) if address else None


def _ask(address: str) -> list[str]:
    opener, found, last = build_opener(ProxyHandler({})), list[str](), 0
    while True:
        with opener.open(f"{address}/messages?after={last}&limit={AT_ONCE}", timeout=PATIENCE) as answer:
            page: list[dict[str, Any]] = json.load(answer)
        if not page:
            return found
        last = page[-1]["id"]
        found += [_message_id(mail["headers"]) for mail in page]


def _message_id(headers: dict[str, str]) -> str:
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("message-id", "").strip().strip("<>")
