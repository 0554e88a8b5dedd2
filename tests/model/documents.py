"""The part of MongoDB's query and update language that the chassis speaks, over plain documents."""

from collections.abc import Callable, Mapping
from typing import Any

import bson
from bson.codec_options import CodecOptions
from pymongo.errors import OperationFailure

Document = dict[str, Any]
CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True)


def plain(document: Any) -> Document:
    """The document as the server has it: after a journey through BSON."""
    return bson.decode(bson.encode(document), codec_options=CODEC)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, wanted: value in wanted,
    "$nin": lambda value, wanted: value not in wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$lte": lambda value, wanted: value is not None and value <= wanted,
}


def matches(document: Document, where: Mapping[str, Any]) -> bool:
    """Whether the document is one that the filter asks for; a missing field is as good as null."""
    return all(_matches(document.get(name), wanted) for name, wanted in where.items())


def _matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping) and wanted and all(name.startswith("$") for name in wanted):
        return all(_OPERATORS[name](value, operand) for name, operand in wanted.items())
    return bool(value == wanted)


def changed(document: Document | None, where: Mapping[str, Any], update: Mapping[str, Any]) -> Document:
    """The document after the update; `document` None: an upsert makes it.

    Raises:
        OperationFailure: a path leads through something that is not a document (code 28).
        KeyError: an operator that the chassis was not known to use.
    """
    if not any(name.startswith("$") for name in update):
        return {"_id": (document or where)["_id"], **update}
    after = dict(document) if document is not None else {k: v for k, v in where.items() if not isinstance(v, Mapping)}
    for operator, fields in update.items():
        for name, value in fields.items():
            _CHANGES[operator](after, name, value, document is None)
    return after


def _set(document: Document, name: str, value: Any, is_new: bool) -> None:
    first, _, rest = name.partition(".")
    if not rest:
        document[first] = value
        return
    inner = document.get(first, {})
    if not isinstance(inner, dict):
        raise OperationFailure(f"Cannot create field '{rest}' in element {{{first}: {inner}}}", 28)
    document[first] = dict(inner)
    _set(document[first], rest, value, is_new)


def _set_on_insert(document: Document, name: str, value: Any, is_new: bool) -> None:
    if is_new:
        _set(document, name, value, is_new)


def _unset(document: Document, name: str, value: Any, is_new: bool) -> None:
    document.pop(name, None)


def _inc(document: Document, name: str, value: Any, is_new: bool) -> None:
    document[name] = document.get(name, 0) + value


_CHANGES = {"$set": _set, "$setOnInsert": _set_on_insert, "$unset": _unset, "$inc": _inc}
