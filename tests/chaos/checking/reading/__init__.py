"""Reading a run: its folder, its topics, its databases, its mails."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.chaos.checking.data import Operation, RunData
from tests.chaos.checking.reading.databases import read_services
from tests.chaos.checking.reading.mails import read_mails
from tests.chaos.checking.reading.topics import read_topics

KNOWN = {field.name for field in fields(Operation)}


def read(folder: Path) -> RunData:
    """The run whose files are in the folder, while its servers still answer and its services have ended."""
    world = json.loads((folder / "world.json").read_text())
    records, ends = read_topics(world["kafka"], world["prefix"])
    operations = [Operation(**{name: value for name, value in line.items() if name in KNOWN}) for line in _lines(folder / "clients.jsonl")]
    return RunData(
        prefix=world["prefix"],
        operations=operations,
        records=records,
        services=read_services(world["mongo"], world["kafka"], world["services"], world["prefix"], ends),
        ends=ends,
        mails=read_mails(folder / "mail.jsonl", world.get("mail", "")),
        faults=_lines(folder / "faults.jsonl"),
        faults_injected=world["faults_injected"],
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
