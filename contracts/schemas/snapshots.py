"""The snapshots on disk: `<wire type>.json` is what the model says now, `earlier/<wire type>/<n>.json` what it said before."""

import json
from pathlib import Path
from typing import Any

from contracts.message import Message

FOLDER = Path(__file__).parent
EARLIER = "earlier"
Json = dict[str, Any]


def schema_of(message: type[Message]) -> Json:
    """The JSON Schema (draft 2020-12) of a message's payload, with its type on the wire as `$id`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": message.wire_type(),
        **message.model_json_schema(),
    }


def text_of(schema: Json) -> str:
    """A schema as a file holds it: two spaces, keys in order, so that a change of a model is a small difference."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def every(wire_type: str, folder: Path = FOLDER) -> list[tuple[int, Json]]:
    """All snapshots of a type, oldest first, each with its number from 1; the last one is the current one."""
    kept = sorted((folder / EARLIER / wire_type).glob("*.json"), key=lambda path: int(path.stem))
    current = folder / f"{wire_type}.json"
    return list(enumerate(map(_read, [*kept, *([current] if current.exists() else [])]), start=1))


def put(wire_type: str, schema: Json, folder: Path = FOLDER, *, keep: bool) -> None:
    """Make a schema the current snapshot of a type. `keep`: the one that was current until now stays, under its number."""
    current = folder / f"{wire_type}.json"
    if keep and current.exists():
        place = folder / EARLIER / wire_type / f"{len(every(wire_type, folder))}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        current.rename(place)
    current.write_text(text_of(schema), encoding="utf-8")


def wire_types(folder: Path = FOLDER) -> list[str]:
    """The types that have a snapshot, in order."""
    kept = (path.name for path in (folder / EARLIER).glob("*"))
    return sorted({*kept, *(path.stem for path in folder.glob("*.json"))})


def _read(path: Path) -> Json:
    schema: Json = json.loads(path.read_text(encoding="utf-8"))
    return schema


def shape(part: Any) -> Any:
    """A schema without the words that explain it."""
    if isinstance(part, list):
        return [shape(child) for child in part]
    if isinstance(part, dict):
        return {key: shape(child) for key, child in part.items() if not (key in {"title", "description"} and isinstance(child, str))}
    return part
