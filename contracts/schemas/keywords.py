"""What a change of one keyword of a JSON Schema breaks, for two schemas of the same type."""

from collections.abc import Iterator
from typing import Any, Literal

Finding = tuple[Literal["readers", "writers"], str]
Schema = dict[str, Any]

LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
ELSEWHERE = {
    "type",
    "properties",
    "required",
    "items",
    "prefixItems",
    "propertyNames",
    "additionalProperties",
    "patternProperties",
    "anyOf",
    "oneOf",
    "enum",
    "const",
}
ANNOTATIONS = {"title", "description", "default", "examples", "deprecated", "$defs", "$id", "$schema", "$ref", "readOnly", "writeOnly"}


def keyword_breaks(old: Schema, new: Schema) -> Iterator[Finding]:
    """Who breaks, and why, by the keywords of one value; properties and items are compared by the caller."""
    yield from _values(old, new)
    for keyword in LOWER_BOUNDS:
        yield from _bound(keyword, old.get(keyword), new.get(keyword), lower=True)
    for keyword in UPPER_BOUNDS:
        yield from _bound(keyword, old.get(keyword), new.get(keyword), lower=False)
    for keyword in EXACT:
        yield from _exact(keyword, old.get(keyword), new.get(keyword))
    yield from _closed(old, new)
    yield from _unknown(old, new)


def _values(old: Schema, new: Schema) -> Iterator[Finding]:
    """An enumeration's values, a constant being one of a single value."""
    before, after = _enumerated(old), _enumerated(new)
    if before == after:
        return
    if after is not None and (gone := sorted(before - after) if before else sorted(after)):
        yield "writers", f"may no longer be {', '.join(gone)}" if before else f"may only be {', '.join(gone)} now"
    if before is not None and (added := sorted(after - before) if after else ["anything"]):
        yield "readers", f"may now be {', '.join(added)}"


def _enumerated(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {str(value) for value in values}


def _bound(keyword: str, before: Any, after: Any, *, lower: bool) -> Iterator[Finding]:
    if before == after:
        return
    change = f"{keyword} was {before} and is {after}"
    if after is not None and (before is None or (after > before) == lower):
        yield "writers", f"{change} (tightened)"
    else:
        yield "readers", f"{change} (loosened)"


def _exact(keyword: str, before: Any, after: Any) -> Iterator[Finding]:
    """A keyword whose two values cannot be ordered: a change of it is taken to break both sides."""
    if before == after:
        return
    if after is not None:
        yield "writers", f"{keyword} was {before} and is {after}"
    if before is not None:
        yield "readers", f"{keyword} was {before} and is {after}"


def _closed(old: Schema, new: Schema) -> Iterator[Finding]:
    """Whether fields that are not named are refused."""
    before, after = old.get("additionalProperties") is False, new.get("additionalProperties") is False
    if after and not before:
        yield "writers", "fields that it does not name are refused now"
    if before and not after:
        yield "readers", "fields that it does not name are taken now"


def _unknown(old: Schema, new: Schema) -> Iterator[Finding]:
    known = {*LOWER_BOUNDS, *UPPER_BOUNDS, *EXACT, *ELSEWHERE, *ANNOTATIONS}
    for keyword in sorted((old.keys() | new.keys()) - known):
        if old.get(keyword) != new.get(keyword):
            yield "writers", f"{keyword} changed, and the check does not know what that does"
            yield "readers", f"{keyword} changed, and the check does not know what that does"
